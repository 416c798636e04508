/// The version that a client asks for by a header, to try it out.
package enum VersionTarget: Sendable, Equatable {
    case candidate, stable
    case number(Int)

    /// Reads `candidate`, `stable` or a version's number; nil for anything else.
    package init?(_ text: String) {
        switch text {
        case "candidate": self = .candidate
        case "stable": self = .stable
        default:
            guard let number = Int(text), number > 0 else { return nil }
            self = .number(number)
        }
    }

    /// The header that names the target.
    package static let header = "slipway-version"
}
