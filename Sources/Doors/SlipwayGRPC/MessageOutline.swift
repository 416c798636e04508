internal import GRPCCore
internal import GRPCProtobuf
internal import SlipwayOpenInference

/// A first look at a serialised `ModelInferRequest`: only what its outermost fields are and how long.
///
/// Two bytes can say "one more empty input", which takes a hundred in memory once decoded: counting first keeps a message
/// from growing out of all proportion.
enum MessageOutline {
    /// The most inputs, outputs, raw contents or parameters of one request.
    static let mostParts = 1024
    /// The most bytes of all inputs without their raw contents.
    static let mostTypedBytes = 8 << 20

    /// Field numbers of `ModelInferRequest` that repeat.
    private enum Field {
        static let parameters: UInt64 = 4
        static let inputs: UInt64 = 5
        static let outputs: UInt64 = 6
        static let rawContents: UInt64 = 7
    }

    /// Refuses what is too much; what is no message at all is left to the decoder to refuse.
    static func check(_ bytes: UnsafeRawBufferPointer) throws(RPCError) {
        var reader = Reader(bytes: bytes)
        var (parameters, inputs, outputs, raw, typedBytes) = (0, 0, 0, 0, 0)
        while let field = reader.next() {
            switch field.number {
            case Field.parameters: parameters += 1
            case Field.outputs: outputs += 1
            case Field.rawContents: raw += 1
            case Field.inputs:
                inputs += 1
                typedBytes += field.length
            default: break
            }
        }
        let parts = [
            ("parameters", parameters), ("inputs", inputs), ("outputs", outputs), ("raw_input_contents", raw),
        ]
        for (name, count) in parts where count > mostParts {
            throw .invalid("the request has \(count) \(name), over the limit of \(mostParts)")
        }
        guard typedBytes <= mostTypedBytes else {
            throw RPCError(
                code: .resourceExhausted,
                message:
                    "the inputs have \(typedBytes) bytes of typed contents, over the limit of \(mostTypedBytes): send "
                    + "raw_input_contents, or fewer rows"
            )
        }
    }

    /// Walks over the fields of one message (the protocol buffers' wire format), going into none.
    private struct Reader {
        let bytes: UnsafeRawBufferPointer
        var index = 0

        init(bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

        mutating func next() -> (number: UInt64, length: Int)? {
            guard let tag = varint() else { return nil }
            let before = index
            switch tag & 7 {
            case 0: guard varint() != nil else { return nil }
            case 1: index += 8
            case 2:
                guard let length = varint(), length <= UInt64(bytes.count - index) else { return nil }
                index += Int(length)
            case 5: index += 4
            // A group, which requests do not have: a decoder skips it and goes on, so what is in it counts as well.
            case 3, 4: break
            default: return nil
            }
            return (tag >> 3, index - before)
        }

        private mutating func varint() -> UInt64? {
            var value: UInt64 = 0
            for place in 0..<10 {
                guard index < bytes.count else { return nil }
                let byte = bytes[index]
                index += 1
                value |= UInt64(byte & 0x7f) << (7 * place)
                if byte < 0x80 { return value }
            }
            return nil
        }
    }
}

/// Decodes an inference request after a look at its outline.
struct ModelInferDeserializer: MessageDeserializer {
    func deserialize<Bytes: GRPCContiguousBytes>(_ bytes: Bytes) throws -> Inference_ModelInferRequest {
        try bytes.withUnsafeBytes { try MessageOutline.check($0) }
        return try ProtobufDeserializer<Inference_ModelInferRequest>().deserialize(bytes)
    }
}
