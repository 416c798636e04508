internal import SlipwayJSON
internal import SlipwayWire

/// A request's body: JSON, and after it the binary tensors that the JSON speaks of, if any.
struct InferenceBody {
    /// Nil for a raw request: the whole body is then one tensor.
    let header: JSONDocument?
    /// The binary tensors; nil when the request says that there are none.
    let tail: ArraySlice<UInt8>?

    /// The longest body that is read, compressed or not.
    static let limit = 64 << 20
    private static let maxDepth = 64

    /// Takes a plain body apart; `headerLength` is nil when it is JSON only.
    init(_ bytes: [UInt8], headerLength: Int?) throws {
        let limits = JSONLimits(maxBytes: Self.limit, maxDepth: Self.maxDepth)
        guard let headerLength else {
            header = try JSONDocument.parse(bytes, limits: limits)
            tail = nil
            return
        }
        guard headerLength <= bytes.count else {
            throw WireError.malformed(
                "Inference-Header-Content-Length is \(headerLength), but the body has only \(bytes.count) bytes"
            )
        }
        header =
            headerLength == 0
            ? nil
            : try bytes.withUnsafeBytes {
                try JSONDocument(UnsafeRawBufferPointer(rebasing: $0[..<headerLength]), limits: limits)
            }
        tail = bytes[headerLength...]
    }
}
