internal import SlipwayJSON

/// What the spans of one trace tell about the trace as a whole (mlflow 3.17, `SqlAlchemyStore.log_spans`).
package struct TraceDigest: Equatable, Sendable {
    package let startNanoseconds: Int64
    package let endNanoseconds: Int64?
    /// Nil while the root has not come.
    package let rootState: TraceState?
    package let requestPreview: String?
    package let responsePreview: String?
    /// Tags that the root carries for its trace.
    package let tags: [Tag]
    package let session: String?
    package let user: String?
    /// JSON texts, or nil when no span tells of any.
    package let tokenUsage: String?
    package let cost: String?

    private static let longestPreview = 1000

    /// Sums up spans of one trace; there must be one at least.
    package init(_ spans: [TraceSpan]) {
        startNanoseconds = spans.map(\.startNanoseconds).min() ?? 0
        endNanoseconds = spans.compactMap(\.endNanoseconds).max()
        let root = spans.first { $0.parent == nil }
        rootState = root.map { $0.status == .error ? .error : .ok }
        requestPreview = root?.json(SpanKey.inputs).map { Self.preview($0, role: "user") }
        responsePreview = root?.json(SpanKey.outputs).map { Self.preview($0, role: "assistant") }
        tags = (root?.attributes ?? []).compactMap { attribute in
            guard attribute.key.hasPrefix(SpanKey.traceTag) else { return nil }
            let key = String(attribute.key.dropFirst(SpanKey.traceTag.count))
            return Tag(key: key, value: JSONText.parsed(attribute.json)?.string ?? attribute.json)
        }
        let sessions = ["session.id", "gen_ai.conversation.id"]
        session = spans.lazy.compactMap { span in sessions.lazy.compactMap { span.plainText($0) }.first }.first
        user = spans.lazy.compactMap { $0.plainText("user.id") }.first
        tokenUsage = Self.total(
            spans,
            SpanKey.usage,
            always: ["input_tokens", "output_tokens", "total_tokens"],
            sometimes: ["cache_read_input_tokens", "cache_creation_input_tokens"],
            text: { String(Int64(exactly: $0.rounded()) ?? 0) }
        )
        cost = Self.total(
            spans,
            SpanKey.cost,
            always: ["input_cost", "output_cost", "total_cost"],
            sometimes: [],
            text: JSONText.text(of:)
        )
    }

    /// Adds up an attribute over the tree; a span below one that has it too is not counted, as its parent includes it.
    private static func total(
        _ spans: [TraceSpan],
        _ key: String,
        always: [String],
        sometimes: [String],
        text: (Double) -> String
    ) -> String? {
        var data: [String: JSONNode] = [:]
        for span in spans {
            guard let node = span.json(key).flatMap(JSONText.parsed), node.kind == .object else { continue }
            data[span.id] = node
        }
        guard !data.isEmpty else { return nil }
        let parents = Dictionary(spans.map { ($0.id, $0.parent) }) { first, _ in first }
        var sums: [String: Double] = [:]
        for (span, node) in data where !hasAncestor(of: span, among: data, parents) {
            for name in always + sometimes {
                guard let value = node[name]?.double, value.isFinite else { continue }
                sums[name, default: 0] += value
            }
        }
        let names = always + sometimes.filter { sums[$0] != nil }
        return JSONText.object(names.map { ($0, text(sums[$0] ?? 0)) })
    }

    private static func hasAncestor(
        of span: String,
        among data: [String: JSONNode],
        _ parents: [String: String?]
    ) -> Bool {
        var seen: Set<String> = [span]
        var next = parents[span] ?? nil
        // Ids come from clients: a circle of parents must end.
        while let id = next, seen.insert(id).inserted {
            if data[id] != nil { return true }
            next = parents[id] ?? nil
        }
        return false
    }

    /// A short form of a span's inputs or outputs: the last chat message of the role, or the JSON text itself.
    static func preview(_ json: String, role: String) -> String {
        let message = JSONText.parsed(json).flatMap(messages)?.lastMessage(role)
        let text = message.flatMap { $0.isEmpty ? nil : $0 } ?? json
        guard text.unicodeScalars.count > longestPreview else { return text }
        return String(String.UnicodeScalarView(text.unicodeScalars.prefix(longestPreview - 3))) + "..."
    }

    /// The messages of a chat request or response of the forms that OpenAI's interfaces have.
    private static func messages(_ node: JSONNode) -> [JSONNode]? {
        func list(_ node: JSONNode) -> [JSONNode] { node.elements.filter { $0["role"] != nil && $0["content"] != nil } }
        var node = node
        for _ in 0..<8 {
            for name in ["messages", "choices", "input", "output"] {
                guard let found = node[name], found.kind == .array else { continue }
                let items = name == "choices" ? Array(found.elements).first.flatMap { $0["message"] }.map { [$0] } : nil
                let messages = items?.filter { $0["role"] != nil && $0["content"] != nil } ?? list(found)
                return messages.isEmpty ? nil : messages
            }
            guard let inner = node["request"] else { return nil }
            node = inner
        }
        return nil
    }
}

extension [JSONNode] {
    /// The text of the last message of the role, or of the last message.
    fileprivate func lastMessage(_ role: String) -> String? {
        guard let content = (last { $0["role"]?.string == role } ?? last)?["content"] else { return nil }
        if let text = content.string { return text }
        for part in content.elements {
            if let text = part.string { return text }
            if let type = part["type"]?.string, ["text", "output_text"].contains(type) { return part["text"]?.string }
        }
        return nil
    }
}

extension TraceSpan {
    /// The attribute as text: a string without its quotes, anything else as it stands.
    fileprivate func plainText(_ key: String) -> String? {
        guard let json = json(key), json != "null" else { return nil }
        return text(key) ?? json
    }
}
