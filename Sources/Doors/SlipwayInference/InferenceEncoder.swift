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
            writer.array { writer in
                for tensor in answer.outputs {
                    writer.object { writer in
                        writer.member("name", tensor.name)
                        writer.member("datatype", tensor.data.type.rawValue)
                        writer.name("shape")
                        writer.array(tensor.shape)
                        if form.isBinary(tensor.name) {
                            let raw = tensor.data.raw
                            tails.append(raw)
                            writer.name("parameters")
                            writer.object { $0.member("binary_data_size", raw.bytes.count) }
                        } else if let reason = tensor.data.jsonRefusal {
                            failure = .invalid(
                                "the output '\(tensor.name)' \(reason), which JSON cannot say: ask for it as binary data "
                                    + "('binary_data_output': true in the request's parameters)"
                            )
                        } else {
                            writer.name("data")
                            tensor.data.write(to: &writer)
                        }
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
}
