import SlipwayDomain
import SlipwayMonitor
import SlipwayStatistics

/// Cuts a history into windows as the live service would: by rows, or by time with a least number of rows.
struct HistoryWindows {
    /// How windows are cut.
    struct Cut {
        /// The least rows of a window.
        let rows: Int
        /// The least time that a window covers; nil cuts by rows alone.
        let span: Span?
    }

    /// How long a window without times counts as: the live service's own.
    static let nominal = Span.minutes(15)

    private let reference: DatasetProfile
    private let cut: Cut
    private var profile: DatasetProfile
    private var hours: HourCounts?
    private var first: Int64?
    private var last: Int64?
    private var number = 0

    init(reference: DatasetProfile, cut: Cut) {
        self.reference = reference
        self.cut = cut
        profile = .emptyLike(reference)
    }

    /// Adds rows and hands on each window that they fill.
    mutating func add(
        _ columns: [[ColumnValue]],
        times: [Int64]?,
        each: (ObservedWindow) throws -> Void
    ) throws {
        let count = columns.first?.count ?? 0
        if let begun = times?.first, let last, begun < last {
            let (from, before) = (Instant(milliseconds: begun), Instant(milliseconds: last))
            throw CommandError(
                "the history goes back from \(before) to \(from): give the tables in the order of their time"
            )
        }
        var start = 0
        while start < count {
            if let times, isFull(at: times[start]) { try each(close()) }
            let end = end(from: start, count: count, times: times)
            try profile.add(batch: columns.map { Array($0[start..<end]) })
            if let times {
                var counted = hours ?? HourCounts()
                counted.add(end - start, milliseconds: times[start])
                hours = counted
                first = first ?? times[start]
                last = times[end - 1]
            }
            if times == nil || cut.span == nil, profile.rowCount >= Int64(cut.rows) { try each(close()) }
            start = end
        }
    }

    /// The rows that belong together: of one window, and of one hour.
    private func end(from start: Int, count: Int, times: [Int64]?) -> Int {
        let room = cut.rows - Int(profile.rowCount)
        let most = cut.span == nil || room > 0 ? min(count, start + max(1, room)) : count
        guard let times else { return most }
        var end = start + 1
        while end < most, times[end] / 3_600_000 == times[start] / 3_600_000, !isFull(at: times[end]) { end += 1 }
        return end
    }

    private func isFull(at time: Int64) -> Bool {
        guard let span = cut.span, let first else { return false }
        return time >= first + span.milliseconds && profile.rowCount >= Int64(cut.rows)
    }

    private mutating func close() -> ObservedWindow {
        let nominal = Self.nominal.milliseconds
        let from = first ?? Int64(number) * nominal
        let to = first.map { (last ?? $0) + 1 } ?? from + nominal
        defer {
            profile = .emptyLike(reference)
            hours = nil
            first = nil
            number += 1
        }
        return ObservedWindow(
            from: Instant(milliseconds: from),
            to: Instant(milliseconds: to),
            profile: profile,
            hours: hours
        )
    }
}
