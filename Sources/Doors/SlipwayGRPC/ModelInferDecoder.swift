internal import FoundationEssentials
internal import GRPCCore
internal import SlipwayOpenInference
internal import SlipwayService

/// Reads an inference request; whatever is not exactly of the protocol is refused with a sentence.
enum ModelInferDecoder {
    /// A call's answer is written as its question was: raw or typed.
    static func isRaw(_ message: Inference_ModelInferRequest) -> Bool { !message.rawInputContents.isEmpty }

    static func request(
        _ message: Inference_ModelInferRequest,
        headerKey: String?,
        timeoutNanoseconds: UInt64?
    ) throws(RPCError) -> InferenceRequest {
        guard !message.inputs.isEmpty else { throw .invalid("'inputs' is empty: send the model's input tensors") }
        let raw = message.rawInputContents
        if !raw.isEmpty, raw.count != message.inputs.count {
            throw .invalid(
                "there are \(raw.count) raw_input_contents for \(message.inputs.count) inputs: send one for each, in order"
            )
        }
        var inputs: [Tensor] = []
        inputs.reserveCapacity(message.inputs.count)
        for (index, input) in message.inputs.enumerated() {
            inputs.append(try tensor(input, raw: raw.isEmpty ? nil : raw[index]))
        }
        return InferenceRequest(
            id: message.id.isEmpty ? nil : message.id,
            key: try key(message.parameters) ?? headerKey,
            inputs: inputs,
            outputs: try outputs(message.outputs),
            timeoutMilliseconds: try timeout(message.parameters, timeoutNanoseconds)
        )
    }

    /// A version as a path or message names it: nil where the server may choose.
    static func version(_ text: String) throws(RPCError) -> Int? {
        guard !text.isEmpty else { return nil }
        guard let number = Int(text), number > 0 else {
            throw RPCError(
                code: .notFound,
                message: "there is no version '\(text.prefix(40))': versions are numbers from 1"
            )
        }
        return number
    }

    private static func tensor(
        _ input: Inference_ModelInferRequest.InferInputTensor,
        raw: Data?
    ) throws(RPCError) -> Tensor {
        let name = input.name
        guard !name.isEmpty else { throw .invalid("each of 'inputs' needs a 'name'") }
        try refuseSharedMemory(input.parameters, "input '\(name.prefix(80))'")
        guard let type = TensorType(rawValue: input.datatype) else {
            let known = TensorType.allCases.map(\.rawValue).joined(separator: ", ")
            throw .invalid(
                "input '\(name.prefix(80))' has datatype '\(input.datatype.prefix(40))': this server reads \(known)"
            )
        }
        guard input.shape.count <= 8 else {
            throw .invalid("the 'shape' of input '\(name.prefix(80))' has over 8 numbers")
        }
        var count = 1
        for length in input.shape {
            guard length >= 0 else {
                throw .invalid("the 'shape' of input '\(name.prefix(80))' has \(length): lengths are numbers from 0")
            }
            let (product, overflow) = count.multipliedReportingOverflow(by: Int(length))
            guard !overflow else { throw .invalid("the 'shape' of input '\(name.prefix(80))' is too large") }
            count = product
        }
        let place = "input '\(name.prefix(80))'"
        let data: TensorData
        if let raw {
            guard !input.hasContents else {
                throw .invalid(
                    "input '\(name.prefix(80))' has 'contents' in a request with 'raw_input_contents': use one or the other"
                )
            }
            data = try Self.refusable { () throws(ServiceError) in
                try RawContents.tensor(raw, as: type, count: count, place: place)
            }
        } else {
            data = try Self.refusable { () throws(ServiceError) in
                try TypedContents.tensor(input.contents, as: type, count: count, place: place)
            }
        }
        return Tensor(name: name, shape: input.shape.map(Int.init), data: data)
    }

    private static func refusable<Value>(_ body: () throws(ServiceError) -> Value) throws(RPCError) -> Value {
        do throws(ServiceError) {
            return try body()
        } catch {
            throw .invalid(error.message)
        }
    }

    private static func outputs(
        _ wanted: [Inference_ModelInferRequest.InferRequestedOutputTensor]
    ) throws(RPCError) -> [String]? {
        guard !wanted.isEmpty else { return nil }
        var names: [String] = []
        for output in wanted {
            guard !output.name.isEmpty else { throw .invalid("each of 'outputs' needs a 'name'") }
            try refuseSharedMemory(output.parameters, "output '\(output.name.prefix(80))'")
            // Without its meaning the answer would be another than the one that was asked for.
            if output.parameters["classification"] != nil {
                throw .unsupported(
                    "output '\(output.name.prefix(80))' asks for 'classification': ask for the scores and sort them"
                )
            }
            names.append(output.name)
        }
        return names
    }

    private static func refuseSharedMemory(
        _ parameters: [String: Inference_InferParameter],
        _ place: String
    ) throws(RPCError) {
        guard parameters["shared_memory_region"] == nil else {
            throw .unsupported(
                "\(place) lies in shared memory, which this server does not read: send it in the message"
            )
        }
    }

    /// The protocol lets a server ignore parameters that it does not know; `key` is ours.
    private static func key(_ parameters: [String: Inference_InferParameter]) throws(RPCError) -> String? {
        guard let value = parameters["key"] else { return nil }
        guard case .stringParam(let text)? = value.parameterChoice else {
            throw .invalid("the parameter 'key' must be a string")
        }
        return text
    }

    /// The shorter of the call's own deadline and the parameter `timeout`, which counts microseconds; 0 is none.
    private static func timeout(
        _ parameters: [String: Inference_InferParameter],
        _ deadline: UInt64?
    ) throws(RPCError) -> Int? {
        var nanoseconds = deadline ?? .max
        if let value = parameters["timeout"] {
            guard case .int64Param(let count)? = value.parameterChoice, count >= 0 else {
                throw .invalid("the parameter 'timeout' must be a number of microseconds from 0")
            }
            let (product, overflow) = UInt64(count).multipliedReportingOverflow(by: 1000)
            if count > 0, !overflow { nanoseconds = min(nanoseconds, product) }
        }
        return nanoseconds == .max ? nil : Int(nanoseconds / 1_000_000)
    }
}
