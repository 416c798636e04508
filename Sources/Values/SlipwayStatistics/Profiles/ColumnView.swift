/// One column of a batch of rows where it lies in memory. The memory belongs to the caller and is read during the call
/// that takes the view only.
package enum ColumnView {
    /// Numbers.
    case numbers(UnsafeBufferPointer<Double>, states: UnsafePointer<CellState>?)
    /// Texts, in UTF-8: text i is bytes `offsets[i] ..< offsets[i + 1]`.
    case texts(bytes: UnsafeRawPointer, offsets: UnsafeBufferPointer<Int>, states: UnsafePointer<CellState>?)
    /// Truth values.
    case flags(UnsafeBufferPointer<Bool>, states: UnsafePointer<CellState>?)
    /// A column that is not there: no row has a value.
    case absent

    /// How many rows there are, nil for an absent column.
    var count: Int? {
        switch self {
        case .numbers(let values, _): values.count
        case .texts(_, let offsets, _): max(0, offsets.count - 1)
        case .flags(let values, _): values.count
        case .absent: nil
        }
    }
}

/// What a cell holds; no states at all means that every cell has a value.
package enum CellState: UInt8, Sendable {
    /// A value.
    case value
    /// No value.
    case missing
    /// A value that could not be read as what the column should be.
    case failed
}
