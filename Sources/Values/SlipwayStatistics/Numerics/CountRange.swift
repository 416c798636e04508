/// Counts stay within 0 ... 2^53, so that they are exact in JSON numbers and their sums cannot overflow.
enum CountRange {
    /// The largest count: 2^53.
    static let maximum: Int64 = 1 << 53

    /// The sum of two counts, or an error when it leaves the range.
    static func sum(_ a: Int64, _ b: Int64, _ what: String) throws(StatisticsError) -> Int64 {
        try checked(a.addingReportingOverflow(b).partialValue, what)
    }

    /// The difference of two counts, or an error when it leaves the range.
    static func difference(_ a: Int64, _ b: Int64, _ what: String) throws(StatisticsError) -> Int64 {
        try checked(a.subtractingReportingOverflow(b).partialValue, what)
    }

    /// The count itself, or an error when it is outside the range.
    static func checked(_ count: Int64, _ what: String) throws(StatisticsError) -> Int64 {
        guard count >= 0, count <= maximum else { throw .countOutOfRange(what) }
        return count
    }

    /// The sum of many counts, or an error when one of them or the sum leaves the range.
    static func total(_ counts: [Int64], _ what: String) throws(StatisticsError) -> Int64 {
        var result: Int64 = 0
        for count in counts { result = try sum(result, checked(count, what), what) }
        return result
    }

    /// Elementwise sums of two arrays of equal length.
    static func sums(_ a: [Int64], _ b: [Int64], _ what: String) throws(StatisticsError) -> [Int64] {
        guard a.count == b.count else { throw .lengthMismatch(what) }
        var result = a
        for i in result.indices { result[i] = try sum(a[i], b[i], what) }
        return result
    }

    /// Elementwise differences of two arrays of equal length.
    static func differences(_ a: [Int64], _ b: [Int64], _ what: String) throws(StatisticsError) -> [Int64] {
        guard a.count == b.count else { throw .lengthMismatch(what) }
        var result = a
        for i in result.indices { result[i] = try difference(a[i], b[i], what) }
        return result
    }
}
