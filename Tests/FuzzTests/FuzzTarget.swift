/// What is fuzzed: each target takes any bytes, must not crash, and holds some properties.
package enum FuzzTarget: String, CaseIterable, Sendable {
    /// JSON text, the tree in it, and the canonical form.
    case json
    /// Bodies of Open Inference requests over HTTP: JSON, JSON with binary tensors, raw ones; and the answers.
    case infer
    /// Messages of Open Inference requests over gRPC; and the answers.
    case grpc
    /// The lengths before gRPC's messages, however the stream is cut.
    case frames
    /// Compressed bodies.
    case inflate
    /// Spans in both encodings of OTLP.
    case otlp
    /// What stands in header fields: deadlines, ranges, versions.
    case fields

    /// What is wrong with how the bytes were taken, or nil.
    package func violation(_ bytes: [UInt8]) -> String? {
        switch self {
        case .json: JSONProperties.violation(bytes)
        case .infer: InferenceProperties.violation(bytes)
        case .grpc: GRPCProperties.violation(bytes)
        case .frames: GRPCProperties.frameViolation(bytes)
        case .inflate: InflationProperties.violation(bytes)
        case .otlp: OTLPProperties.violation(bytes)
        case .fields: FieldProperties.violation(bytes)
        }
    }
}
