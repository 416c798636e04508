internal import FoundationEssentials
internal import SlipwayOpenInference
internal import SlipwayService

/// Reads the tensors of an answer, raw or typed; whatever is not exactly of the protocol is refused.
enum ModelInferAnswer {
    static func tensors(_ message: Inference_ModelInferResponse) throws(ServiceError) -> [Tensor] {
        let raw = message.rawOutputContents
        guard raw.isEmpty || raw.count == message.outputs.count else {
            throw .invalid("there are \(raw.count) raw_output_contents for \(message.outputs.count) outputs")
        }
        var tensors: [Tensor] = []
        for (index, output) in message.outputs.enumerated() {
            tensors.append(try tensor(output, raw: raw.isEmpty ? nil : raw[index]))
        }
        return tensors
    }

    private static func tensor(
        _ output: Inference_ModelInferResponse.InferOutputTensor,
        raw: Data?
    ) throws(ServiceError) -> Tensor {
        let place = "output '\(UpstreamFailure.words(String(output.name.prefix(80))))'"
        guard let type = TensorType(rawValue: output.datatype) else {
            throw .invalid("\(place) has the datatype '\(UpstreamFailure.words(output.datatype))'")
        }
        var count = 1
        for length in output.shape {
            let (product, overflow) = count.multipliedReportingOverflow(by: Int(length))
            guard length >= 0, output.shape.count <= 8, !overflow else {
                throw .invalid("\(place) has a shape that cannot be")
            }
            count = product
        }
        let data: TensorData
        if let raw {
            // MLServer sets typed contents and leaves them empty.
            guard output.contents == Inference_InferTensorContents() else {
                throw .invalid("\(place) has both raw and typed contents")
            }
            data = try RawContents.tensor(raw, as: type, count: count, place: place)
        } else {
            data = try TypedContents.tensor(output.contents, as: type, count: count, place: place)
        }
        return Tensor(name: output.name, shape: output.shape.map(Int.init), data: data)
    }
}
