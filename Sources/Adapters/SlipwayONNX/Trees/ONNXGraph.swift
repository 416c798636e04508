/// The nodes of a small model, read from its protobuf.
///
/// Field numbers are those of ONNX's `onnx.proto`. A graph of more nodes than a model of trees has is not read.
struct ONNXGraph {
    /// One operation.
    struct Node {
        var kind = ""
        var domain = ""
        var inputs: [String] = []
        var outputs: [String] = []
        var attributes: [String: Attribute] = [:]
    }

    /// What an operation is told beside its inputs.
    struct Attribute {
        var integer: Int64 = 0
        var text = ""
        var floats: [Float] = []
        var integers: [Int64] = []
        var texts: [String] = []
    }

    private(set) var nodes: [Node] = []
    private let bytes: UnsafeRawBufferPointer

    /// More nodes than these are no model of trees and what its exporter puts behind them.
    private static let mostNodes = 8

    /// Nil when the model has too many nodes, none of trees, functions of its own, or is no model.
    init?(model bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
        // A function may say what an operation of any name does.
        guard let graph = place(ofField: 7, in: 0..<bytes.count), place(ofField: 25, in: 0..<bytes.count) == nil else {
            return nil
        }
        var places: [Range<Int>] = []
        var reader = ProtobufReader(bytes, in: graph)
        while let (field, value) = reader.next() {
            guard field == 1, case .bytes(let place) = value else { continue }
            places.append(place)
            guard places.count <= Self.mostNodes else { return nil }
        }
        guard !reader.isBroken, places.contains(where: isOfTrees) else { return nil }
        for place in places {
            guard let node = node(in: place) else { return nil }
            nodes.append(node)
        }
    }

    private func place(ofField wanted: UInt64, in range: Range<Int>) -> Range<Int>? {
        var reader = ProtobufReader(bytes, in: range)
        while let (field, value) = reader.next() {
            if field == wanted, case .bytes(let place) = value { return place }
        }
        return nil
    }

    private func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

    private func isOfTrees(_ node: Range<Int>) -> Bool {
        place(ofField: 4, in: node).map { text($0).hasPrefix("TreeEnsemble") } ?? false
    }

    private func node(in range: Range<Int>) -> Node? {
        var node = Node()
        var reader = ProtobufReader(bytes, in: range)
        while let (field, value) = reader.next() {
            guard case .bytes(let place) = value else { continue }
            switch field {
            case 1: node.inputs.append(text(place))
            case 2: node.outputs.append(text(place))
            case 4: node.kind = text(place)
            case 5:
                guard let (name, attribute) = attribute(in: place) else { return nil }
                node.attributes[name] = attribute
            case 7: node.domain = text(place)
            default: break
            }
        }
        return reader.isBroken ? nil : node
    }

    private func attribute(in range: Range<Int>) -> (String, Attribute)? {
        var name = ""
        var attribute = Attribute()
        var reader = ProtobufReader(bytes, in: range)
        while let (field, value) = reader.next() {
            switch (field, value) {
            case (1, .bytes(let place)): name = text(place)
            case (3, .number(let number)): attribute.integer = Int64(bitPattern: number)
            case (4, .bytes(let place)): attribute.text = text(place)
            case (7, .fourBytes(let bits)): attribute.floats.append(Float(bitPattern: bits))
            case (7, .bytes(let place)):
                for at in stride(from: place.lowerBound, to: place.upperBound - 3, by: 4) {
                    let bits = bytes.loadUnaligned(fromByteOffset: at, as: UInt32.self)
                    attribute.floats.append(Float(bitPattern: UInt32(littleEndian: bits)))
                }
            case (8, .number(let number)): attribute.integers.append(Int64(bitPattern: number))
            case (8, .bytes(let place)):
                var packed = ProtobufReader(bytes, in: place)
                while let number = packed.variable() { attribute.integers.append(Int64(bitPattern: number)) }
            case (9, .bytes(let place)): attribute.texts.append(text(place))
            // Tensors and graphs are not read: no operation that is walked here has any.
            default: break
            }
        }
        return reader.isBroken ? nil : (name, attribute)
    }
}
