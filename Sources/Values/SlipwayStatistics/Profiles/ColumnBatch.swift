/// The cells of one column in a batch of rows, whose order says nothing: numbers lie apart, so that they are counted many
/// at a time.
package struct ColumnBatch: Sendable {
    /// Cells that are numbers, NaN and infinities included.
    package var numbers: [Double] = []
    /// All other cells; a number here is counted alone.
    package var others: [ColumnValue]

    /// No cells yet, and room for some.
    package init(numbers room: Int = 0) {
        others = []
        numbers.reserveCapacity(room)
    }

    /// Cells of any kind, as they are.
    init(_ cells: [ColumnValue]) { others = cells }

    /// How many rows there are.
    package var count: Int { numbers.count + others.count }
}
