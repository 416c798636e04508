/// A model in memory, ready to score. Safe to use from many threads.
package protocol LoadedModel: Sendable {
    var inputs: [TensorSignature] { get }
    var outputs: [TensorSignature] { get }
    /// What the model's author wrote into the file.
    var metadata: [String: String] { get }
    /// About how much memory the model takes; 0 when nobody knows.
    var memoryBytes: Int { get }
    /// Scores; blocks its thread, so it is called on a `BlockingPool` only.
    func run(_ inputs: [Tensor], outputs: [String]?, timeoutMilliseconds: Int) throws(ServiceError) -> [Tensor]
    /// What runs the model, in the words of the Open Inference Protocol.
    var platform: String { get }
    var backend: String { get }
    /// Makes sure that the model is the one that it says it is, where that can change; blocks its thread.
    func verify() throws(ServiceError)
}

extension LoadedModel {
    package var memoryBytes: Int { 0 }
    package var platform: String { "onnxruntime_onnx" }
    package var backend: String { "onnxruntime" }
    package func verify() throws(ServiceError) {}
}

/// What turns model files into models: ONNX Runtime, or a fake in tests.
package protocol ModelEngine: Sendable {
    /// Reads a model and runs it once, so that it is warm; a broken file is an `invalid` error with the reason.
    func load(_ bytes: [UInt8]) throws(ServiceError) -> any LoadedModel
}
