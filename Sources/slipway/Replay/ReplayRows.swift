import Foundation
import SlipwayDomain
import SlipwayService
import SlipwayStatistics
import SlipwayTabular

/// One row to send.
struct ReplayRow: Sendable {
    let time: Instant
    let key: String?
    /// The values of all tensors, one after the other.
    let values: [ReplayValue]
    let label: JSONValue?
}

/// The rows of some files in the order of their time.
struct ReplayRows: Sendable {
    /// The columns that are not features.
    struct Columns: Sendable {
        let time: String
        let key: String?
        let label: String?

        var names: [String] { [time] + [key, label].compactMap { $0 } }
    }

    private(set) var rows: [ReplayRow] = []
    /// Rows left out because a column had no value that the model takes, and the first such column.
    private(set) var incomplete = 0
    private(set) var incompleteColumn: String?

    var isEmpty: Bool { rows.isEmpty }

    /// What is said of the rows that are left out; nil when all are there.
    var omission: String? {
        guard let incompleteColumn else { return nil }
        let rows = incomplete == 1 ? "1 row is" : "\(incomplete) rows are"
        return "\(rows) left out: a column such as \(incompleteColumn) has no value there that the model takes"
    }

    init(files: [String], columns: Columns, inputs: ModelInputs, from: Instant?, to: Instant?) throws {
        let engine = try TabularEngine()
        for file in files {
            try engine.file(file).scan(columns: columns.names + inputs.columns.map(\.name)) { batch in
                try add(batch, columns: columns, inputs: inputs, from: from, to: to)
            }
        }
        rows.sort { $0.time < $1.time }
    }

    private mutating func add(
        _ batch: TabularBatch,
        columns: Columns,
        inputs: ModelInputs,
        from: Instant?,
        to: Instant?
    ) throws {
        guard let times = batch[columns.time]?.doubles else {
            throw CommandError("the column \(columns.time) holds no instants")
        }
        let keys = columns.key.flatMap { batch[$0] }.map(ColumnValues.init)
        let labels = columns.label.flatMap { batch[$0] }.map(ColumnValues.init)
        let wanted = inputs.inputs.flatMap { input in input.columns.map { (column: $0, type: input.type) } }
        let cells = batch.columns.suffix(wanted.count).map(ColumnValues.init)
        for row in 0..<batch.rowCount {
            guard let milliseconds = times[row] else { continue }
            let time = Instant(milliseconds: Int64(milliseconds))
            if let from, time < from { continue }
            if let to, time >= to { continue }
            var values: [ReplayValue] = []
            for (cell, wanted) in zip(cells, wanted) {
                guard let value = cell.value(row, for: wanted.column, as: wanted.type) else {
                    incompleteColumn = incompleteColumn ?? wanted.column.name
                    break
                }
                values.append(value)
            }
            guard values.count == wanted.count else {
                incomplete += 1
                continue
            }
            rows.append(ReplayRow(time: time, key: keys?.text(row), values: values, label: labels?.label(row)))
        }
    }
}

extension ColumnValues {
    fileprivate func text(_ row: Int) -> String? {
        switch self {
        case .texts(let values): values[row]
        case .numbers(let values): values[row].map { String($0) }
        case .flags(let values): values[row].map { String($0) }
        }
    }
}
