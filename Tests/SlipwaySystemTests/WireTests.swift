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
}
