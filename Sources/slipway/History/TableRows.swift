import SlipwayDomain
import SlipwayStatistics
import SlipwayTabular

/// The rows of a table column by column, in the order of a time column or in the file's.
struct TableRows {
    let path: String
    let columns: [String]
    /// The column with each row's instant.
    let time: String?

    /// Hands the rows on, some thousand at a time; the times are in milliseconds since 1970, nil when there is no time
    /// column. Rows without a time are left out.
    func each(_ body: (_ columns: [[ColumnValue]], _ times: [Int64]?) throws -> Void) throws {
        let engine = try TabularEngine()
        let table = try engine.file(path)
        let schema = try table.schema
        let missing = (columns + [time].compactMap(\.self)).filter { schema.index(of: $0) == nil }
        guard missing.isEmpty else { throw CommandError("\(path) has no column \(missing.joined(separator: ", "))") }
        guard let time else {
            try table.scan(columns: columns) { batch in
                try body(batch.columns.map { ColumnValues($0).cells }, nil)
            }
            return
        }
        let kind = schema.index(of: time).map { schema.fields[$0].kind }
        guard kind == .timestamp || kind == .date else { throw CommandError("\(path): \(time) holds no instants") }
        let names = (columns + [time]).map(Self.quoted).joined(separator: ", ")
        // Sorted by the engine, within its own memory, so that a long history needs none here.
        let query = "SELECT \(names) FROM data WHERE \(Self.quoted(time)) IS NOT NULL ORDER BY \(Self.quoted(time))"
        try engine.query(query, file: path) { batch in
            let times = batch.columns.last.map(Self.milliseconds) ?? []
            try body(batch.columns.dropLast().map { ColumnValues($0).cells }, times)
        }
    }

    private static func milliseconds(_ column: TabularColumn) -> [Int64] {
        switch column {
        case .date(let days, _): days.map { $0 * 86_400_000 }
        case .timestampMilliseconds(let values, _), .integer(let values, _): values
        default: []
        }
    }

    private static func quoted(_ name: String) -> String {
        "\"" + name.doubling("\"") + "\""
    }
}

extension ColumnValues {
    /// The values cell by cell.
    var cells: [ColumnValue] {
        switch self {
        case .numbers(let values): values.map { $0.map { .number($0) } ?? .missing }
        case .texts(let values): values.map { $0.map { .text($0) } ?? .missing }
        case .flags(let values): values.map { $0.map { .flag($0) } ?? .missing }
        }
    }
}
