import Foundation

/// Traces, spans and MLflow's GraphQL.
extension BadInputTable {
    private static let threes = "/api/3.0/mlflow"
    private static let json = ["Content-Type": "application/json"]

    private static func traceSearch(_ number: String, _ filter: String) -> BadInputRow {
        BadInputRow(number, "POST", "\(threes)/traces/search").sending(
            .bytes(
                Array(
                    #"""
                    {"locations": [{"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": "1"}}],
                    "max_results": 5, "filter": "\#(filter)"}
                    """#.utf8
                )
            ),
            json
        )
    }

    /// B4.29: patterns that take other matchers for ever on the stage's trace, whose tag is 6,000 times "a".
    private static let slow = [
        "(a+)+$b", "(a|aa)+$b", "(a*)*b", "(.*)*x", "(a|a)*b", "([a-zA-Z]+)*1", "^(a+)+b$", "(((a+)+)+)+b",
    ]

    static let traces: [BadInputRow] =
        slow.map { traceSearch("B4.29", "tags.long RLIKE '\($0)'").accepted("{}") }
        + [
            String(repeating: "(", count: 10_000),
            String(repeating: "(", count: 10_000) + "a"
                + String(repeating: ")", count: 10_000), "(", "[", "a{1,100000}", "(?:a{1,1000}){1,1000}", #"\\1"#,
            String(repeating: "a?", count: 20_000), "(?=a)", "a{0,500}a{0,500}b",
        ].map { traceSearch("B4.29", "tags.long RLIKE '\($0)'") }
        + [
            traceSearch("B4.29", "tags.long LIKE '" + String(repeating: "%a", count: 60) + "%b'").accepted("{}"),
            traceSearch("B4.29", "tags.long = '" + String(repeating: "x", count: 100_000) + "'"),
            traceSearch("B5.34", "tags.long = 'x'; DROP TABLE traces"),
            traceSearch("B5.34", "span.attributes.`a' OR 1=1 --` = 'x'; --"),
            BadInputRow("B4.31", "GET", "\(threes)/traces/batchGet?trace_ids=../../secret", statuses: [200, 400, 404])
                .accepted("{}"),
            // MLflow's pages ask so before they know an experiment.
            BadInputRow("B4.31", "POST", "\(threes)/traces/search")
                .sending(.bytes(Array(#"{"locations": [], "max_results": 1}"#.utf8)), json).accepted("{}"),
            BadInputRow("B4.31", "POST", "\(threes)/traces/search").sending(.bytes(Array("{}".utf8)), json),
            BadInputRow("B4.31", "POST", "\(threes)/traces/search")
                .sending(.bytes(Array(#"{"locations": [], "max_results": 501}"#.utf8)), json),
            BadInputRow("B1.10", "GET", "\(threes)/traces/..%2f..%2fsecret", statuses: [400, 404]),
            BadInputRow("B1.10", "GET", "\(threes)/traces/get?trace_id=../../secret", statuses: [400, 404]),
            BadInputRow("B2.12", "POST", "\(threes)/traces").sending(
                .bytes(
                    Array(
                        #"""
                        {"trace": {"trace_info": {"trace_id": "../../secret", "request_time": "2026-01-01T00:00:00Z",
                        "state": "OK", "trace_location": {"type": "MLFLOW_EXPERIMENT",
                        "mlflow_experiment": {"experiment_id": "1"}}}}}
                        """#.utf8
                    )
                ),
                json
            ),
            BadInputRow("B4.28", "PATCH", "\(threes)/traces/<trace>/tags").sending(
                .bytes(Array(#"{"key": "\#(String(repeating: "k", count: 1_100_000))", "value": "v"}"#.utf8)),
                json
            ),
        ]

    // MARK: Spans

    private static func spans(_ payload: Payload, _ headers: [String: String], status: Int) -> BadInputRow {
        let known = ["Content-Type": "application/x-protobuf", "x-mlflow-experiment-id": "1"]
        return BadInputRow("B4.30", "POST", "/v1/traces", statuses: [status])
            .sending(payload, known.merging(headers) { $1 }).refused(as: .spans)
    }

    /// A gzip stream (RFC 1952) of so many zeros: a literal, and matches of 258 bytes at distance 1, 13 bits each, in one
    /// block of fixed codes (RFC 1951 section 3.2.6). Its end is missing, which nobody should live to see.
    static func bomb(ofBytes count: Int) -> [UInt8] {
        var bytes: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255]
        var (held, bits) = (UInt32(0), UInt32(0))
        func put(_ code: UInt32, _ width: UInt32) {
            held |= code << bits
            bits += width
            while bits >= 8 {
                bytes.append(UInt8(truncatingIfNeeded: held))
                held >>= 8
                bits -= 8
            }
        }
        put(0b011, 3)  // the last block, fixed codes
        put(0b0000_1100, 8)  // the byte 0: code 00110000, its first bit first
        for _ in 0..<count / 258 {
            put(0b1010_0011, 8)  // length 258: code 11000101, its first bit first
            put(0, 5)  // distance 1
        }
        return bytes
    }

    static let bodies: [BadInputRow] = [
        spans(.bytes(bomb(ofBytes: 400_000_000)), ["Content-Encoding": "gzip"], status: 413),
        spans(.bytes(bomb(ofBytes: 400_000_000)), ["Content-Encoding": "GZIP"], status: 413),
        spans(.bytes(Array("no gzip".utf8)), ["Content-Encoding": "gzip"], status: 400),
        spans(.bytes(bomb(ofBytes: 1000)), ["Content-Encoding": "gzip, gzip"], status: 400),
        spans(.announced(100 << 20, [1]), [:], status: 413),
        spans(.chunks([UInt8](repeating: 1, count: 1 << 18), upTo: 100 << 20), [:], status: 413),
        spans(.bytes([0xFF, 0xFF, 0xFF, 0xFF, 0x0F]), [:], status: 400),
        spans(.bytes(Array(String(repeating: "[", count: 100_000).utf8)), json, status: 400),
        spans(.bytes([1]), ["x-mlflow-experiment-id": "../1"], status: 400),
        BadInputRow("B4.30", "POST", RawHTTP.mlflow + "/runs/log-batch", statuses: [413])
            .sending(.announced(100 << 20, Array(#"{"run_id": ""#.utf8)), json),
        BadInputRow("B4.30", "POST", RawHTTP.mlflow + "/runs/log-batch", statuses: [413])
            .sending(.chunks([UInt8](repeating: 0x20, count: 1 << 18), upTo: 100 << 20), json),
    ]

    // MARK: GraphQL

    private static func graph(_ number: String, _ query: String, _ statuses: Set<Int> = [400]) -> BadInputRow {
        let text = query.replacing("\"", with: "\\\"")
        return BadInputRow(number, "POST", "/graphql", statuses: statuses)
            .sending(.bytes(Array(#"{"query": "\#(text)"}"#.utf8)), json).refused(as: .graph)
    }

    private static let experiment = #"mlflowGetExperiment(input: {experimentId: "1"}) { experiment { name } }"#

    static let graphs: [BadInputRow] = [
        graph("B4.27", "query { " + (0..<1000).map { "a\($0): \(experiment)" }.joined(separator: " ") + " }"),
        graph("B4.27", "query { " + (0..<11).map { "a\($0): \(experiment)" }.joined(separator: " ") + " }"),
        graph(
            "B4.27",
            "query { a: mlflowGetRun(input: {runId: \"<run>\"}) { run "
                + String(repeating: "{ a ", count: 10_000) + String(repeating: "} ", count: 10_000) + "} }"
        ),
        graph("B4.27", String(repeating: "{", count: 50_000)),
        graph("B4.27", "query { ...a } fragment a on Query { ...b } fragment b on Query { ...a }"),
        graph(
            "B4.27",
            "query { ...f0 } "
                + (0..<20).map { "fragment f\($0) on Query { ...f\($0 + 1) ...f\($0 + 1) } " }.joined()
                + "fragment f20 on Query { \(experiment) }"
        ),
        graph(
            "B4.27",
            "query { __schema { types { fields { type { fields { type { fields { type { fields { type "
                + "{ fields { name } } } } } } } } } } } }"
        ),
        graph("B4.27", "query a { \(experiment) } query b { \(experiment) }"),
        graph("B4.27", "query { \(String(repeating: " ", count: 200_000))\(experiment) }", [413]).refused(as: .mlflow),
        BadInputRow("B4.27", "POST", "/graphql").sending(
            .bytes(Array("[\((0..<500).map { _ in #"{"query": "{ __typename }"}"# }.joined(separator: ","))]".utf8)),
            json
        ),
        BadInputRow("B3.23", "GET", "/graphql?query=mutation%20%7B%20a%20%7D").refused(as: .graph),
        graph("B3.23", #"query { mlflowGetRun(input: {runId: "../../secret"}) { run { info { runId } } } }"#)
            .accepted(#""mlflowGetRun":null"#),
        BadInputRow("B5.33", "POST", "/graphql", statuses: [400]).sending(
            .bytes(Array("query={__typename}".utf8)),
            ["Content-Type": "application/x-www-form-urlencoded"]
        ),
        BadInputRow("B5.33", "POST", "/graphql", statuses: [403]).sending(
            .bytes(Array(#"{"query": "{ __typename }"}"#.utf8)),
            ["Content-Type": "application/json", "Origin": "http://evil.example"]
        ),
    ]
}
