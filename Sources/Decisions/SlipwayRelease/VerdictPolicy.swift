/// What a release does with a verdict that does not simply let it go on.
package enum VerdictAction: String, Codable, Sendable, CaseIterable {
    /// All traffic goes back to the stable version.
    case rollBack
    /// The release stays where it is and asks a person.
    case hold
    /// The release goes on as if the analysis had passed.
    case proceed
}

/// The action for each verdict except pass, which always goes on.
///
/// A failed analysis acts at once; the other two act at the step's deadline, and until then the release waits.
/// The defaults are the safe ones: proven harm and unproven harmlessness both roll back, and a lack of traffic, which
/// says nothing about the candidate, is put before a person.
package struct VerdictPolicy: Codable, Hashable, Sendable {
    /// The action as soon as a rule is proven to be broken.
    package let fail: VerdictAction
    /// The action at the deadline when there was enough traffic but neither side is proven.
    package let inconclusive: VerdictAction
    /// The action at the deadline when there was too little traffic.
    package let notEnoughData: VerdictAction

    /// The safe actions, unless others are given.
    package init(
        fail: VerdictAction = .rollBack,
        inconclusive: VerdictAction = .rollBack,
        notEnoughData: VerdictAction = .hold
    ) {
        self.fail = fail
        self.inconclusive = inconclusive
        self.notEnoughData = notEnoughData
    }
}
