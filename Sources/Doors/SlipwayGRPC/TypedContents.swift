internal import FoundationEssentials
internal import GRPCCore
internal import SlipwayService

/// Elements as the protocol's typed contents hold them: one list for each kind of element, of which one is used.
enum TypedContents {
    static func tensor(
        _ contents: Inference_InferTensorContents,
        as type: TensorType,
        count: Int,
        name: String
    ) throws(RPCError) -> TensorData {
        let given = used(contents)
        let field = field(of: type)
        guard given.allSatisfy({ $0.field == field }) else {
            throw .invalid(
                "input '\(name.prefix(80))' is \(type.rawValue), whose elements belong into \(field) alone: it has "
                    + given.map { "\($0.count) in \($0.field)" }.joined(separator: " and ")
            )
        }
        let found = given.first?.count ?? 0
        guard found == count else {
            throw .invalid("input '\(name.prefix(80))' has \(found) elements in \(field), its shape asks for \(count)")
        }
        return switch type {
        case .fp32: .fp32(contents.fp32Contents)
        case .fp64: .fp64(contents.fp64Contents)
        case .int32: .int32(contents.intContents)
        case .int64: .int64(contents.int64Contents)
        case .bool: .bool(contents.boolContents)
        case .bytes: .bytes(try texts(contents.bytesContents, name: name))
        }
    }

    private static func texts(_ elements: [Data], name: String) throws(RPCError) -> [String] {
        var texts: [String] = []
        texts.reserveCapacity(elements.count)
        for element in elements {
            guard let text = String(validating: element, as: UTF8.self) else {
                throw .invalid("element \(texts.count) of input '\(name.prefix(80))' is not UTF-8 text")
            }
            texts.append(text)
        }
        return texts
    }

    /// The lists that hold anything, by the names that they have in the protocol.
    private static func used(_ contents: Inference_InferTensorContents) -> [(field: String, count: Int)] {
        [
            ("bool_contents", contents.boolContents.count), ("int_contents", contents.intContents.count),
            ("int64_contents", contents.int64Contents.count), ("uint_contents", contents.uintContents.count),
            ("uint64_contents", contents.uint64Contents.count), ("fp32_contents", contents.fp32Contents.count),
            ("fp64_contents", contents.fp64Contents.count), ("bytes_contents", contents.bytesContents.count),
        ].filter { $0.1 > 0 }
    }

    private static func field(of type: TensorType) -> String {
        switch type {
        case .bool: "bool_contents"
        case .int32: "int_contents"
        case .int64: "int64_contents"
        case .fp32: "fp32_contents"
        case .fp64: "fp64_contents"
        case .bytes: "bytes_contents"
        }
    }

    static func message(of data: TensorData) -> Inference_InferTensorContents {
        var contents = Inference_InferTensorContents()
        switch data {
        case .fp32(let values): contents.fp32Contents = values
        case .fp64(let values): contents.fp64Contents = values
        case .int32(let values): contents.intContents = values
        case .int64(let values): contents.int64Contents = values
        case .bool(let values): contents.boolContents = values
        case .bytes(let values): contents.bytesContents = values.map { Data($0.utf8) }
        }
        return contents
    }
}
