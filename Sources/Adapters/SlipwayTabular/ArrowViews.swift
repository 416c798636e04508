import CArrow
import SlipwayStatistics

/// Shows columns of the Arrow C data interface where they lie, for sketches that read every value once.
///
/// The layouts are those that `ArrowDecoder` copies. What has to be widened or unpacked goes through buffers that are
/// used again for every batch.
final class ArrowViews {
    private let fields: [ArrowField]
    private let wide: [ColumnBuffers]

    init(fields: [ArrowField]) {
        self.fields = fields
        wide = fields.map { _ in ColumnBuffers() }
    }

    /// Shows a batch; the views hold until `show` returns.
    func with(_ batch: ArrowBatch, _ show: (Int, [ColumnView]) throws -> Void) throws {
        let parent = batch.array.pointee
        let rows = Int(parent.length)
        var views: [ColumnView] = []
        for (index, field) in fields.enumerated() {
            guard index < Int(parent.n_children), let child = parent.children?[index]?.pointee else {
                throw TabularError.layoutUnknown(column: field.name, format: "missing")
            }
            let start = Int(parent.offset + child.offset)
            views.append(try wide[index].view(child, start: start, count: rows, field))
        }
        try show(rows, views)
    }
}

/// The memory that one column's values are widened into.
final class ColumnBuffers {
    private var numbers = UnsafeMutableBufferPointer<Double>.allocate(capacity: 0)
    private var offsets = UnsafeMutableBufferPointer<Int>.allocate(capacity: 0)
    private var flags = UnsafeMutableBufferPointer<Bool>.allocate(capacity: 0)
    private var states = UnsafeMutableBufferPointer<CellState>.allocate(capacity: 0)
    private let nothing = UnsafeMutableRawPointer.allocate(byteCount: 8, alignment: 8)

    deinit {
        numbers.deallocate()
        offsets.deallocate()
        flags.deallocate()
        states.deallocate()
        nothing.deallocate()
    }

    func view(_ array: ArrowArray, start: Int, count: Int, _ field: ArrowField) throws(TabularError) -> ColumnView {
        let states = states(array, start: start, count: count)
        func source<Raw>(_: Raw.Type, _ index: Int = 1) throws(TabularError) -> UnsafePointer<Raw> {
            guard index < Int(array.n_buffers), let buffer = array.buffers?[index] else {
                guard count == 0 else { throw .layoutUnknown(column: field.name, format: field.format) }
                return UnsafePointer(nothing.assumingMemoryBound(to: Raw.self))
            }
            return buffer.assumingMemoryBound(to: Raw.self) + start
        }
        switch field.format {
        case "c": return widened(try source(Int8.self), count, states)
        case "C": return widened(try source(UInt8.self), count, states)
        case "s": return widened(try source(Int16.self), count, states)
        case "S": return widened(try source(UInt16.self), count, states)
        case "i", "tdD": return widened(try source(Int32.self), count, states)
        case "I": return widened(try source(UInt32.self), count, states)
        case "l": return widened(try source(Int64.self), count, states)
        case "f":
            let values = try source(Float.self)
            reserve(&numbers, count)
            for i in 0..<count { numbers[i] = Double(values[i]) }
            return .numbers(UnsafeBufferPointer(rebasing: numbers[..<count]), states: states)
        case "g":
            return .numbers(UnsafeBufferPointer(start: try source(Double.self), count: count), states: states)
        case "b": return unpacked(try source(UInt8.self) - start, start, count, states)
        case "u": return texts(try source(Int32.self), array, count, states)
        case "U": return texts(try source(Int64.self), array, count, states)
        default:
            guard let unit = ArrowTimestampUnit(format: field.format) else {
                throw .layoutUnknown(column: field.name, format: field.format)
            }
            return instants(try source(Int64.self), unit, count, states)
        }
    }

    private func reserve<Value>(_ buffer: inout UnsafeMutableBufferPointer<Value>, _ count: Int) {
        guard buffer.count < count else { return }
        buffer.deallocate()
        buffer = .allocate(capacity: count)
    }

    /// The states of the cells, nil when every cell has a value.
    private func states(_ array: ArrowArray, start: Int, count: Int) -> UnsafeMutablePointer<CellState>? {
        guard array.null_count != 0, array.n_buffers > 0, let bitmap = array.buffers?[0] else { return nil }
        let bytes = bitmap.assumingMemoryBound(to: UInt8.self)
        reserve(&states, count)
        for row in 0..<count {
            let position = start + row
            states[row] = bytes[position >> 3] >> UInt8(position & 7) & 1 == 1 ? .value : .missing
        }
        return states.baseAddress
    }

    private func widened<Raw: BinaryInteger>(
        _ source: UnsafePointer<Raw>,
        _ count: Int,
        _ states: UnsafeMutablePointer<CellState>?
    ) -> ColumnView {
        reserve(&numbers, count)
        for i in 0..<count { numbers[i] = Double(source[i]) }
        return .numbers(UnsafeBufferPointer(rebasing: numbers[..<count]), states: states)
    }

    private func unpacked(
        _ bytes: UnsafePointer<UInt8>,
        _ start: Int,
        _ count: Int,
        _ states: UnsafeMutablePointer<CellState>?
    ) -> ColumnView {
        reserve(&flags, count)
        for row in 0..<count {
            let position = start + row
            flags[row] = bytes[position >> 3] >> UInt8(position & 7) & 1 == 1
        }
        return .flags(UnsafeBufferPointer(rebasing: flags[..<count]), states: states)
    }

    private func texts<Offset: BinaryInteger>(
        _ source: UnsafePointer<Offset>,
        _ array: ArrowArray,
        _ count: Int,
        _ states: UnsafeMutablePointer<CellState>?
    ) -> ColumnView {
        reserve(&offsets, count + 1)
        for i in 0...count { offsets[i] = count == 0 ? 0 : Int(source[i]) }
        // The bytes may be absent when every text is empty.
        let bytes = array.n_buffers > 2 ? array.buffers?[2] : nil
        return .texts(
            bytes: bytes ?? UnsafeRawPointer(nothing),
            offsets: UnsafeBufferPointer(rebasing: offsets[...count]),
            states: states
        )
    }

    private func instants(
        _ source: UnsafePointer<Int64>,
        _ unit: ArrowTimestampUnit,
        _ count: Int,
        _ given: UnsafeMutablePointer<CellState>?
    ) -> ColumnView {
        reserve(&numbers, count)
        if given == nil { reserve(&states, count) }
        guard let states = states.baseAddress else { return .numbers(.init(start: nil, count: 0), states: nil) }
        if given == nil { states.update(repeating: .value, count: count) }
        for row in 0..<count where states[row] == .value {
            // The engine writes its infinite timestamps as the largest number and its negative.
            let isInfinite = source[row] == .max || source[row] <= -Int64.max
            if !isInfinite, let milliseconds = unit.milliseconds(source[row]) {
                numbers[row] = Double(milliseconds)
            } else {
                states[row] = .missing
            }
        }
        return .numbers(UnsafeBufferPointer(rebasing: numbers[..<count]), states: UnsafePointer(states))
    }
}
