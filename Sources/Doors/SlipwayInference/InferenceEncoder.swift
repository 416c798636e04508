internal import SlipwayJSON
internal import SlipwayService

/// Writes answers of the inference protocol.
enum InferenceEncoder {
    /// An answer as it goes over the wire.
    struct Body: Equatable {
        var bytes: [UInt8]
        /// The length of the JSON when binary tensors follow it; nil when all is JSON.
        let headerLength: Int?
    }

    static func body(of answer: InferenceAnswer, form: AnswerForm) throws(ServiceError) -> Body {
        var tails: [TensorBytes] = []
        var failure: ServiceError?
        var writer = JSONWriter(capacity: 512)
        writer.object { writer in
            writer.member("model_name", answer.model)
            writer.member("model_version", String(answer.version))
            writer.member("id", optional: answer.id)
            writer.name("parameters")
            writer.object { $0.member("prediction_id", answer.predictionID) }
            writer.name("outputs")
            writer.array(answer.outputs) { writer, tensor in
                writer.object { writer in
                    writer.member("name", tensor.name)
                    writer.member("datatype", tensor.data.type.rawValue)
                    writer.name("shape")
                    writer.array(tensor.shape) { $0.integer(Int64($1)) }
                    if form.isBinary(tensor.name) {
                        let raw = tensor.data.raw
                        tails.append(raw)
                        writer.name("parameters")
                        writer.object { $0.member("binary_data_size", raw.bytes.count) }
                    } else if let reason = refusal(tensor.data) {
                        failure = .invalid(
                            "the output '\(tensor.name)' \(reason), which JSON cannot say: ask for it as binary data "
                                + "('binary_data_output': true in the request's parameters)"
                        )
                    } else {
                        writer.name("data")
                        data(tensor.data, to: &writer)
                    }
                }
            }
        }
        if let failure { throw failure }
        guard !tails.isEmpty else { return Body(bytes: writer.bytes, headerLength: nil) }
        var body = Body(bytes: writer.bytes, headerLength: writer.bytes.count)
        body.bytes.reserveCapacity(tails.reduce(body.bytes.count) { $0 + $1.bytes.count })
        for tail in tails { body.bytes += tail.bytes }
        return body
    }

    /// Why elements have no form in JSON, or nil.
    private static func refusal(_ data: TensorData) -> String? {
        switch data {
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

    private static func data(_ data: TensorData, to writer: inout JSONWriter) {
        switch data {
        case .fp32(let values): writer.array(values) { $0.number($1) }
        case .fp64(let values): writer.array(values) { $0.number($1) }
        case .int32(let values): writer.array(values) { $0.integer(Int64($1)) }
        case .int64(let values): writer.array(values) { $0.integer($1) }
        case .bool(let values): writer.array(values) { $0.bool($1) }
        case .bytes(let values): writer.array(values) { $0.string($1) }
        case .raw(let raw):
            writer.array(0..<raw.count) { writer, index in
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
    }
}
