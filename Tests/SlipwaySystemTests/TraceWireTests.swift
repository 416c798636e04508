import Foundation
import Testing

/// Traces over the wire, by the clients that people have.
@Suite struct TraceWireTests {
    @Test(
        "Decorated code shows its spans to the unmodified client that sent them",
        arguments: [
            (".venv/bin/python", "Tests/Wire/traces_wire.py", 120),
            (".deps/mlflow-2/bin/python", "Tests/Wire/traces2_wire.py", 20),
        ]
    )
    func clients(python: String, script: String, most: Int) async throws {
        let path = Checkout.root + "/" + python
        try #require(FileManager.default.isExecutableFile(atPath: path), "\(path) is missing: run `make setup`")
        try await withServer { server in
            let client = try ChildProcess(
                path,
                [script],
                environment: ["MLFLOW_TRACKING_URI": "http://127.0.0.1:\(server.port)"]
            )
            let code = try await client.exitCode(within: 150)
            let report = client.output + client.errors
            #expect(code == 0, "\(report)\n\(server.log)")
            let counts = try #require(report.firstMatch(of: /(\d+) passed, (\d+) failed/), "\(report)")
            #expect(Int(counts.1) ?? 0 >= most)
            #expect(counts.2 == "0", "\(report)")
            #expect(try await server.isHealthy())
        }
    }
}
