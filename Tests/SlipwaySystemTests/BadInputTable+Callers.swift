import Foundation

/// Who asks, for whom, and whom the server is made to ask.
extension BadInputTable {
    private static let json = ["Content-Type": "application/json"]

    private static func call(_ number: String, _ method: String, _ path: String, _ body: String, _ statuses: Set<Int>)
        -> BadInputRow
    { BadInputRow(number, method, path, statuses: statuses).sending(.bytes(Array(body.utf8)), json) }

    /// B2.11 and B2.15: Slipway is no gateway to addresses that a caller names; such calls do not exist.
    static let gateways: [BadInputRow] =
        ["//169.254.169.254/", "@127.0.0.1:<canary>", #"\\\\127.0.0.1"#, "http://127.0.0.1:<canary>/", "..//x"].map {
            call("B2.11", "POST", "/ajax-api/2.0/mlflow/gateway-proxy", #"{"gateway_path": "\#($0)"}"#, [404])
        }
        + [
            // MLflow's pages ask which endpoints there are: none, whatever path is named.
            BadInputRow("B2.11", "GET", "/ajax-api/2.0/mlflow/gateway-proxy?gateway_path=http://127.0.0.1:<canary>/")
                .accepted(#"{"endpoints":[]}"#)
        ]
        + ["gateway/endpoints/create", "gateway/secrets/create", "gateway/model-definitions/create"].map {
            call(
                "B2.15",
                "POST",
                "/api/3.0/mlflow/\($0)",
                #"{"name": "x", "api_base": "http://127.0.0.1:<canary>/"}"#,
                [404]
            )
        }

    /// B2.14: spellings of receivers' addresses, where webhooks are made and where they are changed. The stage's own
    /// receiver has a public address, which nothing is ever sent to.
    static let receivers: [BadInputRow] =
        [
            "https://0177.0.0.1:<canary>/", "https://0x7f.1:<canary>/", "https://127.0.0.1.:<canary>/",
            "https://0:<canary>/", "https://[::]:<canary>/", "https://[::ffff:7f00:1]:<canary>/",
            "https://[64:ff9b::7f00:1]:<canary>/", "https://[2002:7f00:1::]:<canary>/", "https://[fe80::1]:<canary>/",
            "https://[::1%25lo]:<canary>/", "https://①②⑦.⓪.⓪.①:<canary>/", "https://%31%32%37.0.0.1:<canary>/",
            #"https://example.com\\@127.0.0.1:<canary>/"#, "https:///127.0.0.1:<canary>/", "https:127.0.0.1:<canary>",
            "https://127.0.0.1%00.example.com/", "https://u:p@93.184.216.34/", "https://100.64.0.1/",
            "https://192.0.2.1/", "https://255.255.255.255/", "https://93.184.216.34:0/",
            "https://93.184.216.34:99999/",
            "https://93.184.216.34/#x", "http://93.184.216.34/", "gopher://93.184.216.34/", "https://no-such.invalid/",
            "https://a..b/", #"https://93.184.216.34/\r\nX-Evil: yes"#, " ",
            "https://\(String(repeating: "a", count: 300)).example/",
            "https://93.184.216.34/\(String(repeating: "a", count: 3000))",
        ].flatMap { url in
            [
                BadInputRow(
                    "B2.14",
                    "webhooks",
                    json:
                        #"{"name": "w", "url": "\#(url)", "events": [{"entity": "MODEL_VERSION", "action": "CREATED"}]}"#
                ),
                call("B2.14", "PATCH", "\(RawHTTP.mlflow)/webhooks/<hook>", #"{"url": "\#(url)"}"#, [400]),
            ]
        }
        + [
            call("B4.28", "PATCH", "\(RawHTTP.mlflow)/webhooks/<hook>", #"{"name": "\#(long)"}"#, [400]),
            call("B4.28", "PATCH", "\(RawHTTP.mlflow)/webhooks/<hook>", #"{"description": "\#(long)"}"#, [400]),
            call("B4.28", "PATCH", "\(RawHTTP.mlflow)/webhooks/<hook>", #"{"secret": "\#(long)"}"#, [400]),
        ]

    private static let long = String(repeating: "x", count: 1_100_000)

    /// B3.24: what belongs to somebody else, as far as a server without roles can tell. Both runs are the stage's.
    static let strangers: [BadInputRow] =
        ["experiments/get?experiment_id=0", "runs/get?run_id=<run>", "registered-models/search"].map {
            BadInputRow("B3.24", "GET", "\(RawHTTP.mlflow)/\($0)").sending(.none, ["X-MLFLOW-WORKSPACE": "other"])
        }
        + [
            call("B3.24", "POST", "\(RawHTTP.mlflow)/runs/search", #"{"experiment_ids": ["1"]}"#, [400])
                .sending(.none, ["X-MLFLOW-WORKSPACE": "../default"]),
            BadInputRow("B3.24", "GET", "\(RawHTTP.mlflow)/runs/get?run_id=<run>")
                .sending(.none, ["X-MLFLOW-WORKSPACE": "default other"]),
            BadInputRow("B3.24", "GET", "/get-artifact?run_id=<run>&path=kept.txt")
                .sending(.none, ["X-MLFLOW-WORKSPACE": "other"]),
            BadInputRow("B3.24", "PUT", "\(store)/1/<run>/artifacts/new").sending(
                .bytes([1]),
                ["X-MLFLOW-WORKSPACE": "other"]
            ),
            BadInputRow("B3.24", "GET", "\(RawHTTP.mlflow)/runs/get?run_id=<run>")
                .sending(.none, ["X-MLFLOW-WORKSPACE": "default"]).accepted("<run>"),
            BadInputRow("B3.24", "registered-models/rename", json: #"{"name": "bad", "new_name": "good"}"#),
            BadInputRow("B3.24", "runs/search", json: #"{"experiment_ids": ["1' OR '1'='1"]}"#),
            // A POST's query is nobody's business: who may do it is asked about the run that it is done to.
            call(
                "B3.25",
                "POST",
                "\(RawHTTP.mlflow)/runs/set-tag?run_id=<other>",
                #"{"run_id": "<run>", "key": "k", "value": "v"}"#,
                []
            ).accepted("{}"),
            BadInputRow("B3.26", "GET", "\(RawHTTP.mlflow)/runs/get?run_id=<run>&RUN_ID=<other>").accepted("<run>"),
        ]

    /// The rows for a server that asks for tokens: one user, `alice`, whose token is `<token>`.
    static let guarded: [BadInputRow] = {
        let experiments = "\(RawHTTP.mlflow)/experiments/get?experiment_id=0"
        func basic(_ text: String) -> [String: String] {
            ["Authorization": "Basic \(Data(text.utf8).base64EncodedString())"]
        }
        let passwords = [
            ("B3.16", "admin:password"), ("B3.16", "admin:password1234"), ("B3.16", "admin:admin"), ("B3.16", "admin:"),
            ("B3.18", "alice:"), ("B3.18", "alice: "), ("B3.18", ":"), ("B3.18", "alice"), ("B3.18", ""),
            ("B3.18", "alice:x"), ("B3.18", "alice:alice"), ("B5.34", "' OR 1=1 --:' OR 1=1 --"),
            ("B4.28", String(long.prefix(20_000))),
        ]
        let attempts = passwords.map { number, text in
            BadInputRow(number, "GET", experiments, statuses: [401]).sending(.none, basic(text))
        }
        let signUps = ["/api/2.0/mlflow/users/create", "/api/2.0/mlflow/users/create/", "/signup", "/users/create"]
            .flatMap { path in
                [
                    json, ["Content-Type": "text/plain"], ["Content-Type": "application/x-www-form-urlencoded"],
                    ["Content-Type": "application/json", "Origin": "http://evil.example"],
                    ["Content-Type": "application/json", "X-HTTP-Method-Override": "GET"],
                ].map { headers in
                    BadInputRow("B3.17", "POST", path, statuses: [401, 403])
                        .sending(.bytes(Array(#"{"username": "eve", "password": "x"}"#.utf8)), headers)
                        .refused(as: path.hasPrefix("/api/") ? .mlflow : .page)
                }
            }
        let parts = ["create", "complete", "abort"].map {
            call("B3.22", "POST", "/api/2.0/mlflow-artifacts/mpu/\($0)/1/a", #"{"path": "a", "num_parts": 1}"#, [401])
        }
        let side = [
            call("B3.23", "POST", "/graphql", #"{"query": "{ __typename }"}"#, [401]),
            BadInputRow("B3.23", "GET", "/graphql?query=%7B__typename%7D", statuses: [401]),
            BadInputRow("B3.20", "DELETE", "\(store)/0", statuses: [401]),
            BadInputRow("B3.21", "GET", "/ajax-api/3.0/jobs/search", statuses: [401]),
            BadInputRow("B3.21", "POST", "/api/3.0/mlflow/jobs", statuses: [401]),
            call("B3.24", "POST", "/api/3.0/mlflow/traces/search", "{}", [401]),
            call("B3.24", "POST", "/api/3.0/mlflow/scorers/register", "{}", [401]),
            call("B3.24", "POST", "\(RawHTTP.mlflow)/webhooks", "{}", [401]),
            call("B3.24", "POST", "\(RawHTTP.mlflow)/runs/search", #"{"experiment_ids": ["0"]}"#, [401]),
            BadInputRow("B3.16", "GET", experiments).sending(.none, ["Authorization": "Bearer <token>"]).accepted(
                "Default"
            ),
        ]
        return attempts + signUps + parts + side
    }()
}
