import Foundation
import Testing

@Suite struct RegistryWireTests {
    @Test(
        "unmodified clients use models, prompts and webhooks, and check the signatures of what arrives",
        arguments: [(".venv/bin/python", 240), (".deps/mlflow-2/bin/python", 30)]
    )
    func clients(_ interpreter: String, _ checks: Int) async throws {
        let python = Checkout.root + "/" + interpreter
        try #require(FileManager.default.isExecutableFile(atPath: python), "\(python) is missing: run `make setup`")
        try await withServer(["--webhook-allow-host", "127.0.0.1"]) { server in
            let client = try ChildProcess(
                python,
                ["Tests/Wire/registry_wire.py"],
                environment: ["MLFLOW_TRACKING_URI": "http://127.0.0.1:\(server.port)"]
            )
            let code = try await client.exitCode(within: 150)
            let report = client.output + client.errors
            #expect(code == 0, "\(report)\n\(server.log)")
            let counts = try #require(report.firstMatch(of: /(\d+) passed, (\d+) failed/), "\(report)")
            #expect(Int(counts.1) ?? 0 > checks)
            #expect(counts.2 == "0", "\(report)")
            #expect(try await server.isHealthy())
        }
    }
}
