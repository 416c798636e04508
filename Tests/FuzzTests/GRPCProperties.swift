import GRPCCore
import GRPCProtobuf
import SlipwayOpenInference
import SwiftProtobuf

@testable import SlipwayGRPC
@testable import SlipwayService

/// A message that was read can be answered, and its answer says, raw and typed, what the message said.
enum GRPCProperties {
    static func violation(_ bytes: [UInt8]) -> String? {
        guard let message = try? ModelInferDeserializer().deserialize(FuzzBytes(bytes)) else { return nil }
        let most = MessageOutline.mostParts
        guard message.inputs.count <= most, message.outputs.count <= most, message.rawInputContents.count <= most,
            message.parameters.count <= most
        else { return "the outline let too many parts pass" }
        guard
            let request = try? ModelInferDecoder.request(message, headerKey: nil, timeoutNanoseconds: 5_000_000_000)
        else { return nil }
        if let limit = request.timeoutMilliseconds, limit < 0 || limit > 5000 { return "a deadline of \(limit) ms" }
        for input in request.inputs {
            if let reason = InferenceProperties.violation(of: input) { return reason }
        }
        let answer = InferenceAnswer(
            model: "m",
            version: 1,
            id: request.id,
            predictionID: "p",
            outputs: request.inputs
        )
        for isRaw in [true, false] {
            let written = ModelInferEncoder.message(answer, isRaw: isRaw)
            guard let sent: [UInt8] = try? written.serializedBytes(),
                let response = try? Inference_ModelInferResponse(serializedBytes: sent),
                let read = try? ModelInferDecoder.request(
                    question(response),
                    headerKey: nil,
                    timeoutNanoseconds: nil
                )
            else { return "an answer of ours cannot be read" }
            guard read.id == request.id else { return "the id of an answer is another" }
            guard InferenceProperties.isSame(read.inputs, request.inputs) else {
                return "an answer says something else, \(isRaw ? "raw" : "typed")"
            }
        }
        return nil
    }

    /// An answer as a question of the same tensors.
    private static func question(_ response: Inference_ModelInferResponse) -> Inference_ModelInferRequest {
        var message = Inference_ModelInferRequest()
        message.id = response.id
        message.rawInputContents = response.rawOutputContents
        message.inputs = response.outputs.map { output in
            var input = Inference_ModelInferRequest.InferInputTensor()
            input.name = output.name
            input.datatype = output.datatype
            input.shape = output.shape
            if output.hasContents { input.contents = output.contents }
            return input
        }
        return message
    }

    /// The first byte says where the stream is cut; cut anywhere, the same message is found to be too long.
    static func frameViolation(_ bytes: [UInt8]) -> String? {
        guard let cut = bytes.first else { return nil }
        let stream = bytes.dropFirst()
        let limit = 300
        var whole = MessageLengths()
        let expected = whole.firstOver(limit, in: stream)
        var pieces = MessageLengths()
        var rest = stream
        var found: Int?
        while !rest.isEmpty, found == nil {
            let piece = rest.prefix(1 + Int(cut) % 19)
            found = pieces.firstOver(limit, in: piece)
            rest = rest.dropFirst(piece.count)
        }
        guard found == expected else { return "whole \(expected ?? 0), in pieces \(found ?? 0)" }
        if let found, found <= limit { return "\(found) is not over the limit" }
        guard expected != nil || pieces.hasCompressed == whole.hasCompressed else { return "compressed or not?" }
        return nil
    }
}

/// Bytes as gRPC hands them to a decoder.
private struct FuzzBytes: GRPCContiguousBytes {
    private var bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }
    init(repeating value: UInt8, count: Int) { bytes = [UInt8](repeating: value, count: count) }
    init(_ sequence: some Sequence<UInt8>) { bytes = Array(sequence) }

    var count: Int { bytes.count }

    func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try bytes.withUnsafeBytes(body)
    }

    mutating func withUnsafeMutableBytes<Result>(
        _ body: (UnsafeMutableRawBufferPointer) throws -> Result
    ) rethrows -> Result {
        try bytes.withUnsafeMutableBytes(body)
    }
}
