internal import SlipwayPolicy

/// Who asks.
package struct Caller: Sendable, Equatable {
    /// The user that a token proved, or nil for somebody on this machine who gave none.
    package let user: String?
    /// Whether the user may make users and tokens.
    package let isAdmin: Bool
    /// Whether the token is a gateway's: it opens the gateways' own calls and nothing else.
    package let isGateway: Bool

    package init(user: String?, isAdmin: Bool = false, isGateway: Bool = false) {
        self.user = user
        self.isAdmin = isAdmin
        self.isGateway = isGateway
    }

    /// Somebody on this machine without a token.
    package static let anonymous = Caller(user: nil)
    /// Slipway itself: controllers and consumers.
    package static let system = Caller(user: "slipway")

    /// The name written into ledger entries.
    package var actor: String { user ?? EvidenceSource.unknownActor }
}
