import SlipwayDomain
import Testing

@Suite struct TraceSpanTests {
    private static let trace = "d397eae97099c555c4ddc77906c41d02"

    /// The same span as MLflow 2.22, MLflow 3.5.0 and later ones write it.
    private static let spellings = [
        #"""
        {"name": "search", "context": {"span_id": "e43b2c5bf3cd4558", "trace_id": "d397eae97099c555c4ddc77906c41d02"},
        "parent_id": "7f4e931ac678ff2a", "start_time": 1795976841733158256, "end_time": 1795976841733230935,
        "status_code": "ERROR", "status_message": "no", "attributes": {"mlflow.spanType": "\"RETRIEVER\"", "depth": "2"},
        "events": [{"name": "exception", "timestamp": 1795976841733158300, "attributes": {"a": 1}}]}
        """#,
        #"""
        {"name": "search", "span_id": "e43b2c5bf3cd4558", "trace_id": "tr-d397eae97099c555c4ddc77906c41d02",
        "parent_span_id": "7f4e931ac678ff2a", "start_time_unix_nano": 1795976841733158256,
        "end_time_unix_nano": "1795976841733230935", "status": {"code": "ERROR", "message": "no"},
        "attributes": {"mlflow.spanType": "\"RETRIEVER\"", "depth": "2"},
        "events": [{"name": "exception", "time_unix_nano": 1795976841733158300, "attributes": {"a": 1}}]}
        """#,
        #"""
        {"name": "search", "span_id": "5DssW/PNRVg=", "trace_id": "05fq6XCZxVXE3cd5BsQdAg==", "parent_span_id": "f06TGsZ4/yo=",
        "start_time_unix_nano": 1795976841733158256, "end_time_unix_nano": 1795976841733230935,
        "status": {"code": "STATUS_CODE_ERROR", "message": "no"},
        "attributes": {"mlflow.spanType": "\"RETRIEVER\"", "depth": "2"},
        "events": [{"name": "exception", "time_unix_nano": 1795976841733158300, "attributes": {"a": 1}}]}
        """#,
    ]

    @Test("A span is the same whichever version of MLflow wrote it", arguments: spellings)
    func spelling(text: String) throws {
        let span = try #require(TraceSpan(content: text, trace: "t"))
        #expect(span.otelTrace == Self.trace && span.id == "e43b2c5bf3cd4558" && span.parent == "7f4e931ac678ff2a")
        #expect(span.startNanoseconds == 1_795_976_841_733_158_256 && span.endNanoseconds == 1_795_976_841_733_230_935)
        #expect(span.status == .error && span.statusMessage == "no" && span.name == "search")
        #expect(span.attributes.map(\.json) == [#""RETRIEVER""#, "2"])
        #expect(span.events.map(\.timeNanoseconds) == [1_795_976_841_733_158_300])
        // Written and read again it is still the same.
        #expect(TraceSpan(content: span.content, trace: "t") == span)
    }

    @Test(
        "What is no span is none",
        arguments: [
            "[]", "1", "{}", #"{"context": 1}"#, #"{"context": {"trace_id": "x", "span_id": "y"}, "name": "n"}"#,
            #"{"name": "n", "trace_id": "!", "span_id": "e43b2c5bf3cd4558", "start_time_unix_nano": 1}"#,
        ]
    )
    func noSpan(text: String) { #expect(TraceSpan(content: text, trace: "t") == nil) }
}
