/// Why a release cannot be planned or judged; the text is a sentence that says what to change.
package enum ReleaseError: Error, Equatable, CustomStringConvertible {
    case invalidPlan(String)
    case invalidRule(String)
    case invalidEvidence(String)

    /// A sentence that says what to change.
    package var description: String {
        switch self {
        case .invalidPlan(let sentence), .invalidRule(let sentence), .invalidEvidence(let sentence): sentence
        }
    }
}
