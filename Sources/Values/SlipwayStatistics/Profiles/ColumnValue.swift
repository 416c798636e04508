/// One cell of a row, as the profiles see it.
package enum ColumnValue: Sendable, Equatable {
    /// No value.
    case missing
    /// A number, NaN and infinities included.
    case number(Double)
    /// A category.
    case text(String)
    /// A truth value.
    case flag(Bool)
    /// A value that could not be read as what the column should be.
    case failed
}

/// What a column holds.
package enum ColumnKind: String, Sendable, Codable, CaseIterable {
    /// Numbers, counted on a frozen grid.
    case numeric
    /// Categories, counted one by one.
    case categorical
    /// Truth values.
    case boolean
}

/// All values of one reference column.
package enum ColumnValues: Sendable {
    /// Numbers, nil where missing.
    case numbers([Double?])
    /// Categories, nil where missing.
    case texts([String?])
    /// Truth values, nil where missing.
    case flags([Bool?])

    /// How many rows there are.
    package var count: Int {
        switch self {
        case .numbers(let values): values.count
        case .texts(let values): values.count
        case .flags(let values): values.count
        }
    }
}
