internal import HTTPTypes
internal import Hummingbird
internal import SlipwayWire

extension InferenceBody {
    /// Reads a whole body; one that is too long is refused before it is read.
    static func read(_ request: Request) async throws -> InferenceBody {
        let length = try request.headers[.inferenceHeaderLength].map(headerLength)
        try checkType(request.headers[.contentType], isBinary: length != nil)
        let bytes = try Inflation.plain(
            try await request.bytes(upTo: limit),
            encoding: request.headers[.contentEncoding],
            limit: limit
        )
        return try InferenceBody(bytes, headerLength: length)
    }

    /// The length of the JSON before the binary tensors, as its header tells it.
    static func headerLength(_ text: String) throws(WireError) -> Int {
        // Only digits: `Int` would also take a sign.
        guard let length = Int(text), text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else {
            throw .malformed(
                "Inference-Header-Content-Length must be the JSON's length in bytes, not '\(text.prefix(40))'"
            )
        }
        return length
    }

    /// Without a type the body is what its headers say: the clients of the protocol send none. Types that a browser
    /// sends across sites unasked are refused.
    static func checkType(_ type: String?, isBinary: Bool) throws(WireError) {
        // As nearly all say it.
        guard let type, type != "application/json" else { return }
        let media = type.prefix { $0 != ";" }.lowercased().filter { $0 != " " }
        switch media {
        case "application/json", "": return
        case "application/octet-stream" where isBinary: return
        case "application/octet-stream":
            throw .malformed(
                "a binary body needs the header Inference-Header-Content-Length with the length of its JSON "
                    + "(0 when the body is one raw tensor)"
            )
        default: throw .wrongContentType(type)
        }
    }
}

extension HTTPField.Name {
    /// The length of the JSON before the binary tensors, in requests and answers.
    static let inferenceHeaderLength = named("Inference-Header-Content-Length")
    /// Keeps one entity with one version while a release is under way.
    static let slipwayKey = named("X-Slipway-Key")
    /// The client's name for a request whose body has none.
    static let requestID = named("X-Request-ID")

    private static func named(_ name: String) -> HTTPField.Name {
        guard let name = HTTPField.Name(name) else { preconditionFailure("a valid field name") }
        return name
    }
}
