internal import Synchronization

/// What a version's runs have cost lately, per row: small models are run where the request is, larger ones elsewhere.
package final class RunCost: Sendable {
    /// Nanoseconds per row, smoothed; 0 until the first run.
    private let smoothed = Atomic<UInt64>(0)

    /// A run that should take no longer than this may hold up the thread that reads sockets: handing it to another
    /// thread and back costs about as much.
    private static let cheapNanoseconds: UInt64 = 200_000

    /// Whether a run of so many rows should be over in a moment. Unknown models are not trusted.
    func isCheap(rows: Int) -> Bool {
        let each = smoothed.load(ordering: .relaxed)
        let (total, overflow) = each.multipliedReportingOverflow(by: UInt64(max(1, rows)))
        return each > 0 && !overflow && total < Self.cheapNanoseconds
    }

    /// Remembers a run; one slow run is enough to send the next ones elsewhere.
    func record(nanoseconds: UInt64, rows: Int) {
        let each = max(1, nanoseconds / UInt64(max(1, rows)))
        let before = smoothed.load(ordering: .relaxed)
        let after = before == 0 || each > 8 * before ? each : (7 * before + each) / 8
        smoothed.store(max(1, after), ordering: .relaxed)
    }
}
