internal import FoundationEssentials
package import SlipwayJSON

// A span as one JSON text, in the form in which MLflow stores spans and writes them into `traces.json`: ids in base64,
// every attribute a JSON text inside a JSON string (mlflow 3.17, entities/span.py, `Span.to_dict`). The forms of MLflow 2
// (`Span.from_dict_v2` there) and of MLflow 3.5.0, whose ids are hex digits, are read, too.
extension TraceSpan {
    /// The span's JSON text.
    package var content: String {
        let attributes = attributes.map { (name: $0.key, value: JSONText.text(of: $0.json)) }
        return JSONText.object([
            ("trace_id", Self.base64(hex: otelTrace)),
            ("span_id", Self.base64(hex: id)),
            ("parent_span_id", parent.map(Self.base64(hex:)) ?? "null"),
            ("name", JSONText.text(of: name)),
            ("start_time_unix_nano", String(startNanoseconds)),
            ("end_time_unix_nano", endNanoseconds.map { String($0) } ?? "null"),
            ("events", JSONText.array(events.map(Self.text))),
            (
                "status",
                JSONText.object([
                    ("code", JSONText.text(of: "STATUS_CODE_\(status.rawValue)")),
                    ("message", JSONText.text(of: statusMessage ?? "")),
                ])
            ),
            ("attributes", JSONText.object(attributes)),
            ("links", JSONText.array(links.map(Self.text))),
        ])
    }

    /// Reads a span of the trace `trace` from its JSON text; nil when the text is no span.
    package init?(content: String, trace: String) {
        guard let node = JSONText.parsed(content) else { return nil }
        self.init(content: node, trace: trace)
    }

    /// Reads a span of the trace `trace` from its parsed JSON; nil when it is no span.
    package init?(content node: JSONNode, trace: String) {
        guard node.kind == .object else { return nil }
        let context = node["context"]  // only in MLflow 2
        let ids = context ?? node
        guard let otelTrace = ids["trace_id"]?.string.flatMap({ Self.hex(id: $0, digits: 32) }),
            let id = ids["span_id"]?.string.flatMap({ Self.hex(id: $0, digits: 16) }), let name = node["name"]?.string,
            let start = node[context == nil ? "start_time_unix_nano" : "start_time"]?.wholeNumber
        else { return nil }
        let parent = node[context == nil ? "parent_span_id" : "parent_id"]?.string
        let code = (context == nil ? node["status"]?["code"] : node["status_code"])?.string ?? ""
        let message = (context == nil ? node["status"]?["message"] : node["status_message"])?.string
        self.init(
            trace: trace,
            otelTrace: otelTrace,
            id: id,
            parent: parent.flatMap { Self.hex(id: $0, digits: 16) },
            name: name,
            startNanoseconds: start,
            endNanoseconds: node[context == nil ? "end_time_unix_nano" : "end_time"]?.wholeNumber,
            status: Status.allCases.first { code.hasSuffix($0.rawValue) } ?? .unset,
            statusMessage: message.flatMap { $0.isEmpty ? nil : $0 },
            // An attribute is a JSON text in a string; one that is not in a string is taken as it stands.
            attributes: Self.attributes(node["attributes"]) { $0.string ?? JSONText.text(of: $0) },
            events: node["events"].map { $0.elements.map(Self.event) } ?? [],
            links: node["links"].map { $0.elements.map(Self.link) } ?? []
        )
    }

    private static func attributes(_ node: JSONNode?, _ json: (JSONNode) -> String) -> [SpanAttribute] {
        node.map { $0.members.map { SpanAttribute(key: $0.name, json: json($0.value)) } } ?? []
    }

    private static func event(_ node: JSONNode) -> Event {
        Event(
            name: node["name"]?.string ?? "",
            timeNanoseconds: (node["time_unix_nano"] ?? node["timestamp"])?.wholeNumber ?? 0,
            attributes: attributes(node["attributes"], JSONText.text)
        )
    }

    private static func link(_ node: JSONNode) -> Link {
        Link(
            trace: node["trace_id"]?.string ?? "",
            span: node["span_id"]?.string ?? "",
            attributes: attributes(node["attributes"], JSONText.text)
        )
    }

    private static func text(_ event: Event) -> String {
        JSONText.object([
            ("name", JSONText.text(of: event.name)), ("time_unix_nano", String(event.timeNanoseconds)),
            ("attributes", plain(event.attributes)),
        ])
    }

    private static func text(_ link: Link) -> String {
        JSONText.object([
            ("trace_id", JSONText.text(of: link.trace)), ("span_id", JSONText.text(of: link.span)),
            ("attributes", plain(link.attributes)),
        ])
    }

    /// Attributes whose values stand as they are; what strict JSON cannot say, such as NaN, becomes a string.
    private static func plain(_ attributes: [SpanAttribute]) -> String {
        JSONText.object(
            attributes.map { ($0.key, JSONText.parsed($0.json) == nil ? JSONText.text(of: $0.json) : $0.json) }
        )
    }

    /// Bytes from hex digits, as a JSON string of base64.
    private static func base64(hex: String) -> String { "\"\(HexText.base64(hex))\"" }

    /// The digits of an id that is spelled in hex, perhaps behind `tr-` or `0x`, or else in base64, which is shorter.
    private static func hex(id: String, digits: Int) -> String? {
        let bare = id.hasPrefix("tr-") ? id.dropFirst(3) : id.hasPrefix("0x") ? id.dropFirst(2) : id[...]
        if bare.utf8.count == digits, let bytes = HexText.bytes(String(bare)) { return HexText.text(bytes) }
        return HexText.hex(base64: id)
    }
}

/// The two spellings of identifiers that are bytes.
package enum HexText {
    /// The base64 text of the bytes that hex digits spell; what is not hex gives an empty text.
    package static func base64(_ hex: String) -> String { Data(bytes(hex) ?? []).base64EncodedString() }

    /// The hex digits of the bytes that a base64 text spells; nil when there are none.
    package static func hex(base64: String) -> String? {
        guard let data = Data(base64Encoded: base64), !data.isEmpty else { return nil }
        return text(data)
    }

    /// Two lower-case digits a byte.
    package static func text(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var output: [UInt8] = []
        for byte in bytes {
            output.append(digits[Int(byte >> 4)])
            output.append(digits[Int(byte & 15)])
        }
        return String(decoding: output, as: UTF8.self)
    }

    /// The bytes that hex digits spell, or nil.
    package static func bytes(_ hex: String) -> [UInt8]? {
        let digits = Array(hex.utf8)
        guard digits.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let high = digit(digits[index]), let low = digit(digits[index + 1]) else { return nil }
            bytes.append(high << 4 | low)
        }
        return bytes
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 48...57: byte - 48
        case 65...70: byte - 55
        case 97...102: byte - 87
        default: nil
        }
    }
}

extension JSONNode {
    /// A whole number, as a number or as text: protobuf's JSON writes 64-bit integers as text.
    package var wholeNumber: Int64? {
        switch kind {
        case .integer: integer
        case .unsigned: unsigned.map { Int64(clamping: $0) }
        case .double: double.flatMap { Int64(exactly: $0) }
        case .string: string.flatMap { Int64($0) }
        default: nil
        }
    }
}
