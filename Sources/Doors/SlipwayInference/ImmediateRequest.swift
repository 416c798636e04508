internal import NIOHTTP1
internal import SlipwayWire

/// What the head of an inference request says, if it says nothing unusual.
package struct ImmediateRequest: Equatable {
    let model: String
    private(set) var version: Int?
    private(set) var host: String?
    private(set) var authorization: String?
    private(set) var headerLength: Int?
    private(set) var key: String?
    private(set) var requestID: String?
    private var type: String?

    /// More than this is not likely to have come with its head.
    private static let longestBody = 256 << 10

    /// Nil for every other call, and when a header bears on the answer in a way that is not known here.
    init?(_ head: HTTPRequestHead) {
        guard head.method == .POST, head.version == .http1_1, let path = Self.path(head.uri) else { return nil }
        model = path.model
        version = path.version
        var length: Int?
        for (name, value) in head.headers {
            switch name.lowercased() {
            case "host": guard Self.set(&host, value) else { return nil }
            case "content-length":
                guard length == nil, let bytes = Int(value), (1...Self.longestBody).contains(bytes) else { return nil }
                length = bytes
            case "content-type": guard Self.set(&type, value) else { return nil }
            case "authorization": guard Self.set(&authorization, value) else { return nil }
            case "x-slipway-key": guard Self.set(&key, value) else { return nil }
            case "x-request-id": guard Self.set(&requestID, String(value.prefix(128))) else { return nil }
            case "inference-header-content-length":
                // 0 stands for a raw tensor, which needs the model's signature.
                guard headerLength == nil, let bytes = try? InferenceBody.headerLength(value), bytes > 0 else {
                    return nil
                }
                headerLength = bytes
            case "connection": guard value.lowercased() == "keep-alive" else { return nil }
            case "origin", "expect", "transfer-encoding", "content-encoding", "upgrade", "trailer",
                "x-mlflow-workspace":
                return nil
            default: break
            }
        }
        guard length != nil, (try? InferenceBody.checkType(type, isBinary: headerLength != nil)) != nil else {
            return nil
        }
    }

    /// A header that stands twice is nothing for here.
    private static func set(_ field: inout String?, _ value: String) -> Bool {
        defer { field = value }
        return field == nil
    }

    /// `/v2/models/NAME/infer` or `/v2/models/NAME/versions/N/infer`, without escapes and without a query.
    private static func path(_ uri: String) -> (model: String, version: Int?)? {
        guard uri.hasPrefix("/v2/models/"), uri.hasSuffix("/infer") else { return nil }
        // What stands between the two; "/v2/models/infer" has nothing there.
        let middle = uri.utf8.dropFirst(11).dropLast(6)
        let name = middle.prefix(while: isPlain)
        guard !name.isEmpty, let model = String(name) else { return nil }
        let rest = middle[name.endIndex...]
        guard !rest.isEmpty else { return (model, nil) }
        let digits = rest.dropFirst(10)
        guard rest.starts(with: "/versions/".utf8),
            digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")) ~= $0 }),
            let text = String(digits), let version = Int(text), version > 0
        else { return nil }
        return (model, version)
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
            true
        default: false
        }
    }
}
