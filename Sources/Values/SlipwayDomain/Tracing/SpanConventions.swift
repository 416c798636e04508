internal import SlipwayJSON

/// Reads what other tracers' attributes say into MLflow's own: OpenTelemetry's `gen_ai.*` and OpenInference's `llm.*`.
///
/// An attribute that MLflow's tracer set itself is never replaced.
package enum SpanConventions {
    private static let operations = [
        "chat": "CHAT_MODEL", "create_agent": "AGENT", "invoke_agent": "AGENT", "embeddings": "EMBEDDING",
        "execute_tool": "TOOL", "generate_content": "LLM", "text_completion": "LLM",
    ]
    private static let kinds = [
        "LLM", "CHAIN", "AGENT", "TOOL", "RETRIEVER", "EMBEDDING", "RERANKER", "GUARDRAIL", "EVALUATOR",
    ]
    private static let copies: [(to: String, from: [String])] = [
        (SpanKey.inputs, ["gen_ai.input.messages", "input.value", "gen_ai.prompt"]),
        (SpanKey.outputs, ["gen_ai.output.messages", "output.value", "gen_ai.completion"]),
        (SpanKey.model, ["gen_ai.response.model", "gen_ai.request.model", "llm.model_name"]),
        (SpanKey.provider, ["gen_ai.provider.name", "gen_ai.system", "llm.provider"]),
    ]
    private static let counts: [(name: String, from: [String])] = [
        ("input_tokens", ["gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens", "llm.token_count.prompt"]),
        (
            "output_tokens",
            ["gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens", "llm.token_count.completion"]
        ),
        ("total_tokens", ["gen_ai.usage.total_tokens", "llm.token_count.total"]),
    ]

    /// Adds MLflow's attributes to a span that has others.
    package static func translate(_ span: inout TraceSpan) {
        if [nil, "UNKNOWN"].contains(span.type), let type = type(of: span) {
            span.set(SpanKey.type, json: JSONText.text(of: type))
        }
        for copy in copies where span.json(copy.to) == nil {
            guard let json = span.firstJSON(copy.from) else { continue }
            // Messages often come as a JSON text in a string: the text is what is meant.
            let inner = span.isStructured(json) ?? json
            span.set(copy.to, json: inner)
        }
        if span.json(SpanKey.usage) == nil, let usage = usage(of: span) { span.set(SpanKey.usage, json: usage) }
    }

    private static func type(of span: TraceSpan) -> String? {
        if let operation = span.text("gen_ai.operation.name") { return operations[operation] }
        return span.text("openinference.span.kind").flatMap { kinds.contains($0.uppercased()) ? $0.uppercased() : nil }
    }

    private static func usage(of span: TraceSpan) -> String? {
        var found: [String: Int64] = [:]
        for count in counts {
            found[count.name] = span.firstJSON(count.from).flatMap { Int64($0) }
        }
        guard let input = found["input_tokens"], let output = found["output_tokens"] else { return nil }
        let total = found["total_tokens"] ?? input &+ output
        return JSONText.object([
            ("input_tokens", String(input)), ("output_tokens", String(output)), ("total_tokens", String(total)),
        ])
    }
}

extension TraceSpan {
    /// The first of the attributes that is there.
    fileprivate func firstJSON(_ keys: [String]) -> String? { keys.lazy.compactMap { json($0) }.first }

    /// The JSON object or array that a JSON string holds, if it does.
    fileprivate func isStructured(_ json: String) -> String? {
        guard let inner = JSONText.parsed(json)?.string, inner.hasPrefix("{") || inner.hasPrefix("["),
            JSONText.parsed(inner) != nil
        else { return nil }
        return inner
    }
}
