/// Copies the values that a run gave into tensors.
struct ONNXOutputReader {
    let runtime: ONNXRuntime

    private var functions: ONNXFunctions { runtime.functions }

    private func failed(_ code: ONNXErrorCode, _ message: String) -> ONNXError {
        .runFailed(code: code, message: message)
    }

    /// Copies one output; the value stays the caller's.
    func read(_ value: OpaquePointer?, as info: ONNXValueInfo) throws(ONNXError) -> ONNXTensor {
        guard let value else { throw failed(.fail, "the output \"\(info.name)\" is missing") }
        if info.isSequenceOfMaps { return try flatten(value, name: info.name) }
        let (shape, data) = try tensor(value)
        return ONNXTensor(name: info.name, shape: shape, data: data)
    }

    private func tensor(_ value: OpaquePointer) throws(ONNXError) -> (shape: [Int], data: ONNXTensor.Data) {
        var info: OpaquePointer?
        try functions.check(functions.getTensorTypeAndShape(value, &info), failed)
        defer { functions.releaseTensorTypeAndShapeInfo(info) }
        var number: Int32 = 0
        var rank = 0
        try functions.check(functions.getTensorElementType(info, &number), failed)
        try functions.check(functions.getDimensionsCount(info, &rank), failed)
        guard let type = ONNXElementType(rawValue: number) else {
            throw failed(.notImplemented, "an output has elements of ONNX type \(number)")
        }
        var shape = [Int](repeating: 0, count: rank)
        let status = shape.withUnsafeMutableBytes { bytes in
            // Int and Int64 have one layout on every platform that Slipway runs on.
            functions.getDimensions(info, bytes.baseAddress?.assumingMemoryBound(to: Int64.self), rank)
        }
        try functions.check(status, failed)
        let count = shape.reduce(1, *)
        if type == .string { return (shape, .string(try strings(value, count: count))) }
        var address: UnsafeMutableRawPointer?
        try functions.check(functions.getTensorMutableData(value, &address), failed)
        guard let address else {
            guard count == 0 else { throw failed(.fail, "an output has no memory") }
            let none: [UInt64] = [0]
            return (shape, none.withUnsafeBytes { bytes in emptyData(bytes, type: type) })
        }
        return (shape, ONNXTensor.Data(copying: address, count: count, type: type))
    }

    private func emptyData(_ bytes: UnsafeRawBufferPointer, type: ONNXElementType) -> ONNXTensor.Data {
        bytes.baseAddress.map { ONNXTensor.Data(copying: $0, count: 0, type: type) } ?? .string([])
    }

    private func strings(_ value: OpaquePointer, count: Int) throws(ONNXError) -> [String] {
        guard count > 0 else { return [] }
        var length = 0
        try functions.check(functions.getStringTensorDataLength(value, &length), failed)
        var bytes = [UInt8](repeating: 0, count: max(1, length))
        var starts = [Int](repeating: 0, count: count)
        try functions.check(functions.getStringTensorContent(value, &bytes, length, &starts, count), failed)
        return starts.indices.map { index in
            let end = index + 1 < count ? starts[index + 1] : length
            return String(decoding: bytes[starts[index]..<end], as: UTF8.self)
        }
    }

    /// Turns a sequence of maps from class to probability, one map a row, into rows and columns.
    private func flatten(_ sequence: OpaquePointer, name: String) throws(ONNXError) -> ONNXTensor {
        var rows = 0
        try functions.check(functions.getValueCount(sequence, &rows), failed)
        var labels: [String] = []
        var flat: [Float] = []
        for row in 0..<rows {
            let map = try child(of: sequence, at: row)
            defer { functions.releaseValue(map) }
            if row == 0 { labels = try keys(of: map) }
            let values = try child(of: map, at: 1)
            defer { functions.releaseValue(values) }
            guard case .float(let probabilities) = try tensor(values).data, probabilities.count == labels.count else {
                throw failed(.fail, "the rows of the output \"\(name)\" have different classes")
            }
            flat.append(contentsOf: probabilities)
        }
        return ONNXTensor(name: name, shape: [rows, labels.count], data: .float(flat), columnLabels: labels)
    }

    private func keys(of map: OpaquePointer) throws(ONNXError) -> [String] {
        let keys = try child(of: map, at: 0)
        defer { functions.releaseValue(keys) }
        switch try tensor(keys).data {
        case .int64(let numbers): return numbers.map { String($0) }
        case .string(let names): return names
        default: throw failed(.notImplemented, "a map has keys that are neither integers nor strings")
        }
    }

    private func child(of value: OpaquePointer, at index: Int) throws(ONNXError) -> OpaquePointer {
        var child: OpaquePointer?
        try functions.check(functions.getValue(value, Int32(clamping: index), runtime.allocator, &child), failed)
        guard let child else { throw failed(.fail, "a value inside an output is missing") }
        return child
    }
}
