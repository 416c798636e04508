/// The values of one column in one batch.
///
/// Where `valid` is false the value is missing, and the number beside it is 0.
package enum TabularColumn: Sendable, Equatable {
    case integer(values: [Int64], valid: [Bool])
    case double(values: [Double], valid: [Bool])
    case boolean(values: [Bool], valid: [Bool])
    case string([String?])
    /// Milliseconds since 1970 in UTC; an infinite timestamp counts as missing.
    case timestampMilliseconds(values: [Int64], valid: [Bool])
    /// Days since 1970-01-01.
    case date(days: [Int64], valid: [Bool])

    /// The number of rows.
    package var count: Int {
        switch self {
        case .integer(let values, _), .timestampMilliseconds(let values, _), .date(let values, _): values.count
        case .double(let values, _): values.count
        case .boolean(let values, _): values.count
        case .string(let values): values.count
        }
    }

    /// The values as floating-point numbers with nil where missing; nil for a column of strings.
    package var doubles: [Double?]? {
        switch self {
        case .integer(let values, let valid), .timestampMilliseconds(let values, let valid),
            .date(let values, let valid):
            zip(values, valid).map { $1 ? Double($0) : nil }
        case .double(let values, let valid): zip(values, valid).map { $1 ? $0 : nil }
        case .boolean(let values, let valid): zip(values, valid).map { $1 ? ($0 ? 1 : 0) : nil }
        case .string: nil
        }
    }
}

/// Some consecutive rows of a table, column by column.
package struct TabularBatch: Sendable, Equatable {
    /// The columns' names and kinds, the same for every batch of a scan.
    package var schema: TabularSchema
    /// The number of rows.
    package var rowCount: Int
    /// The values, in the order of the schema.
    package var columns: [TabularColumn]

    /// Puts columns of equal length together.
    package init(schema: TabularSchema, rowCount: Int, columns: [TabularColumn]) {
        self.schema = schema
        self.rowCount = rowCount
        self.columns = columns
    }

    /// The column of a name.
    package subscript(name: String) -> TabularColumn? {
        schema.index(of: name).map { columns[$0] }
    }
}
