import CArrow

/// Copies columns of the Arrow C data interface into Swift values.
///
/// Layouts are those of the Arrow columnar format: buffer 0 is the validity bitmap (absent when nothing is missing),
/// then the values, or offsets and bytes. All positions count from the array's own offset plus that of its parent.
struct ArrowDecoder {
    /// The columns of the stream, in order.
    let fields: [ArrowField]
    /// What the caller was told about them.
    let schema: TabularSchema

    /// Decodes a batch, which is an Arrow struct with one child for each column.
    func decode(_ batch: ArrowBatch) throws(TabularError) -> TabularBatch {
        let parent = batch.array.pointee
        let rows = Int(parent.length)
        var columns: [TabularColumn] = []
        columns.reserveCapacity(fields.count)
        for (index, field) in fields.enumerated() {
            guard index < Int(parent.n_children), let child = parent.children?[index]?.pointee else {
                throw .layoutUnknown(column: field.name, format: "missing")
            }
            let slice = ArrowSlice(array: child, start: Int(parent.offset + child.offset), count: rows)
            columns.append(try slice.decode(field))
        }
        return TabularBatch(schema: schema, rowCount: rows, columns: columns)
    }
}

/// The rows of one column in one batch.
private struct ArrowSlice {
    let array: ArrowArray
    let start: Int
    let count: Int

    func decode(_ field: ArrowField) throws(TabularError) -> TabularColumn {
        guard count > 0 else { return try empty(field) }
        switch field.format {
        case "c": return try integers(Int8.self, field)
        case "C": return try integers(UInt8.self, field)
        case "s": return try integers(Int16.self, field)
        case "S": return try integers(UInt16.self, field)
        case "i": return try integers(Int32.self, field)
        case "I": return try integers(UInt32.self, field)
        case "l": return try integers(Int64.self, field)
        case "f":
            let (values, valid) = try numbers(Float.self, field) { Double($0) }
            return .double(values: values, valid: valid)
        case "g":
            let (values, valid) = try numbers(Double.self, field) { $0 }
            return .double(values: values, valid: valid)
        case "b": return try booleans(field)
        case "u": return try strings(Int32.self, field)
        case "U": return try strings(Int64.self, field)
        case "tdD":
            let (values, valid) = try numbers(Int32.self, field) { Int64($0) }
            return .date(days: values, valid: valid)
        default:
            guard let unit = ArrowTimestampUnit(format: field.format) else {
                throw .layoutUnknown(column: field.name, format: field.format)
            }
            return try timestamps(unit, field)
        }
    }

    private func empty(_ field: ArrowField) throws(TabularError) -> TabularColumn {
        switch ColumnPlan(field).kind {
        case .integer: .integer(values: [], valid: [])
        case .double: .double(values: [], valid: [])
        case .boolean: .boolean(values: [], valid: [])
        case .string: .string([])
        case .timestamp: .timestampMilliseconds(values: [], valid: [])
        case .date: .date(days: [], valid: [])
        case .other: throw .layoutUnknown(column: field.name, format: field.format)
        }
    }

    private func buffer(_ index: Int, _ field: ArrowField) throws(TabularError) -> UnsafeRawPointer {
        guard index < Int(array.n_buffers), let buffer = array.buffers?[index] else {
            throw .layoutUnknown(column: field.name, format: field.format)
        }
        return buffer
    }

    /// Which rows have a value.
    private var validity: [Bool] {
        guard array.null_count != 0, array.n_buffers > 0, let bitmap = array.buffers?[0] else {
            return [Bool](repeating: true, count: count)
        }
        return bits(bitmap)
    }

    /// Bits of a bitmap, the lowest of each byte first.
    private func bits(_ bitmap: UnsafeRawPointer) -> [Bool] {
        let bytes = bitmap.assumingMemoryBound(to: UInt8.self)
        return [Bool](unsafeUninitializedCapacity: count) { target, initialized in
            for row in 0..<count {
                let position = start + row
                target.initializeElement(at: row, to: bytes[position >> 3] >> UInt8(position & 7) & 1 == 1)
            }
            initialized = count
        }
    }

    private func numbers<Raw, Value: AdditiveArithmetic>(
        _: Raw.Type,
        _ field: ArrowField,
        _ convert: (Raw) -> Value
    ) throws(TabularError) -> ([Value], [Bool]) {
        let source = try buffer(1, field).assumingMemoryBound(to: Raw.self) + start
        let valid = validity
        let values = [Value](unsafeUninitializedCapacity: count) { target, initialized in
            for row in 0..<count {
                target.initializeElement(at: row, to: valid[row] ? convert(source[row]) : .zero)
            }
            initialized = count
        }
        return (values, valid)
    }

    private func integers<Raw: BinaryInteger>(_ type: Raw.Type, _ field: ArrowField) throws(TabularError)
        -> TabularColumn
    {
        let (values, valid) = try numbers(type, field) { Int64(truncatingIfNeeded: $0) }
        return .integer(values: values, valid: valid)
    }

    private func booleans(_ field: ArrowField) throws(TabularError) -> TabularColumn {
        let valid = validity
        var values = bits(try buffer(1, field))
        for row in 0..<count where !valid[row] { values[row] = false }
        return .boolean(values: values, valid: valid)
    }

    private func timestamps(_ unit: ArrowTimestampUnit, _ field: ArrowField) throws(TabularError) -> TabularColumn {
        let source = try buffer(1, field).assumingMemoryBound(to: Int64.self) + start
        var valid = validity
        var values = [Int64](repeating: 0, count: count)
        for row in 0..<count where valid[row] {
            // The engine writes its infinite timestamps as the largest number and its negative.
            let isInfinite = source[row] == .max || source[row] <= -Int64.max
            if !isInfinite, let milliseconds = unit.milliseconds(source[row]) {
                values[row] = milliseconds
            } else {
                valid[row] = false
            }
        }
        return .timestampMilliseconds(values: values, valid: valid)
    }

    private func strings<Offset: BinaryInteger>(_: Offset.Type, _ field: ArrowField) throws(TabularError)
        -> TabularColumn
    {
        let offsets = try buffer(1, field).assumingMemoryBound(to: Offset.self) + start
        // The bytes may be absent when every string is empty.
        let bytes = Int(array.n_buffers) > 2 ? array.buffers?[2] : nil
        let hasMissing = array.null_count != 0
        let valid = hasMissing ? validity : []
        var values: [String?] = []
        values.reserveCapacity(count)
        for row in 0..<count {
            guard !hasMissing || valid[row] else {
                values.append(nil)
                continue
            }
            let (from, to) = (Int(offsets[row]), Int(offsets[row + 1]))
            let text = UnsafeRawBufferPointer(start: bytes.map { $0 + from }, count: bytes == nil ? 0 : to - from)
            values.append(String(decoding: text, as: UTF8.self))
        }
        return .string(values)
    }
}
