internal import SlipwayJSON
internal import SlipwayService

/// Writes answers of the inference protocol.
enum InferenceEncoder {
    static func bytes(of answer: InferenceAnswer) throws(ServiceError) -> [UInt8] {
        var writer = JSONWriter(capacity: 512)
        var hasNotFinite = false
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
                    writer.name("data")
                    data(tensor.data, to: &writer, hasNotFinite: &hasNotFinite)
                }
            }
        }
        guard !hasNotFinite else {
            throw ServiceError(.internal, "the model answered NaN or infinity, which JSON cannot say")
        }
        return writer.bytes
    }

    private static func data(_ data: TensorData, to writer: inout JSONWriter, hasNotFinite: inout Bool) {
        switch data {
        case .fp32(let values):
            hasNotFinite = hasNotFinite || !values.allSatisfy(\.isFinite)
            writer.array(values) { $0.number($1) }
        case .fp64(let values):
            hasNotFinite = hasNotFinite || !values.allSatisfy(\.isFinite)
            writer.array(values) { $0.number($1) }
        case .int32(let values): writer.array(values) { $0.integer(Int64($1)) }
        case .int64(let values): writer.array(values) { $0.integer($1) }
        case .bool(let values): writer.array(values) { $0.bool($1) }
        case .bytes(let values): writer.array(values) { $0.string($1) }
        case .raw(let raw):
            writer.array(0..<raw.count) { writer, index in
                if let whole = raw.wholeNumber(at: index) {
                    whole < 0 ? writer.integer(Int64(whole)) : writer.unsigned(UInt64(whole))
                } else {
                    writer.number(raw.number(at: index) ?? 0)
                }
            }
        }
    }

    static func metadata(of endpoint: Endpoint, version: LoadedVersion) -> [UInt8] {
        var writer = JSONWriter(capacity: 512)
        writer.object { writer in
            writer.member("name", endpoint.model)
            writer.name("versions")
            let versions = [endpoint.stable, endpoint.candidate].compactMap { $0?.version }
            writer.array(versions) { $0.string(String($1)) }
            writer.member("platform", "onnxruntime_onnx")
            writer.name("inputs")
            writer.array(version.model.inputs, signature)
            writer.name("outputs")
            writer.array(version.model.outputs, signature)
            // What the columns of the inputs are called: without it nobody could make inputs from a table.
            writer.name("properties")
            writer.object { writer in
                for key in version.model.metadata.keys.sorted() {
                    writer.member(key, version.model.metadata[key] ?? "")
                }
            }
        }
        return writer.bytes
    }

    private static func signature(_ writer: inout JSONWriter, _ signature: TensorSignature) {
        writer.object { writer in
            writer.member("name", signature.name)
            writer.member("datatype", signature.type.rawValue)
            writer.name("shape")
            writer.array(signature.shape) { $0.integer(Int64($1)) }
        }
    }
}
