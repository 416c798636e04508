/// Proves at start that the function table means what Slipway thinks it means.
enum ONNXSelfTest {
    /// A model of one node, `b = a + a`, for two 32-bit floats, written as protobuf (IR version 7, operator set 13).
    static let model: [UInt8] = [
        8, 7,  // ir_version
        58, 53,  // graph
        10, 14, 10, 1, 97, 10, 1, 97, 18, 1, 98, 34, 3, 65, 100, 100,  // node Add(a, a) -> b
        18, 1, 116,  // graph name t
        90, 15, 10, 1, 97, 18, 10, 10, 8, 8, 1, 18, 4, 10, 2, 8, 2,  // input a: float[2]
        98, 15, 10, 1, 98, 18, 10, 10, 8, 8, 1, 18, 4, 10, 2, 8, 2,  // output b: float[2]
        66, 4, 10, 0, 16, 13,  // opset_import
    ]

    /// Loads and runs the model, and compares metadata and result exactly.
    static func run(on runtime: ONNXRuntime) throws(ONNXError) {
        func failed(_ reason: String) -> ONNXError {
            .libraryUnusable(path: runtime.libraryPath, reason: "the self-test failed: \(reason)")
        }
        let session: ONNXSession
        let outputs: [ONNXTensor]
        do {
            session = try ONNXSession(model: model, runtime: runtime)
            outputs = try session.run(inputs: [ONNXTensor(name: "a", shape: [2], data: .float([1.5, -4]))])
        } catch {
            throw failed("\(error)")
        }
        guard session.inputs == [ONNXValueInfo(name: "a", elementType: .float, shape: [2])],
            session.outputs == [ONNXValueInfo(name: "b", elementType: .float, shape: [2])]
        else { throw failed("it describes the model as \(session.inputs) and \(session.outputs)") }
        guard outputs == [ONNXTensor(name: "b", shape: [2], data: .float([3, -8]))] else {
            throw failed("1.5 + 1.5 and -4 + -4 gave \(outputs)")
        }
    }
}
