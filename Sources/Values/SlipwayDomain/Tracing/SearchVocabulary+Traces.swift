extension SearchVocabulary {
    /// What traces are searched by.
    package static let traces = SearchVocabulary(
        noun: "traces",
        example: "status or tags.user",
        entities: [
            "tag": .tag, "tags": .tag, "attribute": .attribute, "attributes": .attribute, "trace": .attribute,
            "metadata": .metadata, "request_metadata": .metadata, "span": .span, "span.attributes": .spanAttribute,
            "feedback": .feedback, "expectation": .expectation, "issue": .issue,
        ],
        attributes: [
            (["request_id", "trace_id"], Attribute("request_id", takesLists: true)),
            (["timestamp", "timestamp_ms"], Attribute("timestamp_ms", isNumber: true)),
            (["execution_time", "execution_time_ms"], Attribute("execution_time_ms", isNumber: true)),
            (["end_time", "end_time_ms"], Attribute("end_time_ms", isNumber: true)),
            (["status"], Attribute("status", takesLists: true)),
            (
                ["client_request_id"],
                Attribute("client_request_id", takesLists: true, isOrderable: false, isOptional: true)
            ),
            (["name"], Attribute("name", takesLists: true, isOptional: true)),
            (["run_id"], Attribute("run_id", takesLists: true, isOptional: true)),
            (["prompt"], Attribute("prompt", isOrderable: false)),
            (["text"], Attribute("text", isOrderable: false)),
            (["experiment_id"], Attribute("experiment_id", isFilterable: false)),
        ],
        orders: [.attribute, .tag, .metadata],
        isOfTraces: true
    )

    /// What sums over traces are narrowed by.
    package static let traceMetrics = SearchVocabulary(
        noun: "traces",
        example: "trace.status",
        entities: [
            "trace": .attribute, "tag": .tag, "metadata": .metadata, "span": .span, "assessment": .attribute,
        ],
        attributes: [
            (["status"], Attribute("status")), (["name"], Attribute("assessment.name")),
            (["type"], Attribute("assessment.type")),
        ],
        isOfTraces: true
    )

    /// What can be asked of a span, besides `attributes.` and a key.
    static let spanKeys = ["name", "type", "status", "content"]
}
