import HTTPTypes
import SlipwayDomain
import Testing

@Suite struct BadInputTests {
    static let malformed: [String] = [
        "", "{", "}", "[]", "[", "null", "true", "1", "\"", "\"{\"", #"{"run_id": }"#, #"{"run_id": "a",}"#,
        #"{run_id: "a"}"#, #"{'run_id': 'a'}"#, #"{"run_id": "a"} x"#, #"{"run_id": "a", "metrics": [NaN]}"#,
        #"{"run_id": "a" "metrics": []}"#, #"{"run_id": "a\u00"}"#, #"{"run_id": "\ud800"}"#,
        "{\"run_id\": \"a\u{1}\"}",
        #"{"run_id": 01}"#, #"{"run_id": "a", "metrics": [1e999]}"#, #"// {"run_id": "a"}"#,
        String(repeating: "[", count: 5000), #"{"a":"# + String(repeating: "[", count: 100) + "1",
        #"{"run_id": "a", "run_id": "b"}"#, #"{"run_id": "a", "runId": "a"}"#,
    ]

    @Test("Malformed JSON at log-batch is answered with 400 in MLflow's form", arguments: malformed)
    func refusesMalformedJSON(body: String) async throws {
        let server = try await TrackingServer()
        try await expectRefused(server, bytes: Array(body.utf8))
    }

    @Test("Bytes that are no text are answered with 400")
    func refusesOtherBytes() async throws {
        let server = try await TrackingServer()
        for bytes: [UInt8] in [
            [0xFF, 0xFE], [0x00], Array(#"{"run_id": ""#.utf8) + [0xC3, 0x28] + Array(#""}"#.utf8),
            [0xEF, 0xBB, 0xBF, 0x7B], [0x1F, 0x8B, 0x08],
        ] {
            try await expectRefused(server, bytes: bytes)
        }
    }

    @Test("Fields of the wrong type or range are refused, and nothing of the batch is stored")
    func refusesWrongFields() async throws {
        let server = try await TrackingServer()
        let run = try await server.newRun()
        let point = #""value": 1, "timestamp": 1"#
        for metric in [
            "5", "null", "{}", #"{"key": "a", "timestamp": 1}"#, #"{"key": "a", "value": 1}"#, "{\(point)}",
            #"{"key": "a", "value": true, "timestamp": 1}"#, #"{"key": "a", "value": "abc", "timestamp": 1}"#,
            #"{"key": "a", "value": "1e999", "timestamp": 1}"#, #"{"key": "a", "value": 1, "timestamp": -1}"#,
            #"{"key": "a", "value": 1, "timestamp": 1.5}"#, #"{"key": 5, \#(point)}"#,
            #"{"key": "a", "step": 9223372036854775808, \#(point)}"#, #"{"key": "a", "step": 1.5, \#(point)}"#,
            #"{"key": "a", "step": "x", \#(point)}"#, #"{"key": "a$b", \#(point)}"#, #"{"key": "a/../b", \#(point)}"#,
            #"{"key": "/a", \#(point)}"#, #"{"key": "a/", \#(point)}"#, #"{"key": "a//b", \#(point)}"#,
            #"{"key": ".", \#(point)}"#, #"{"key": "a", "key": "b", \#(point)}"#,
            #"{"key": "\#(String(repeating: "k", count: 251))", \#(point)}"#,
            #"{"key": "a", "model_id": "m-none", \#(point)}"#,
        ] {
            let body = #"{"run_id": "\#(run)", "params": [{"key": "p", "value": "1"}], "metrics": [\#(metric)]}"#
            let answer = try await server.call("POST", "/api/2.0/mlflow/runs/log-batch", body)
            #expect((400..<500).contains(answer.status), "\(metric)")
            #expect(answer.errorCode != nil, "\(metric)")
        }
        let data = try await server.get("runs/get?run_id=\(run)")["run"]?["data"]
        #expect(data?["params"] == nil)
        #expect(data?["metrics"] == nil)
    }

    @Test("No request of a tracking call is answered with a 5xx")
    func neverFails() async throws {
        let server = try await TrackingServer()
        let bodies = ["{}", #"{"run_id": "../x", "experiment_id": "-1", "key": "\u0000", "name": "\u0000"}"#, "[1]"]
        for call in [
            "experiments/create", "experiments/search", "experiments/update", "experiments/delete",
            "experiments/restore", "experiments/set-experiment-tag", "experiments/delete-experiment-tag",
            "runs/create", "runs/update", "runs/delete", "runs/restore", "runs/search", "runs/log-inputs",
            "runs/outputs", "runs/log-metric", "runs/log-parameter", "runs/set-tag", "runs/delete-tag",
            "runs/log-batch", "logged-models", "logged-models/search", "logged-models/m-1/params",
        ] {
            for body in bodies {
                let answer = try await server.call("POST", "/api/2.0/mlflow/\(call)", body)
                #expect(answer.status < 500, "\(call) \(body)")
            }
        }
        for path in [
            "runs/get?run_id=%00", "runs/get?run_id=%zz", "runs/get?run_id=%ff", "experiments/get?experiment_id=1e9",
            "experiments/get?experiment_id=99999999999999999999", "metrics/get-history?run_id=a&metric_key=%27",
            "metrics/get-history?run_id=a&metric_key=b&max_results=x", "logged-models/%2e%2e",
            "logged-models/m-1/artifacts/directories?artifact_directory_path=../..",
        ] {
            let answer = try await server.call("GET", "/api/2.0/mlflow/\(path)")
            #expect((400..<500).contains(answer.status), "\(path)")
        }
    }

    private func expectRefused(_ server: TrackingServer, bytes: [UInt8]) async throws {
        let answer = try await server.call(
            "POST",
            "/api/2.0/mlflow/runs/log-batch",
            bytes: bytes,
            fields: [.contentType: "application/json"]
        )
        #expect(answer.status == 400)
        #expect(answer.errorCode == "INVALID_PARAMETER_VALUE")
        #expect(try answer.json["message"]?.string?.isEmpty == false)
    }
}
