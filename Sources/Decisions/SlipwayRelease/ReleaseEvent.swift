/// Something that a release has to react to; every event may come late, twice or in any order.
package enum ReleaseEvent: Hashable, Sendable {
    /// The release was written down and may begin.
    case started
    case effectCompleted(EffectID)
    case effectFailed(EffectID, reason: String)
    /// The evidence of a step was judged.
    case analysed(AnalysisVerdict)
    /// Both versions of an A/B release were compared.
    case compared(ComparisonVerdict)
    /// What is known of the world around the release.
    case surroundings(ReleaseSurroundings)
    /// Time has passed.
    case tick
    /// A person stops the progress, not the protection: a proven failure still rolls back.
    case pause(by: String)
    /// A person lets the release go on, with a new deadline.
    case resume(by: String)
    /// A person lets the release enter the next step that asks for an approval.
    case approve(by: String, isAdmin: Bool)
    /// A person skips what is left of the analysis.
    case promote(by: String)
    /// A person calls the release off.
    case abort(by: String, reason: String)
    /// A person orders all traffic back to the stable version.
    case rollback(by: String, reason: String)
}
