internal import FoundationEssentials
package import SlipwayService

/// Elements as the protocol's typed contents hold them: one list for each kind of element, of which one is used.
package enum TypedContents {
    /// The list that holds elements of a type, by its name in the protocol; nil for the short floats, which have none.
    package static func field(of type: TensorType) -> String? {
        switch type {
        case .bool: "bool_contents"
        case .int8, .int16, .int32: "int_contents"
        case .int64: "int64_contents"
        case .uint8, .uint16, .uint32: "uint_contents"
        case .uint64: "uint64_contents"
        case .fp32: "fp32_contents"
        case .fp64: "fp64_contents"
        case .bytes: "bytes_contents"
        case .fp16, .bf16: nil
        }
    }

    package static func tensor(
        _ contents: Inference_InferTensorContents,
        as type: TensorType,
        count: Int,
        place: String
    ) throws(ServiceError) -> TensorData {
        guard let field = field(of: type) else {
            throw .invalid("\(place) is \(type.rawValue), which has no typed contents: send raw_input_contents")
        }
        let given = used(contents)
        guard given.allSatisfy({ $0.field == field }) else {
            throw .invalid(
                "\(place) is \(type.rawValue), whose elements belong into \(field) alone: it has "
                    + given.map { "\($0.count) in \($0.field)" }.joined(separator: " and ")
            )
        }
        let found = given.first?.count ?? 0
        guard found == count else {
            throw .invalid("\(place) has \(found) elements in \(field), its shape asks for \(count)")
        }
        return switch type {
        case .fp32: .fp32(contents.fp32Contents)
        case .fp64: .fp64(contents.fp64Contents)
        case .int8: try narrow(contents.intContents, Int8.self, type, place)
        case .int16: try narrow(contents.intContents, Int16.self, type, place)
        case .int32: .int32(contents.intContents)
        case .int64: .int64(contents.int64Contents)
        case .uint8: try narrow(contents.uintContents, UInt8.self, type, place)
        case .uint16: try narrow(contents.uintContents, UInt16.self, type, place)
        case .uint32: .raw(TensorBytes(contents.uintContents, of: type))
        case .uint64: .raw(TensorBytes(contents.uint64Contents, of: type))
        case .bool: .bool(contents.boolContents)
        case .bytes, .fp16, .bf16: try texts(contents.bytesContents, place)
        }
    }

    /// Numbers that came in a wider type than their own.
    private static func narrow<Wide: FixedWidthInteger, Narrow: FixedWidthInteger & BitwiseCopyable>(
        _ values: [Wide],
        _: Narrow.Type,
        _ type: TensorType,
        _ place: String
    ) throws(ServiceError) -> TensorData {
        var narrow: [Narrow] = []
        narrow.reserveCapacity(values.count)
        for value in values {
            guard let value = Narrow(exactly: value) else {
                throw .invalid("element \(narrow.count) of \(place) is \(value), which is no \(type.rawValue)")
            }
            narrow.append(value)
        }
        return .raw(TensorBytes(narrow, of: type))
    }

    /// Text where all of it is text, else the bytes as they are.
    private static func texts(_ elements: [Data], _ place: String) throws(ServiceError) -> TensorData {
        let texts = elements.compactMap { String(validating: $0, as: UTF8.self) }
        if texts.count == elements.count { return .bytes(texts) }
        var bytes: [UInt8] = []
        for element in elements {
            withUnsafeBytes(of: UInt32(clamping: element.count).littleEndian) { bytes.append(contentsOf: $0) }
            bytes.append(contentsOf: element)
        }
        return .raw(TensorBytes(bytes, of: .bytes, count: elements.count))
    }

    /// The lists that hold anything.
    private static func used(_ contents: Inference_InferTensorContents) -> [(field: String, count: Int)] {
        [
            ("bool_contents", contents.boolContents.count), ("int_contents", contents.intContents.count),
            ("int64_contents", contents.int64Contents.count), ("uint_contents", contents.uintContents.count),
            ("uint64_contents", contents.uint64Contents.count), ("fp32_contents", contents.fp32Contents.count),
            ("fp64_contents", contents.fp64Contents.count), ("bytes_contents", contents.bytesContents.count),
        ].filter { $0.1 > 0 }
    }

    /// The elements in the list of their type; nil for the short floats.
    package static func message(of data: TensorData) -> Inference_InferTensorContents? {
        guard field(of: data.type) != nil else { return nil }
        var contents = Inference_InferTensorContents()
        switch data {
        case .fp32(let values): contents.fp32Contents = values
        case .fp64(let values): contents.fp64Contents = values
        case .int32(let values): contents.intContents = values
        case .int64(let values): contents.int64Contents = values
        case .bool(let values): contents.boolContents = values
        case .bytes(let values): contents.bytesContents = values.map { Data($0.utf8) }
        case .raw(let raw): fill(&contents, from: raw)
        }
        return contents
    }

    private static func fill(_ contents: inout Inference_InferTensorContents, from raw: TensorBytes) {
        switch raw.type {
        case .fp32: contents.fp32Contents = elements(raw)
        case .fp64: contents.fp64Contents = elements(raw)
        case .int8: contents.intContents = elements(raw, Int8.self).map(Int32.init)
        case .int16: contents.intContents = elements(raw, Int16.self).map(Int32.init)
        case .int32: contents.intContents = elements(raw)
        case .int64: contents.int64Contents = elements(raw)
        case .uint8: contents.uintContents = raw.bytes.map(UInt32.init)
        case .uint16: contents.uintContents = elements(raw, UInt16.self).map(UInt32.init)
        case .uint32: contents.uintContents = elements(raw)
        case .uint64: contents.uint64Contents = elements(raw)
        case .bool: contents.boolContents = raw.bytes.map { $0 != 0 }
        case .bytes:
            // Raw BYTES were counted when they were made, so that they can be taken apart.
            contents.bytesContents = ((try? TensorBytes.texts(in: raw.bytes)) ?? []).map { Data($0) }
        case .fp16, .bf16: break
        }
    }

    private static func elements<Element: BitwiseCopyable>(_ raw: TensorBytes, _: Element.Type = Element.self)
        -> [Element]
    {
        raw.bytes.withUnsafeBytes { source in
            [Element](unsafeUninitializedCapacity: raw.count) { target, filled in
                UnsafeMutableRawBufferPointer(target).copyMemory(from: source)
                filled = raw.count
            }
        }
    }
}
