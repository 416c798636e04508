internal import NIOHTTP1
internal import SlipwayWire

/// What the head of an inference request says, if it says nothing unusual.
package final class ImmediateRequest: Sendable {
    let model: String
    let version: Int?
    let headerLength: Int?
    /// All headers by their lower-case names, each of which stands once.
    private let fields: [(name: String, value: String)]

    /// More than this is not likely to have come with its head.
    static let longestBody = 256 << 10
    private static let mostFields = 24

    /// The head that was read.
    private let head: HTTPRequestHead

    /// Nil for every other call, and when a header bears on the answer in a way that is not known here.
    init?(_ head: HTTPRequestHead) {
        guard head.method == .POST, head.version == .http1_1, let path = Self.path(head.uri) else { return nil }
        (model, version) = path
        var fields: [(name: String, value: String)] = []
        fields.reserveCapacity(8)
        for (name, value) in head.headers {
            let name = name.lowercased()
            // What stands twice would be joined, and blanks would be cut off, by whoever reads it the long way.
            guard fields.count < Self.mostFields, Self.isPlain(value), !fields.contains(where: { $0.name == name })
            else { return nil }
            switch name {
            case "connection": guard value.lowercased() == "keep-alive" else { return nil }
            case "origin", "expect", "transfer-encoding", "content-encoding", "upgrade", "trailer",
                "x-mlflow-workspace":
                return nil
            default: break
            }
            fields.append((name, value))
        }
        self.fields = fields
        self.head = head
        func value(_ name: String) -> String? { fields.first { $0.name == name }?.value }
        guard let length = value("content-length").flatMap({ Int($0) }), (1...Self.longestBody).contains(length) else {
            return nil
        }
        if let text = value("inference-header-content-length") {
            // 0 stands for a raw tensor, which needs the model's signature.
            guard let bytes = try? InferenceBody.headerLength(text), bytes > 0 else { return nil }
            headerLength = bytes
        } else {
            headerLength = nil
        }
        guard (try? InferenceBody.checkType(value("content-type"), isBinary: headerLength != nil)) != nil else {
            return nil
        }
    }

    /// Whether another head says the very same: a client's requests nearly all do.
    func says(_ other: HTTPRequestHead) -> Bool {
        guard head.method == other.method, head.version == other.version, Self.isSame(head.uri, other.uri),
            head.headers.count == other.headers.count
        else { return false }
        return zip(head.headers, other.headers).allSatisfy {
            Self.isSame($0.name, $1.name) && Self.isSame($0.value, $1.value)
        }
    }

    /// Whether two texts have the same bytes, when the first is ASCII: whatever else Unicode calls equal to it is longer.
    private static func isSame(_ ascii: String, _ other: String) -> Bool {
        ascii.utf8.count == other.utf8.count && ascii == other
    }

    /// What was asked for, as it stands in the head.
    var path: String { head.uri }

    /// A header by its lower-case name.
    func value(_ name: String) -> String? { fields.first { $0.name == name }?.value }

    /// The client's name for the request, when its body has none.
    var requestID: String? { value("x-request-id").map { String($0.prefix(128)) } }

    /// Visible ASCII, with blanks in between only.
    private static func isPlain(_ value: String) -> Bool {
        value.utf8.first != UInt8(ascii: " ") && value.utf8.last != UInt8(ascii: " ")
            && value.utf8.allSatisfy { (0x20..<0x7F).contains($0) }
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
