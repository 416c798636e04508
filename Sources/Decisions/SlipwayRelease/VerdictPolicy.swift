/// What a release does with a verdict.
package enum VerdictAction: String, Codable, Sendable, CaseIterable {
    /// All traffic goes back to the stable version.
    case rollBack
    /// The release stays where it is and asks a person.
    case hold
    /// The release goes on.
    case proceed
    /// The release stays at the step until a proof comes; only the progress deadline of the release ends that.
    case wait
    /// The step gets another deadline; when it had `extensions` of them, a person is asked.
    case extend
}

/// The action for each verdict.
///
/// Pass and fail act at once; the other two act at the step's deadline, and until then the release waits.
/// The defaults are the safe ones: proven harm and unproven harmlessness both roll back, and a lack of traffic, which
/// says nothing about the candidate, is put before a person.
package struct VerdictPolicy: Codable, Hashable, Sendable {
    /// The action when every rule is proven to be kept: `proceed`, or `hold` to have a person say so at each step.
    package let pass: VerdictAction
    /// The action as soon as a rule is proven to be broken.
    package let fail: VerdictAction
    /// The action at the deadline when there was enough traffic but neither side is proven.
    package let inconclusive: VerdictAction
    /// The action at the deadline when there was too little traffic.
    package let notEnoughData: VerdictAction
    /// How often `extend` may put a step's deadline off.
    package let extensions: Int

    /// The safe actions, unless others are given.
    package init(
        pass: VerdictAction = .proceed,
        fail: VerdictAction = .rollBack,
        inconclusive: VerdictAction = .rollBack,
        notEnoughData: VerdictAction = .hold,
        extensions: Int = 1
    ) {
        self.pass = pass
        self.fail = fail
        self.inconclusive = inconclusive
        self.notEnoughData = notEnoughData
        self.extensions = extensions
    }

    /// Reads a policy; one stored before `pass` and `extensions` existed has their defaults.
    package init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            pass: try members.decodeIfPresent(VerdictAction.self, forKey: .pass) ?? .proceed,
            fail: try members.decode(VerdictAction.self, forKey: .fail),
            inconclusive: try members.decode(VerdictAction.self, forKey: .inconclusive),
            notEnoughData: try members.decode(VerdictAction.self, forKey: .notEnoughData),
            extensions: try members.decodeIfPresent(Int.self, forKey: .extensions) ?? 1
        )
    }

    func check() throws(ReleaseError) {
        guard pass == .proceed || pass == .hold else {
            throw .invalidPlan("a passed analysis goes on or asks a person: choose proceed or hold")
        }
        guard fail == .rollBack || fail == .hold else {
            throw .invalidPlan("a failed analysis rolls back or asks a person: choose rollBack or hold")
        }
        guard notEnoughData != .proceed else {
            throw .invalidPlan("only an inconclusive analysis may be told to proceed: choose hold or rollBack")
        }
        guard (0...100).contains(extensions) else { throw .invalidPlan("a deadline is put off 0 to 100 times") }
    }
}
