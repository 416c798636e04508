import Foundation

/// Every case of bad-input.md that touches MLflow's door. Cases that need more than one request are tests of their own:
/// clients that are slow or lie about lengths, names in headers, a receiver's name that changes its address
/// (`WebhookDeliveryTests`), and B3.21, every route without credentials (`RouteWalkTests`).
///
/// Not here, because Slipway has no such thing: unpacking archives (B1.9), projects, images and entry points (B5.34),
/// passwords (B3.18, B3.19: people have tokens), loading of pickles (B5.36 says that it stays so).
enum BadInputTable {
    static let all =
        paths + everywhere + requests + gateways + receivers + callers + strangers + sizes + filters + traces + graphs
        + bodies
        + pages + texts

    /// Artifact locations that clients may write to by themselves; the server must read nothing there.
    static let farLocations = [
        "http://127.0.0.1:<canary>/latest/", "https://127.0.0.1:<canary>/", "http://169.254.169.254/latest/",
        "ftp://127.0.0.1:<canary>/x", "gopher://127.0.0.1:<canary>/x", "dbfs:/x", "hdfs://127.0.0.1:<canary>/x",
        "sftp://127.0.0.1:<canary>/x", "//127.0.0.1:<canary>/x", "file:///etc", "/etc", "s3://bucket/x",
    ]

    /// B2: addresses that the server must not ask.
    private static let requests: [BadInputRow] =
        farLocations.indices.flatMap { index in
            [
                BadInputRow("B2.12", "GET", "/get-artifact?run_id=<far\(index)>&path=passwd", statuses: [400, 404]),
                BadInputRow(
                    "B2.12",
                    "GET",
                    "\(RawHTTP.mlflow)/artifacts/list?run_id=<far\(index)>",
                    statuses: [400, 404]
                ),
                BadInputRow(
                    "B2.12",
                    "POST",
                    "/ajax-api/2.0/mlflow/upload-artifact?run_id=<far\(index)>&path=x",
                    statuses: [400, 404]
                ).sending(.bytes([1])),
            ]
        }
        + ["http://127.0.0.1:<canary>/m", "http://0x7f000001:<canary>/m", "https://x@127.0.0.1:<canary>/m"].map {
            BadInputRow("B2.13", "model-versions/create", json: #"{"name": "bad", "source": "\#($0)"}"#)
        }
        + [
            "http://127.0.0.1:<canary>/", "https://127.0.0.1:<canary>/", "https://0x7f000001:<canary>/",
            "https://2130706433:<canary>/", "https://127.1:<canary>/", "https://localhost:<canary>/",
            "https://localhost.:<canary>/", "https://[::1]:<canary>/", "https://[::ffff:127.0.0.1]:<canary>/",
            "https://[fd00::1]/", "https://169.254.169.254/", "https://10.0.0.1/", "https://0.0.0.0:<canary>/",
            "https://example.com@127.0.0.1:<canary>/", "ftp://example.com/", "file:///etc/passwd",
            "javascript:alert(1)",
        ].map {
            BadInputRow(
                "B2.14",
                "webhooks",
                json: #"{"name": "w", "url": "\#($0)", "events": [{"entity": "MODEL_VERSION", "action": "CREATED"}]}"#
            )
        }

    /// B3: who asks for what, said twice.
    private static let callers: [BadInputRow] = [
        BadInputRow("B3.17", "users/create", json: #"{"username": "x", "password": "y"}"#, statuses: [404]),
        BadInputRow("B3.25", "runs/set-tag", json: #"{"run_id": "<run>", "runId": "<run>", "key": "k", "value": "v"}"#),
        BadInputRow(
            "B3.25",
            "runs/set-tag",
            json: #"{"run_id": "<run>", "run_uuid": "<other>", "key": "k", "value": "v"}"#
        ),
        BadInputRow("B3.25", "GET", "\(RawHTTP.mlflow)/runs/get?run_id=<run>&runId=<other>"),
        BadInputRow("B3.25", "GET", "\(RawHTTP.mlflow)/runs/get?run_id=<run>&run_uuid=<other>"),
        BadInputRow("B3.26", "GET", "\(RawHTTP.mlflow)/runs/get?run_id=<run>&run_id=<other>"),
        BadInputRow("B3.26", "GET", "/get-artifact?run_id=<run>&run_id=<other>&path=kept.txt"),
        BadInputRow("B3.26", "GET", "\(RawHTTP.mlflow)/runs/get?run_id=<run>")
            .sending(.bytes(Array(#"{"run_id": "<other>"}"#.utf8)), ["Content-Type": "application/json"]),
        BadInputRow("B3.26", "runs/get", json: #"{"run_id": "<run>", "run_id": "<other>"}"#, statuses: [404]),
        BadInputRow(
            "B3.26",
            "runs/set-tag",
            json: #"{"run_id": "<run>", "run_id": "<other>", "key": "k", "value": "v"}"#
        ),
    ]

    /// B4: sizes and numbers.
    private static let million = String(repeating: "x", count: 1_100_000)

    private static let sizes: [BadInputRow] =
        [
            ("experiments/create", #"{"name": "\#(million)"}"#),
            ("experiments/create", #"{"name": "n", "artifact_location": "mlflow-artifacts:/\#(million)"}"#),
            ("experiments/set-experiment-tag", #"{"experiment_id": "0", "key": "k", "value": "\#(million)"}"#),
            ("experiments/set-experiment-tag", #"{"experiment_id": "0", "key": "\#(million)", "value": "v"}"#),
            ("runs/create", #"{"experiment_id": "0", "run_name": "\#(million)"}"#),
            ("runs/update", #"{"run_id": "<run>", "run_name": "\#(million)"}"#),
            ("runs/create", #"{"experiment_id": "0", "user_id": "\#(million)"}"#),
            ("registered-models/create", #"{"name": "\#(million)"}"#),
            ("registered-models/create", #"{"name": "long", "description": "\#(million)"}"#),
            ("registered-models/set-tag", #"{"name": "good", "key": "k", "value": "\#(million)"}"#),
            ("registered-models/alias", #"{"name": "good", "alias": "\#(million)", "version": "1"}"#),
            ("model-versions/create", #"{"name": "good", "source": "s3://b/\#(million)"}"#),
            ("logged-models", #"{"experiment_id": "0", "name": "\#(million)"}"#),
        ].map { BadInputRow("B4.28", $0.0, json: $0.1) }
        + [
            #""metrics": [\#(points(1001))]"#, #""params": [\#(pairs(101))]"#, #""tags": [\#(pairs(101))]"#,
            #""metrics": [\#(points(950))], "params": [\#(pairs(51))]"#,
            #""metrics": [{"key": "a", "value": 1e999, "timestamp": 1}]"#,
            #""metrics": [{"key": "a", "value": 1, "timestamp": 9223372036854775808}]"#,
            #""metrics": [{"key": "a", "value": 1, "timestamp": 1, "step": -9223372036854775809}]"#,
            #""metrics": \#(String(repeating: "[", count: 100_000))"#,
            #""metrics": \#(String(repeating: "[", count: 100_000))\#(String(repeating: "]", count: 100_000))"#,
        ].map { BadInputRow("B4.30", "runs/log-batch", json: #"{"run_id": "<run>", \#($0)}"#) }
        + [
            BadInputRow("B4.30", "runs/log-batch", json: "", statuses: [400]),
            BadInputRow("B4.30", "GET", "\(RawHTTP.mlflow)/runs/get?run_id=" + String(repeating: "a", count: 20_000)),
        ]

    private static func points(_ count: Int) -> String {
        (0..<count).map { #"{"key": "k\#($0)", "value": 1, "timestamp": 1}"# }.joined(separator: ",")
    }

    private static func pairs(_ count: Int) -> String {
        (0..<count).map { #"{"key": "q\#($0)", "value": "1"}"# }.joined(separator: ",")
    }

    private static let thousandItems = (0..<1000).map { #""metrics.m\#($0)""# }.joined(separator: ",")

    /// B4.31 and B5.33.
    private static let pages: [BadInputRow] =
        ["0", "-1", "2147483648", "9223372036854775808", "1.5", #""x""#].flatMap { count in
            ["runs/search", "experiments/search"].map {
                BadInputRow("B4.31", $0, json: #"{"experiment_ids": ["0"], "max_results": \#(count)}"#)
            }
        }
        + [
            "zzz", "!!", "eyJvZmZzZXQiOiAtMX0=",
            "eyJvZmZzZXQiOiA5MjIzMzcyMDM2ODU0Nzc1ODA3fQ==", "eyJvZmZzZXQiOiA5MjIzMzcyMDM2ODU0Nzc1MDAwfQ==",
            "eyJvZmZzZXQiOiA5OTk5OTk5OTk5OTk5OTk5OTk5OX0=", "bnVsbA==",
            String(repeating: "A", count: 5000),
        ].flatMap { token in
            ["runs/search", "experiments/search", "logged-models/search"].map {
                BadInputRow(
                    "B4.31",
                    $0,
                    json: #"{"experiment_ids": ["0"], "max_results": 5, "page_token": "\#(token)"}"#
                )
            }
        }
        + [
            BadInputRow(
                "B4.31",
                "runs/search",
                json:
                    #"{"experiment_ids": ["0"], "order_by": [\#(thousandItems)]}"#
            ),
            BadInputRow("B5.33", "GET", "/get-artifact?run_id=<run>&path=kept.txt", statuses: [403])
                .sending(.none, ["Host": "evil.example"]),
            BadInputRow("B5.33", "GET", "\(RawHTTP.mlflow)/experiments/get?experiment_id=0", statuses: [403])
                .sending(.none, ["Host": "evil.example"]),
            BadInputRow("B5.33", "experiments/create", json: #"{"name": "o"}"#, statuses: [403])
                .sending(.bytes(Array(#"{"name": "o"}"#.utf8)), ["Origin": "http://evil.example"]),
            BadInputRow("B5.33", "experiments/create", json: "")
                .sending(.bytes(Array(#"{"name": "o"}"#.utf8)), ["Content-Type": "text/plain"]),
            BadInputRow("B3.19", "experiments/create", json: "")
                .sending(.bytes(Array("name=o".utf8)), ["Content-Type": "application/x-www-form-urlencoded"]),
        ]
}
