import Foundation
import SlipwayService
import Testing

@testable import SlipwayONNX

@Suite("The model engine")
struct ONNXEngineTests {
    private static func model(_ name: String) throws -> any LoadedModel {
        try ONNXEngine().load([UInt8](try ONNXFixture.data(name)))
    }

    @Test("A loaded model is warm: the classes of its maps are known before anybody asked")
    func classes() throws {
        let model = try Self.model("zipmap-lr.onnx")
        #expect(model.outputs[1] == TensorSignature(name: "output_probability", type: .fp32, shape: [-1, 2]))
        #expect(model.metadata["slipway.labels.output_probability"] == #"["benign","malignant"]"#)
        #expect(model.memoryBytes >= (try ONNXFixture.data("zipmap-lr.onnx").count))
    }

    @Test("Every type goes through the engine as raw bytes and comes back the same", arguments: 0..<4)
    func everyType(padding: Int) throws {
        let model = try Self.model("every-type.onnx")
        var inputs: [Tensor] = []
        for signature in model.inputs {
            guard let data = TensorData([1, 0], as: signature.type) else {
                inputs.append(Tensor(name: signature.name, shape: [1, 2], data: .bytes(["a", "東"])))
                continue
            }
            // The elements of a request lie where its JSON ends.
            let bytes = [UInt8](repeating: 7, count: padding) + data.raw.bytes
            let raw = try TensorBytes(bytes[padding...], of: signature.type)
            inputs.append(Tensor(name: signature.name, shape: [1, 2], data: .raw(raw)))
        }
        #expect(inputs.count == 12)
        let outputs = try model.run(inputs, outputs: nil, timeoutMilliseconds: 5000)
        for (input, output) in zip(inputs, outputs) {
            #expect(output.data.type == input.data.type && output.data.raw == input.data.raw, "\(input.name)")
        }
    }

    @Test("A model whose loading never ends keeps no other one out")
    func stuck() throws {
        let (isIn, mayEnd) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        let thread = Thread {
            _ = try? ONNXMemory.measured { () throws(ONNXError) in
                isIn.signal()
                mayEnd.wait()
            }
        }
        thread.start()
        isIn.wait()
        defer { mayEnd.signal() }
        let (value, bytes) = try ONNXMemory.measured(patienceMilliseconds: 30) { () throws(ONNXError) in 7 }
        #expect(value == 7 && bytes == 0)
    }

    @Test("16-bit floats are served, and text that is no UTF-8 is refused")
    func halves() throws {
        let model = try Self.model("half.onnx")
        #expect(model.inputs.map(\.type) == [.fp16, .bf16])
        let inputs = try model.inputs.map { signature in
            Tensor(name: signature.name, shape: [1, 2], data: try #require(TensorData([1.5, -2], as: signature.type)))
        }
        let outputs = try model.run(inputs, outputs: nil, timeoutMilliseconds: 5000)
        for output in outputs { #expect((0..<2).map { output.data.number(at: $0) } == [1.5, -2]) }
        let texts = try Self.model("every-type.onnx")
        let wrong = try texts.inputs.map { signature in
            try Tensor(
                name: signature.name,
                shape: [1, 2],
                data: TensorData([0, 0], as: signature.type)
                    ?? .raw(TensorBytes([1, 0, 0, 0, 0xFF, 0, 0, 0, 0][...], of: .bytes))
            )
        }
        let error = #expect(throws: ServiceError.self) {
            try texts.run(wrong, outputs: nil, timeoutMilliseconds: 5000)
        }
        #expect(error?.kind == .invalid)
    }

    @Test("A run past its deadline is a time-out, which doors tell apart from all else")
    func deadline() throws {
        let model = try Self.model("counting-loop.onnx")
        let inputs = [
            Tensor(name: "count", shape: [], data: .int64([.max])), Tensor(name: "start", shape: [1], data: .fp32([0])),
        ]
        let error = #expect(throws: ServiceError.self) { try model.run(inputs, outputs: nil, timeoutMilliseconds: 20) }
        #expect(error?.kind == .timedOut)
    }

    @Test("The library says what it can run on, and the processor is always among it")
    func providers() throws {
        #expect(try ONNXRuntime.load().providers.contains("CPUExecutionProvider"))
        let session = try ONNXFixture.session("every-type.onnx")
        // These tests run on no GPU.
        #expect(!session.isOnGPU)
    }
}
