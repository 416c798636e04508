internal import SlipwayService

/// Writes answers of the inference protocol.
enum ModelInferEncoder {
    static func message(_ answer: InferenceAnswer, isRaw: Bool) -> Inference_ModelInferResponse {
        var message = Inference_ModelInferResponse()
        message.modelName = answer.model
        message.modelVersion = String(answer.version)
        message.id = answer.id ?? ""
        message.parameters["prediction_id"] = .with { $0.stringParam = answer.predictionID }
        message.outputs.reserveCapacity(answer.outputs.count)
        for tensor in answer.outputs {
            var output = Inference_ModelInferResponse.InferOutputTensor()
            output.name = tensor.name
            output.datatype = tensor.data.type.rawValue
            output.shape = tensor.shape.map(Int64.init)
            if isRaw {
                message.rawOutputContents.append(RawContents.bytes(of: tensor.data))
            } else {
                output.contents = TypedContents.message(of: tensor.data)
            }
            message.outputs.append(output)
        }
        return message
    }
}
