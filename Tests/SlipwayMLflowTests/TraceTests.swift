import Foundation
import HTTPTypes
import SlipwayDomain
import SlipwayService
import Testing

@Suite struct TraceTests {
    private static let id = "tr-" + String(repeating: "0", count: 32)
    private static let root = "/api/3.0/mlflow/traces"

    /// One trace of one span, told over OTLP.
    @discardableResult
    private static func export(
        _ server: TrackingServer,
        trace: Int,
        name: String = "root",
        attributes: [(String, String)] = [],
        seconds: Int = 1,
        fails: Bool = false
    ) async throws -> String {
        let hex = String(format: "%032x", trace)
        let list = attributes.map { #"{"key": "\#($0.0)", "value": \#($0.1)}"# }.joined(separator: ", ")
        let start = 1_700_000_000 + trace
        let span = """
            {"traceId": "\(hex)", "spanId": "00000000000000a1", "name": "\(name)", "attributes": [\(list)],
             "startTimeUnixNano": "\(start)000000000", "endTimeUnixNano": "\(start + seconds)000000000",
             "status": {"code": \(fails ? 2 : 1)}}
            """
        let answer = try await otlp(server, #"{"resourceSpans": [{"scopeSpans": [{"spans": [\#(span)]}]}]}"#)
        #expect(answer.status == 200, "\(String(decoding: answer.bytes, as: UTF8.self))")
        return "tr-" + hex
    }

    private static func otlp(
        _ server: TrackingServer,
        _ body: String,
        type: String = "application/json",
        experiment: String? = "0",
        encoding: String? = nil
    ) async throws -> TrackingServer.Answer {
        var fields: HTTPFields = [.contentType: type]
        if let experiment, let name = HTTPField.Name("x-mlflow-experiment-id") { fields[name] = experiment }
        if let encoding { fields[.contentEncoding] = encoding }
        return try await server.call("POST", "/v1/traces", bytes: Array(body.utf8), fields: fields)
    }

    private static func found(_ server: TrackingServer, _ filter: String) async throws -> [String] {
        let body: JSONValue = [
            "locations": [["type": "MLFLOW_EXPERIMENT", "mlflow_experiment": ["experiment_id": "0"]]],
            "filter": .string(filter), "order_by": ["timestamp_ms ASC"],
        ]
        let answer = try await server.call("POST", root + "/search", try CanonicalJSON.text(of: body))
        #expect(answer.status == 200, "\(filter): \(String(decoding: answer.bytes, as: UTF8.self))")
        return try (answer.json["traces"]?.array ?? []).compactMap {
            $0["trace_id"]?.string.map { String($0.suffix(1)) }
        }
    }

    @Test("A few bytes that stand for millions of messages are refused before any is made")
    func bombs() async throws {
        let server = try await TrackingServer()
        let empty = String(repeating: "\n\0", count: 2_500_001)
        // Also behind a group, which the protocol does not have and a decoder would skip.
        for start in ["", "\u{1B}\u{1C}"] {
            let binary = try await Self.otlp(server, start + empty, type: "application/x-protobuf")
            #expect(binary.status == 413)
        }
        let objects = "[" + String(repeating: "{},", count: 5_100_000) + "{}]"
        let json = try await Self.otlp(server, #"{"resourceSpans": \#(objects)}"#)
        #expect(json.status == 413)
    }

    @Test("The name of a trace is found as the tag that it also is")
    func namesAsTags() async throws {
        let server = try await TrackingServer()
        for (trace, name) in [(1, "first"), (2, "second")] {
            let id = try await Self.export(server, trace: trace)
            let tag = #"{"key": "mlflow.traceName", "value": "\#(name)"}"#
            #expect(try await server.call("PATCH", "\(Self.root)/\(id)/tags", tag).status == 200)
        }
        #expect(try await Self.found(server, "tag.`mlflow.traceName` = 'first'") == ["1"])
        #expect(try await Self.found(server, "tag.`mlflow.traceName` != 'first'") == ["2"])
        #expect(try await Self.found(server, "trace.name = 'first'") == ["1"])
    }

    @Test("Filters find the traces that they describe")
    func filters() async throws {
        let server = try await TrackingServer()
        try await Self.export(server, trace: 1, name: "a", attributes: [("unit", #"{"stringValue": "grams"}"#)])
        try await Self.export(
            server,
            trace: 2,
            name: "b",
            attributes: [("unit", #"{"stringValue": "100%"}"#), ("deep", #"{"boolValue": true}"#)],
            seconds: 5
        )
        try await Self.export(
            server,
            trace: 3,
            name: "b",
            attributes: [("mlflow.traceTag.color", #"{"stringValue": "red"}"#), ("n", #"{"doubleValue": 1.5}"#)],
            fails: true
        )
        for (id, value) in [(1, "0.25"), (2, "true"), (3, #""good""#)] {
            let body = #"{"assessment": {"assessment_name": "q", "feedback": {"value": \#(value)}}}"#
            let trace = "tr-" + String(format: "%032x", id)
            #expect(try await server.call("POST", "\(Self.root)/\(trace)/assessments", body).status == 200)
        }
        for (filter, wanted) in [
            ("", ["1", "2", "3"]), ("status = 'ERROR'", ["3"]), ("span.name = 'b'", ["2", "3"]),
            ("span.name = 'b' AND span.attributes.deep = 'true'", ["2"]), ("span.attributes.unit = 'grams'", ["1"]),
            ("span.attributes.unit LIKE '%!%'", []), ("span.attributes.`unit` RLIKE '^[0-9]+%$'", ["2"]),
            ("span.attributes.n = '1.5'", ["3"]), ("span.attributes.unit != 'grams'", ["2"]),
            ("tags.color = 'red'", ["3"]), ("tags.color IS NULL", ["1", "2"]), ("execution_time_ms > 2000", ["2"]),
            ("end_time_ms >= 1700000004000", ["2", "3"]), ("timestamp < 1700000002000", ["1"]),
            ("feedback.q > 0.1", ["1"]), ("feedback.q = 'true'", ["2"]), ("feedback.q = 'good'", ["3"]),
            ("feedback.q != 'good'", ["1", "2"]), ("feedback.other IS NULL", ["1", "2", "3"]),
            ("feedback.q LIKE '%oo%'", ["3"]), ("trace.text LIKE '%grams%'", ["1"]), ("status IN ('OK')", ["1", "2"]),
            ("span.type = 'LLM'", []), ("span.status = 'ERROR'", ["3"]), ("run_id IS NULL", ["1", "2", "3"]),
            ("issue.id = 'x'", []), ("prompt = 'p/1'", []), ("name RLIKE 'x'", []),
            ("request_id = 'tr-\(String(format: "%032x", 2))'", ["2"]),
        ] {
            #expect(try await Self.found(server, filter) == wanted, "\(filter)")
        }
    }

    @Test(
        "A bad question about traces is refused",
        arguments: [
            "bogus = 'x'", "span.bogus = 'x'", "span.content = 'x'", "tags.a RLIKE '('", "tags.a RLIKE '(?=a)'",
            "timestamp = 'x'", "status > 'a'", "feedback.q > 'a'", "issue.name = 'a'", "issue.id LIKE 'a'",
            "prompt = 'a'", "prompt LIKE 'a/1'", "span.attributes. = 'a'", "tags.a IN ('x')", "metrics.a > 1",
            "status = 'OK' OR status = 'ERROR'", "text = 'a'", "tags.a = 'x'; DROP TABLE traces",
        ]
    )
    func refusedFilters(filter: String) async throws {
        let server = try await TrackingServer()
        let body: JSONValue = [
            "locations": [["mlflow_experiment": ["experiment_id": "0"]]], "filter": .string(filter),
        ]
        let answer = try await server.call("POST", Self.root + "/search", try CanonicalJSON.text(of: body))
        #expect(answer.status == 400, "\(filter): \(String(decoding: answer.bytes, as: UTF8.self))")
    }

    @Test(
        "A bad payload of spans is refused whole",
        arguments: [
            (#"{"resourceSpans": 5}"#, 400), (#"{"resourceSpans": [5]}"#, 400), ("[]", 400), ("", 400),
            (#"{"resourceSpans": [{"scopeSpans": [{"spans": [{"traceId": "zz", "spanId": "a1"}]}]}]}"#, 400),
            (#"{"resourceSpans": [{"scopeSpans": [{"spans": [{"traceId": "00", "spanId": "a1"}]}]}]}"#, 422),
            (#"{"resourceSpans": [{"scopeSpans": [{"spans": []}]}]}"#, 400),
            (String(repeating: #"{"a":"#, count: 500) + "1" + String(repeating: "}", count: 500), 400),
        ]
    )
    func refusedSpans(body: String, status: Int) async throws {
        let server = try await TrackingServer()
        let answer = try await Self.otlp(server, body)
        #expect(answer.status == status, "\(String(decoding: answer.bytes, as: UTF8.self))")
        #expect(try await Self.found(server, "").isEmpty)
    }

    @Test("Spans of one trace in several requests make one trace, whose tokens are those of its whole tree")
    func growing() async throws {
        let server = try await TrackingServer()
        let usage = { (count: Int) in
            (
                "mlflow.chat.tokenUsage",
                #"{"kvlistValue": {"values": [{"key": "input_tokens", "value": {"intValue": "\#(count)"}}]}}"#
            )
        }
        let id = try await Self.export(server, trace: 7, attributes: [usage(3)])
        let hex = String(id.dropFirst(3))
        let child = """
            {"traceId": "\(hex)", "spanId": "00000000000000b2", "parentSpanId": "00000000000000c3", "name": "late",
             "startTimeUnixNano": "1699999999000000000", "endTimeUnixNano": "1700000009000000000",
             "attributes": [{"key": "mlflow.chat.tokenUsage", "value": \(usage(4).1)}]}
            """
        let answer = try await Self.otlp(server, #"{"resourceSpans": [{"scopeSpans": [{"spans": [\#(child)]}]}]}"#)
        #expect(answer.status == 200)
        let info = try #require(try await server.call("GET", "\(Self.root)/\(id)").json["trace"]?["trace_info"])
        #expect(info["request_time"]?.string == "2023-11-14T22:13:19Z")
        #expect(info["execution_duration"]?.string == "10s")
        #expect(
            info["trace_metadata"]?["mlflow.trace.tokenUsage"]?.string
                == #"{"input_tokens": 7, "output_tokens": 0, "total_tokens": 0}"#
        )
        let spans = try await server.call("GET", "\(Self.root)/get?trace_id=\(id)").json["trace"]?["spans"]?.array
        #expect(spans?.compactMap { $0["name"]?.string } == ["root", "late"])
    }

    @Test("Sums over traces, spans and assessments are those of the values")
    func metrics() async throws {
        let server = try await TrackingServer()
        for trace in 1...5 {
            try await Self.export(server, trace: trace, name: trace < 3 ? "a" : "b", seconds: trace, fails: trace == 5)
        }
        func points(_ body: String) async throws -> [JSONValue] {
            let answer = try await server.call("POST", Self.root + "/metrics", body)
            #expect(answer.status == 200, "\(String(decoding: answer.bytes, as: UTF8.self))")
            return try answer.json["data_points"]?.array ?? []
        }
        let latency = try await points(
            """
            {"experiment_ids": ["0"], "view_type": "TRACES", "metric_name": "latency", "aggregations": [
             {"aggregation_type": "AVG"}, {"aggregation_type": "PERCENTILE", "percentile_value": 50},
             {"aggregation_type": "PERCENTILE", "percentile_value": 90}, {"aggregation_type": "MAX"}]}
            """
        )
        #expect(latency.first?["values"] == ["AVG": 3000, "P50.0": 3000, "P90.0": 4600, "MAX": 5000])
        let counts = try await points(
            """
            {"experiment_ids": ["0"], "view_type": "TRACES", "metric_name": "trace_count",
             "aggregations": [{"aggregation_type": "COUNT"}], "dimensions": ["trace_status"]}
            """
        )
        #expect(counts.map { $0["values"]?["COUNT"] } == [1, 4])
        let spans = try await points(
            """
            {"experiment_ids": ["0"], "view_type": "SPANS", "metric_name": "latency", "dimensions": ["span_name"],
             "aggregations": [{"aggregation_type": "PERCENTILE", "percentile_value": 25}],
             "filters": ["trace.status = 'OK'", "span.name = 'b'"], "time_interval_seconds": 3600,
             "start_time_ms": 1700000000000, "end_time_ms": 1700001000000}
            """
        )
        #expect(spans.first?["values"] == ["P25.0": 3250])
        #expect(spans.first?["dimensions"] == ["span_name": "b", "time_bucket": "2023-11-14T22:00:00+00:00"])
        let correlation = try await server.call(
            "POST",
            Self.root + "/calculate-filter-correlation",
            #"{"experiment_ids": ["0"], "filter_string1": "span.name = 'b'", "filter_string2": "status = 'ERROR'"}"#
        ).json
        #expect(correlation["filter1_count"] == 3)
        #expect(correlation["joint_count"] == 1)
        let npmi = try #require(correlation["npmi"]?.number)
        #expect(abs(npmi - 0.317394) < 1e-6)
    }

    @Test("Deleting traces for good is in the ledger, and says which")
    func deletion() async throws {
        let server = try await TrackingServer()
        for trace in 1...3 { try await Self.export(server, trace: trace) }
        let body = #"{"experiment_id": "0", "max_timestamp_millis": 1700000002000, "max_traces": 5}"#
        let answer = try await server.call("POST", Self.root + "/delete-traces", body)
        #expect(try answer.json == ["traces_deleted": 2])
        #expect(try await Self.found(server, "") == ["3"])
        #expect(server.entries.all.map(\.type) == ["traces.deleted"])
    }
}
