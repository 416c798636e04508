import Foundation
import Testing

@Suite struct WireTests {
    @Test func `the unmodified mlflow client does its whole job and reads everything back`() async throws {
        let python = Checkout.root + "/.venv/bin/python"
        try #require(FileManager.default.isExecutableFile(atPath: python), "\(python) is missing: run `make setup`")
        try await withServer { server in
            let client = try ChildProcess(
                python,
                ["Tests/Wire/mlflow_wire.py"],
                environment: ["MLFLOW_TRACKING_URI": "http://127.0.0.1:\(server.port)"]
            )
            let code = try await client.exitCode(within: 150)
            let report = client.output + client.errors
            #expect(code == 0, "\(report)\n\(server.log)")
            let counts = try #require(report.firstMatch(of: /(\d+) passed, (\d+) failed/), "\(report)")
            #expect(Int(counts.1) ?? 0 > 50)
            #expect(counts.2 == "0", "\(report)")
            #expect(try await server.isHealthy())
        }
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
