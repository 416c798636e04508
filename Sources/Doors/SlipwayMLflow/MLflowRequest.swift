package import Hummingbird
package import SlipwayJSON
package import SlipwayWire

/// The fields of one MLflow call, from its body or its query, read by protobuf's JSON rules.
///
/// A field may be spelled `run_id` or `runId`, but not both ways at once. Unknown fields are ignored, null means unset,
/// 64-bit integers may come as text, and a value of the wrong type is refused.
package struct MLflowRequest {
    /// Where the fields stand.
    enum Source {
        case body(JSONNode)
        case query([(name: String, value: String)])
        case nothing
    }

    let source: Source
    /// The variable parts of the path.
    package let path: Parameters

    /// Reads a request: the query of a GET that has one, else the body.
    package static func read(
        _ request: Request,
        context: WireContext,
        limit: Int = MLflowDoor.bodyLimit
    ) async throws -> MLflowRequest {
        let parameters = context.parameters
        if request.method == .get, let query = request.uri.query, !query.isEmpty {
            guard try await request.bytes(upTo: limit).isEmpty else {
                throw MLflowError.invalid("fields stand in the query and in a body: send them in one place")
            }
            return MLflowRequest(source: .query(try PercentText.items(query)), path: parameters)
        }
        let bytes = try await request.bytes(upTo: limit)
        guard !bytes.isEmpty else { return MLflowRequest(source: .nothing, path: parameters) }
        let type = request.headers[.contentType] ?? "none"
        guard type.lowercased().hasPrefix("application/json") else { throw WireError.wrongContentType(type) }
        return MLflowRequest(source: try source(of: bytes, limit: limit), path: parameters)
    }

    /// The fields of a JSON text. Old clients wrap the text in one more JSON string.
    static func source(of bytes: [UInt8], limit: Int = MLflowDoor.bodyLimit) throws -> Source {
        let limits = JSONLimits(maxBytes: limit, maxDepth: 64)
        var root = try JSONDocument.parse(bytes, limits: limits).root
        if root.kind == .string { root = try JSONDocument.parse(Array(root.stringBytes), limits: limits).root }
        guard root.kind == .object else { throw MLflowError.invalid("the body must be a JSON object") }
        return .body(root)
    }

    /// A variable part of the path, percent-decoded.
    package func pathText(_ name: String) throws -> String {
        guard let raw = path.get(name) else { throw Self.missing(name) }
        let text = try PercentText.decoded(raw[...], plusIsSpace: false)
        guard !text.isEmpty else { throw Self.missing(name) }
        return text
    }

    /// The body's root object, for calls that walk it themselves.
    package var body: JSONNode? { if case .body(let node) = source { node } else { nil } }

    /// A text field, or nil when unset.
    package func text(_ name: String) throws -> String? {
        switch try field(name) {
        case .text(let text): return text
        case .node(let node):
            guard let text = node.string else { throw Self.wrongType(name, "a string") }
            return text
        case nil: return nil
        }
    }

    /// A text field that must be there and not be empty.
    package func requiredText(_ name: String) throws -> String {
        guard let text = try text(name), !text.isEmpty else { throw Self.missing(name) }
        return text
    }

    /// A 64-bit integer field, written as a number or as text.
    package func integer(_ name: String) throws -> Int64? {
        switch try field(name) {
        case .text(let text):
            guard let value = Int64(text) else { throw Self.wrongType(name, "a 64-bit integer") }
            return value
        case .node(let node):
            guard let value = node.protobufInteger else { throw Self.wrongType(name, "a 64-bit integer") }
            return value
        case nil: return nil
        }
    }

    /// A double field, written as a number or as text; `NaN`, `Infinity` and `-Infinity` are texts.
    package func number(_ name: String) throws -> Double? {
        switch try field(name) {
        case .text(let text):
            guard let value = JSONNode.protobufDouble(text) else { throw Self.wrongType(name, "a number") }
            return value
        case .node(let node):
            guard let value = node.protobufDouble else { throw Self.wrongType(name, "a number") }
            return value
        case nil: return nil
        }
    }

    /// A boolean field; in a query it must read `true` or `false`.
    package func flag(_ name: String) throws -> Bool? {
        switch try field(name) {
        case .text(let text):
            // Python's client writes True and False into a query.
            switch text.lowercased() {
            case "true": return true
            case "false": return false
            default: throw Self.wrongType(name, "true or false")
            }
        case .node(let node):
            guard let flag = node.bool else { throw Self.wrongType(name, "true or false") }
            return flag
        case nil: return nil
        }
    }

    /// An enumeration's name as text; anything that is not one of `names` is refused.
    package func oneOf(_ names: [String], _ name: String) throws -> String? {
        guard let text = try text(name) else { return nil }
        guard names.contains(text) else {
            throw MLflowError.invalid(
                "'\(name)' must be one of \(names.joined(separator: ", ")), not '\(text.prefix(80))'"
            )
        }
        return text
    }

    /// A repeated text field; empty when unset.
    package func texts(_ name: String) throws -> [String] {
        if case .query(let items) = source {
            let spellings = try spellings(of: name, among: items.map(\.name))
            return items.filter { spellings.contains($0.name) }.map(\.value)
        }
        return try elements(name).map { node in
            guard let text = node.string else { throw Self.wrongType(name, "a list of strings") }
            return text
        }
    }

    /// A repeated message field; empty when unset.
    package func messages(_ name: String) throws -> [MLflowRequest] {
        try elements(name).map { node in
            guard node.kind == .object else { throw Self.wrongType(name, "a list of objects") }
            return MLflowRequest(source: .body(node), path: path)
        }
    }

    /// A message field, or nil when unset.
    package func message(_ name: String) throws -> MLflowRequest? {
        guard case .node(let node) = try field(name) else { return nil }
        guard node.kind == .object else { throw Self.wrongType(name, "an object") }
        return MLflowRequest(source: .body(node), path: path)
    }

    /// The elements of a list in the body; empty when unset.
    package func elements(_ name: String) throws -> [JSONNode] {
        switch try field(name) {
        case .text: throw Self.wrongType(name, "a list")
        case .node(let node):
            guard node.kind == .array else { throw Self.wrongType(name, "a list") }
            return Array(node.elements)
        case nil: return []
        }
    }
}
