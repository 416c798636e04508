package import SlipwayDomain
internal import SlipwayLedger
package import SlipwayRelease
internal import SlipwayStore

/// What a release rests on, read from the ledger.
extension Releases {
    /// More entries than this no release has: each step has a few, and people are slow.
    private static let mostFacts = 100_000

    /// The account of a release by its ledger entries, with the newest look of one that is under way.
    package func account(of id: ReleaseID) async throws -> ReleaseAccount {
        let state = try await state(id)
        let bytes = try await database.read {
            try LedgerTable.newest(about: "releases/\(id)", limit: Self.mostFacts, in: $0)
        }
        let facts = try bytes.reversed().map { bytes in
            let entry = try Entry(canonicalBytes: bytes)
            return ReleaseAccount.Fact(
                entry: entry.id,
                name: entry.name,
                at: entry.time,
                actor: entry.actor,
                data: entry.data
            )
        }
        let isOpen = state.passedAt == nil && [.progressing, .paused].contains(state.phase)
        guard let account = ReleaseAccount(id, facts: facts, now: isOpen ? state.lastVerdict : nil) else {
            throw ServiceError(.internal, "the ledger has no beginning of release \(id): run `slipway ledger verify`")
        }
        return account
    }
}
