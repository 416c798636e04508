internal import SlipwayPolicy

/// Who asks.
package struct Caller: Sendable, Equatable {
    /// The user that a token proved, or nil for somebody on this machine who gave none.
    package let user: String?
    /// Whether the user may make users and tokens.
    package let isAdmin: Bool

    package init(user: String?, isAdmin: Bool = false) {
        self.user = user
        self.isAdmin = isAdmin
    }

    /// Somebody on this machine without a token.
    package static let anonymous = Caller(user: nil)
    /// Slipway itself: controllers and consumers.
    package static let system = Caller(user: "slipway")

    /// The name written into ledger entries.
    package var actor: String { user ?? EvidenceSource.unknownActor }
}
