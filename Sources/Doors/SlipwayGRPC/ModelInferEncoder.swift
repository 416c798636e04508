internal import SlipwayOpenInference
internal import SlipwayService
internal import SwiftProtobuf

/// Writes answers of the inference protocol.
enum ModelInferEncoder {
    static func message(_ answer: InferenceAnswer, isRaw: Bool) -> Inference_ModelInferResponse {
        var message = Inference_ModelInferResponse()
        message.modelName = answer.model
        message.modelVersion = String(answer.version)
        message.id = answer.id ?? ""
        message.parameters["prediction_id"] = .with { $0.stringParam = answer.predictionID }
        message.outputs.reserveCapacity(answer.outputs.count)
        // Types without a typed list go raw, and then all of the answer does.
        let contents = isRaw ? [] : answer.outputs.compactMap { TypedContents.message(of: $0.data) }
        let isRaw = contents.count != answer.outputs.count
        for (index, tensor) in answer.outputs.enumerated() {
            var output = Inference_ModelInferResponse.InferOutputTensor()
            output.name = tensor.name
            output.datatype = tensor.data.type.rawValue
            output.shape = tensor.shape.map(Int64.init)
            if isRaw {
                message.rawOutputContents.append(RawContents.bytes(of: tensor.data))
            } else {
                output.contents = contents[index]
            }
            message.outputs.append(output)
        }
        return message
    }
}
