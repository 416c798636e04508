/// A binary evaluation of all rows and of every slice of them.
package struct SliceEvaluation: Sendable, Equatable {
    /// The rows that share one value of one column.
    package struct Slice: Sendable, Equatable {
        /// The column that the rows are sliced by.
        package let column: String
        /// The value that they share.
        package let value: String
        /// Their metrics.
        package let evaluation: BinaryEvaluation
    }

    /// The metrics of all rows.
    package let overall: BinaryEvaluation
    /// The metrics of each slice, columns in the order given, values in byte order.
    package let slices: [Slice]

    /// Evaluates probabilities against labels, over all rows and by each value of each slicing column.
    package static func evaluate(
        scores: [Double],
        labels: [Bool],
        slices columns: [(name: String, values: [String])],
        threshold: Double = 0.5
    ) throws(StatisticsError) -> SliceEvaluation {
        let overall = try BinaryEvaluation(scores: scores, labels: labels, threshold: threshold)
        var slices: [Slice] = []
        for (name, values) in columns {
            guard values.count == scores.count else {
                throw .lengthMismatch("\(scores.count) scores and \(values.count) values of \(name)")
            }
            for (value, members) in Self.rows(by: values) {
                let evaluation = try BinaryEvaluation(
                    scores: members.map { scores[$0] },
                    labels: members.map { labels[$0] },
                    threshold: threshold
                )
                slices.append(Slice(column: name, value: value, evaluation: evaluation))
            }
        }
        return SliceEvaluation(overall: overall, slices: slices)
    }

    /// The places of each value, values in byte order.
    package static func rows(by values: [String]) -> [(value: String, rows: [Int])] {
        var rows: [String: [Int]] = [:]
        for (row, value) in values.enumerated() { rows[value, default: []].append(row) }
        return rows.sorted { CategoryProfile.precedes($0.key, $1.key) }.map { (value: $0.key, rows: $0.value) }
    }
}
