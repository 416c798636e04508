package import SlipwayJSON

/// Elements as JSON, flat and row-major.
extension TensorData {
    /// Why elements have no form in JSON, or nil.
    package var jsonRefusal: String? {
        switch self {
        case .fp32(let values): values.allSatisfy(\.isFinite) ? nil : "holds NaN or infinity"
        case .fp64(let values): values.allSatisfy(\.isFinite) ? nil : "holds NaN or infinity"
        case .int32, .int64, .bool, .bytes: nil
        case .raw(let raw):
            switch raw.type {
            case .fp16, .bf16: "is \(raw.type.rawValue)"
            case .bytes: "holds bytes that are no UTF-8 text"
            case .fp32, .fp64:
                (0..<raw.count).allSatisfy { raw.number(at: $0)?.isFinite ?? true } ? nil : "holds NaN or infinity"
            case .int8, .int16, .int32, .int64, .uint8, .uint16, .uint32, .uint64, .bool: nil
            }
        }
    }

    /// Writes the elements as one list; they must have a form in JSON.
    package func write(to writer: inout JSONWriter) {
        switch self {
        case .fp32(let values): writer.array(values)
        case .fp64(let values): writer.array(values)
        case .int32(let values): writer.array(values) { $0.integer(Int64($1)) }
        case .int64(let values): writer.array(values)
        case .bool(let values): writer.array(values) { $0.bool($1) }
        case .bytes(let values): writer.array(values) { $0.string($1) }
        case .raw(let raw): writer.array(0..<raw.count) { Self.write(raw, at: $1, to: &$0) }
        }
    }

    /// Writes one element; it must have a form in JSON.
    package func write(at index: Int, to writer: inout JSONWriter) {
        switch self {
        case .fp32(let values): writer.number(values[index])
        case .fp64(let values): writer.number(values[index])
        case .int32(let values): writer.integer(Int64(values[index]))
        case .int64(let values): writer.integer(values[index])
        case .bool(let values): writer.bool(values[index])
        case .bytes(let values): writer.string(values[index])
        case .raw(let raw): Self.write(raw, at: index, to: &writer)
        }
    }

    private static func write(_ raw: TensorBytes, at index: Int, to writer: inout JSONWriter) {
        if let whole = raw.wholeNumber(at: index) {
            whole < 0 ? writer.integer(Int64(whole)) : writer.unsigned(UInt64(whole))
        } else if raw.type == .bool {
            writer.bool(raw.number(at: index) == 1)
        } else if raw.type == .fp32 {
            writer.number(Float(raw.number(at: index) ?? 0))
        } else {
            writer.number(raw.number(at: index) ?? 0)
        }
    }
}

extension Tensor {
    /// Writes the elements as lists within lists, as the shape says.
    package func write(to writer: inout JSONWriter) {
        var next = 0
        write(depth: 0, next: &next, to: &writer)
    }

    private func write(depth: Int, next: inout Int, to writer: inout JSONWriter) {
        guard depth < shape.count else {
            data.write(at: next, to: &writer)
            next += 1
            return
        }
        writer.array { writer in
            for _ in 0..<shape[depth] { write(depth: depth + 1, next: &next, to: &writer) }
        }
    }
}
