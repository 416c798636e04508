import Foundation
import SlipwayDomain
import SlipwayStatistics
import SlipwayTabular

/// One row to send.
struct ReplayRow: Sendable {
    let time: Instant
    let key: String?
    let features: [Float]
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
    /// Rows left out because a feature had no value.
    private(set) var incomplete = 0

    var isEmpty: Bool { rows.isEmpty }

    init(files: [String], columns: Columns, features: ModelInput, from: Instant?, to: Instant?) throws {
        let engine = try TabularEngine()
        for file in files {
            try engine.file(file).scan(columns: columns.names + features.features) { batch in
                try add(batch, columns: columns, featureCount: features.features.count, from: from, to: to)
            }
        }
        rows.sort { $0.time < $1.time }
    }

    private mutating func add(
        _ batch: TabularBatch,
        columns: Columns,
        featureCount: Int,
        from: Instant?,
        to: Instant?
    ) throws {
        guard let times = batch[columns.time]?.doubles else {
            throw CommandError("the column \(columns.time) holds no instants")
        }
        let keys = columns.key.flatMap { batch[$0] }.map(ColumnValues.init)
        let labels = columns.label.flatMap { batch[$0] }.map(ColumnValues.init)
        let values = batch.columns.suffix(featureCount).map { $0.doubles ?? [] }
        for row in 0..<batch.rowCount {
            guard let milliseconds = times[row] else { continue }
            let time = Instant(milliseconds: Int64(milliseconds))
            if let from, time < from { continue }
            if let to, time >= to { continue }
            let features = values.compactMap { $0.indices.contains(row) ? $0[row].map { Float($0) } : nil }
            guard features.count == featureCount else {
                incomplete += 1
                continue
            }
            rows.append(
                ReplayRow(time: time, key: keys?.text(row), features: features, label: labels?.label(row))
            )
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
