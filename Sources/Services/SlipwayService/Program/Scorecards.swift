package import SlipwayDomain
internal import SlipwayLedger
package import SlipwayProgram

/// KPIs from the ledger.
package struct Scorecards: Sendable {
    private let ledger: LedgerBook
    private let runtime: Runtime

    package init(ledger: LedgerBook, runtime: Runtime) {
        self.ledger = ledger
        self.runtime = runtime
    }

    /// The scorecard of a window; from the first entry until now when none is given.
    package func scorecard(from: Instant?, to: Instant?) async throws -> Scorecard {
        let entries = try await ledger.entries()
        let now = runtime.now()
        let start = from ?? entries.first?.time ?? now
        // The window is half open: one millisecond more takes in what happened just now.
        let end = to ?? now + Span(milliseconds: 1)
        guard start < end else { throw ServiceError.invalid("the window must end after it begins: \(start) to \(end)") }
        return Scorecard.compute(entries: entries, window: (from: start, to: end))
    }
}
