import Foundation
import SlipwayDomain
import Testing

@Suite struct WireTests {
    /// A Python with a version of MLflow's client.
    private enum Client: String {
        case current = "/.venv/bin/python"
        case old = "/.deps/mlflow-2/bin/python"

        func start(_ script: String, _ environment: [String: String]) throws -> ChildProcess {
            let python = Checkout.root + rawValue
            guard FileManager.default.isExecutableFile(atPath: python) else {
                throw SystemTestError("\(python) is missing: run `make setup`")
            }
            let quiet = ["MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "1", "MLFLOW_DISABLE_TELEMETRY": "true"]
            return try ChildProcess(python, ["Tests/Wire/\(script).py"], environment: quiet.merging(environment) { $1 })
        }
    }

    /// What each script must at least have compared, so that one which stops early is found.
    private static let scripts: [(client: Client, name: String, checks: Int)] = [
        (.current, "mlflow_wire", 50), (.current, "mlflow_fluent", 80), (.old, "mlflow_fluent", 75),
        (.current, "mlflow_client", 50), (.old, "mlflow_client", 50), (.current, "mlflow_sklearn", 40),
        (.old, "mlflow_sklearn", 25),
    ]

    @Test func `the unmodified mlflow client, 3.17 and 2.22, does its whole job and reads everything back`()
        async throws
    {
        try await withServer { server in
            let address = ["MLFLOW_TRACKING_URI": "http://127.0.0.1:\(server.port)"]
            // Two at a time, as many as a small machine has cores; the names that they use are their own.
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (index, script) in Self.scripts.enumerated() {
                    if index >= 2 { try await group.next() }
                    group.addTask {
                        let child = try script.client.start(script.name, address)
                        let code = try await child.exitCode(within: 240)
                        let report = "\(script.client) \(script.name):\n" + child.output + child.errors
                        #expect(code == 0, "\(report)\n\(server.log)")
                        let counts = try #require(report.firstMatch(of: /(\d+) passed, (\d+) failed/), "\(report)")
                        #expect(Int(counts.1) ?? 0 >= script.checks, "\(report)")
                        #expect(counts.2 == "0", "\(report)")
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await server.isHealthy())
        }
    }

    @Test func `the client logs in by token and by password, and is kept out without either`() async throws {
        let folder = try TemporaryFolder()
        let local = try await ServerProcess.start(in: folder)
        let made = try await local.http.post(RawHTTP.native + "/users", ["user": "alice"])
        let token = try #require(made.json?["token"]?.string, "\(made)")
        #expect(try await local.terminate() == 0, "\(local.log)")
        let server = try await ServerProcess.start(in: folder, ["--require-token"])
        let logins: [(environment: [String: String], isLetIn: Bool)] = [
            (["MLFLOW_TRACKING_TOKEN": token], true),
            (["MLFLOW_TRACKING_USERNAME": "alice", "MLFLOW_TRACKING_PASSWORD": token], true), ([:], false),
            (["MLFLOW_TRACKING_TOKEN": token + "0"], false),
            (["MLFLOW_TRACKING_USERNAME": "alice", "MLFLOW_TRACKING_PASSWORD": "password"], false),
        ]
        for client in [Client.current, .old] {
            for login in logins where login.isLetIn || client == .current {
                var environment = login.environment
                environment["MLFLOW_TRACKING_URI"] = "http://127.0.0.1:\(server.port)"
                let child = try client.start("mlflow_login", environment)
                #expect(try await child.exitCode(within: 60) == 0, "\(child.errors)")
                if login.isLetIn {
                    #expect(child.output.contains("let in {'m': 1.5} secret"), "\(child.output)")
                } else {
                    #expect(child.output.contains("kept out UNAUTHENTICATED"), "\(child.output)")
                }
            }
        }
        #expect(try await server.terminate() == 0, "\(server.log)")
    }

    @Test(arguments: [("search_differential.py", 300), ("history_differential.py", 50)])
    func `searches and samples of histories are those of MLflow's own store`(script: String, least: Int) async throws {
        let python = Checkout.root + "/.venv/bin/python"
        try #require(FileManager.default.isExecutableFile(atPath: python), "\(python) is missing: run `make setup`")
        try await withServer { server in
            let client = try ChildProcess(
                python,
                ["Tests/Wire/\(script)"],
                environment: ["MLFLOW_TRACKING_URI": "http://127.0.0.1:\(server.port)"]
            )
            let code = try await client.exitCode(within: 150)
            #expect(code == 0, "\(client.output)\(client.errors)\n\(server.log)")
            let counts = try #require(client.output.firstMatch(of: /(\d+) [a-z]+ compared, (\d+) differ/))
            #expect(Int(counts.1) ?? 0 > least && counts.2 == "0", "\(client.output)")
        }
    }
}
