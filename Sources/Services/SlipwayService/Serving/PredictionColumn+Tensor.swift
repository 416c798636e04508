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
    /// One element a row: those at `from`, `from + step` and so on.
    mutating func append(_ data: TensorData, from: Int, step: Int, count: Int) {
        guard holds(data.type) else {
            for _ in 0..<count { appendMissing() }
            return
        }
        for row in 0..<count {
            take(data, at: from + row * step)
            endRow(isPresent: true)
        }
    }

    /// One row with a list of elements.
    mutating func append(list data: TensorData, from: Int, count: Int) {
        guard holds(data.type) else { return appendMissing() }
        for index in from..<(from + count) { take(data, at: index) }
        endRow(isPresent: true)
    }

    /// A model may answer in another type than it said.
    private func holds(_ type: TensorType) -> Bool { PredictionLayout.kind(type) == kind }

    private mutating func take(_ data: TensorData, at index: Int) {
        switch data {
        case .fp32(let values): floats.append(values[index])
        case .fp64(let values): doubles.append(values[index])
        case .int32(let values): integers.append(Int64(values[index]))
        case .int64(let values): integers.append(values[index])
        case .bool(let values): flags.append(values[index])
        case .bytes(let values): texts.append(values[index])
        case .raw(let raw): take(raw, at: index)
        }
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
