internal import Synchronization

/// What a version's runs have cost: lately, per row, to choose where to run the next one; and in all, to be reported.
package final class RunCost: Sendable {
    /// What was run since the version was loaded.
    package struct Totals: Sendable, Equatable {
        /// Answered requests and the rows in them.
        package let requests: Int
        package let rows: Int
        /// Runs of the model: fewer than requests where several were put into one.
        package let runs: Int
        package let nanoseconds: UInt64
        package let failures: Int
    }

    /// Nanoseconds per row, smoothed; 0 until the first run.
    private let smoothed = Atomic<UInt64>(0)
    private let requests = Atomic<Int>(0)
    private let rows = Atomic<Int>(0)
    private let runs = Atomic<Int>(0)
    private let nanoseconds = Atomic<UInt64>(0)
    private let failures = Atomic<Int>(0)

    package init() {}

    /// A run that should take no longer than this may hold up the thread that reads sockets: handing it to another
    /// thread and back costs about as much.
    private static let cheapNanoseconds: UInt64 = 200_000

    /// Whether a run of so many rows should be over in a moment. Unknown models are not trusted.
    func isCheap(rows: Int) -> Bool {
        let each = smoothed.load(ordering: .relaxed)
        let (total, overflow) = each.multipliedReportingOverflow(by: UInt64(max(1, rows)))
        return each > 0 && !overflow && total < Self.cheapNanoseconds
    }

    /// Remembers what a run took; two slow runs are enough to send the next ones elsewhere. A single one may have lost its
    /// processor to somebody else.
    private func learn(nanoseconds: UInt64, rows: Int) {
        let each = max(1, nanoseconds / UInt64(max(1, rows)))
        let before = smoothed.load(ordering: .relaxed)
        let after = before == 0 ? each : each > 8 * before ? 8 * before : (7 * before + each) / 8
        smoothed.store(max(1, after), ordering: .relaxed)
    }

    /// Remembers a run that was stopped because it held others up: the next ones go elsewhere.
    func distrust(nanoseconds: UInt64, rows: Int) {
        smoothed.store(max(1, nanoseconds / UInt64(max(1, rows))), ordering: .relaxed)
    }

    /// Remembers a run that answered several requests.
    func record(nanoseconds: UInt64, rows: Int, requests: Int = 1) {
        learn(nanoseconds: nanoseconds, rows: rows)
        self.requests.add(requests, ordering: .relaxed)
        self.rows.add(rows, ordering: .relaxed)
        runs.add(1, ordering: .relaxed)
        self.nanoseconds.add(nanoseconds, ordering: .relaxed)
    }

    func recordFailure() { failures.add(1, ordering: .relaxed) }

    package var totals: Totals {
        Totals(
            requests: requests.load(ordering: .relaxed),
            rows: rows.load(ordering: .relaxed),
            runs: runs.load(ordering: .relaxed),
            nanoseconds: nanoseconds.load(ordering: .relaxed),
            failures: failures.load(ordering: .relaxed)
        )
    }
}
