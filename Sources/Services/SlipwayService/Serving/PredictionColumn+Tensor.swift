extension PredictionLayout {
    /// What a column of a tensor's elements holds.
    static func kind(_ type: TensorType) -> PredictionColumn.Kind {
        switch type {
        case .fp32, .fp16, .bf16: .float
        case .fp64: .double
        case .int8, .int16, .int32, .int64, .uint8, .uint16, .uint32: .integer
        case .uint64: .unsigned
        case .bool: .flag
        case .bytes: .text
        }
    }
}

extension PredictionColumn {
    /// Rows of so many elements each, as they stand; the elements are of this column's kind.
    mutating func append(_ data: TensorData, rowsOf width: Int, count: Int) {
        let before = valueCount
        switch data {
        case .fp32(let values): floats += values
        case .fp64(let values): doubles += values
        case .int32(let values): integers += values.lazy.map { Int64($0) }
        case .int64(let values): integers += values
        case .bool(let values): flags += values
        case .bytes(let values): texts += values
        case .raw(let raw): for index in 0..<data.count { take(raw, at: index) }
        }
        for row in 1...count { endRow(isPresent: true, end: before + row * width) }
    }

    private mutating func take(_ raw: TensorBytes, at index: Int) {
        switch kind {
        case .float: floats.append(Float(raw.number(at: index) ?? 0))
        case .double: doubles.append(raw.number(at: index) ?? 0)
        case .integer, .instant: integers.append(Int64(truncatingIfNeeded: raw.wholeNumber(at: index) ?? 0))
        case .unsigned:
            let value = UInt64(truncatingIfNeeded: raw.wholeNumber(at: index) ?? 0)
            integers.append(Int64(bitPattern: value))
        case .flag: flags.append(raw.number(at: index) == 1)
        // Text that is no UTF-8 has no place in a table of text: see `readable`.
        case .text: texts.append("")
        }
    }

    /// One of the columns that were gathered side by side in this one.
    func column(at offset: Int, of width: Int, named name: String) -> PredictionColumn {
        func every<Value>(_ values: [Value]) -> [Value] {
            width == 1 ? values : stride(from: offset, to: values.count, by: width).map { values[$0] }
        }
        var column = PredictionColumn(name: name, kind: kind)
        column.texts = every(texts)
        column.integers = every(integers)
        column.floats = every(floats)
        column.doubles = every(doubles)
        column.flags = every(flags)
        column.present = present
        column.rows = rows
        return column
    }

    /// As many rows, none of which has a value.
    func withoutValues(named name: String) -> PredictionColumn {
        var column = PredictionColumn(name: name, kind: kind, isList: isList)
        for _ in 0..<rows { column.appendMissing() }
        return column
    }
}

extension TensorData {
    /// The same elements, where bytes that are no UTF-8 text are shown with U+FFFD for what cannot be read.
    var readable: TensorData {
        guard case .raw(let raw) = self, raw.type == .bytes else { return self }
        // Whole elements were proven when the tensor was made.
        let elements = (try? TensorBytes.texts(in: raw.bytes)) ?? []
        return .bytes(elements.map { String(decoding: $0, as: UTF8.self) })
    }

    /// About how much memory the elements hold.
    var byteCount: Int {
        switch self {
        case .fp32(let values): values.count * 4
        case .fp64(let values): values.count * 8
        case .int32(let values): values.count * 4
        case .int64(let values): values.count * 8
        case .bool(let values): values.count
        case .bytes(let values): values.reduce(values.count * 16) { $0 + $1.utf8.count }
        case .raw(let raw): raw.bytes.count
        }
    }
}
