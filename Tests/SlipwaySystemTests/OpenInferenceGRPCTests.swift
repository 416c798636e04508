import Foundation
import Glibc
import SlipwayDomain
import Testing

@Suite struct OpenInferenceGRPCTests {
    private static func python(_ script: String, _ environment: [String: String]) throws -> ChildProcess {
        let python = Checkout.root + "/.venv/bin/python"
        guard FileManager.default.isExecutableFile(atPath: python) else {
            throw SystemTestError("\(python) is missing: run `make setup`")
        }
        return try ChildProcess(python, ["Tests/Wire/\(script).py"], environment: environment)
    }

    /// Where a server says that it answers gRPC.
    private static func port(of server: ServerProcess) async throws -> Int { try await port { server.log } }

    private static func port(in log: () -> String) async throws -> Int {
        let deadline = Date(timeIntervalSinceNow: 30)
        while Date() < deadline {
            if let match = log().firstMatch(of: /gRPC is answered on [^ ]+:(\d+)/), let port = Int(match.1) {
                return port
            }
            try await Task.sleep(for: .milliseconds(5))
        }
        throw SystemTestError("the server does not answer gRPC:\n\(log())")
    }

    @Test func `the unmodified tritonclient asks, is answered, and is refused by gRPC as the protocol says`()
        async throws
    {
        try await withServer { server in
            try await server.http.makeTinyModel()
            try await server.http.serveFirstVersion()
            let child = try Self.python(
                "open_inference_grpc",
                [
                    "SLIPWAY_GRPC": "127.0.0.1:\(try await Self.port(of: server))",
                    "SLIPWAY_HTTP": "127.0.0.1:\(server.port)",
                ]
            )
            let code = try await child.exitCode(within: 240)
            let report = child.output + child.errors + "\n" + server.log
            #expect(code == 0, "\(report)")
            let counts = try #require(child.output.firstMatch(of: /(\d+) passed, (\d+) failed/), "\(report)")
            #expect(Int(counts.1) ?? 0 >= 170 && counts.2 == "0", "\(report)")
            #expect(try await server.isHealthy())
        }
    }

    @Test func `slipway serve answers gRPC with every type, keeps deadlines, and ends what it began before it stops`()
        async throws
    {
        let files = ["every-type", "counting-loop"].map { Checkout.root + "/Tests/Fixtures/onnx/\($0).onnx" }
        let server = try ChildProcess(try Checkout.binary(), ["serve"] + files + ["--port", "0"])
        let port = try await Self.port { server.errors }
        let child = try Self.python("grpc_serve", ["SLIPWAY_GRPC": "127.0.0.1:\(port)"])
        let deadline = Date(timeIntervalSinceNow: 120)
        while Date() < deadline, child.isRunning, !child.output.contains("stop the server now") {
            try await Task.sleep(for: .milliseconds(5))
        }
        server.signal(SIGTERM)
        let code = try await child.exitCode(within: 120)
        let report = child.output + child.errors + "\n" + server.errors
        #expect(code == 0, "\(report)")
        let counts = try #require(child.output.firstMatch(of: /(\d+) passed, (\d+) failed/), "\(report)")
        #expect(Int(counts.1) ?? 0 >= 38 && counts.2 == "0", "\(report)")
        #expect(try await server.exitCode(within: 30) == 0, "\(server.errors)")
    }

    @Test func `a gateway that has heard nothing yet says so to each client of gRPC`() async throws {
        let port = try LoopbackListener.freePort()
        let nobody = try LoopbackListener.freePort()
        let gateway = try await GatewayProcess.start(
            of: nobody,
            in: TemporaryFolder(),
            data: "gateway",
            ["--grpc-port", "\(port)"]
        )
        let child = try Self.python("grpc_unready", ["SLIPWAY_GRPC": "127.0.0.1:\(port)"])
        let code = try await child.exitCode(within: 60)
        #expect(code == 0 && child.output.hasSuffix("0 failed\n"), "\(child.output)\(child.errors)\n\(gateway.log)")
        #expect(try await gateway.http.get("/v2/models/tiny").status == 503)
        #expect(try await gateway.terminate() == 0, "\(gateway.log)")
    }

    @Test func `the unmodified client of KServe asks and is answered, by REST and by gRPC`() async throws {
        let files = ["tiny-1", "every-type"].map { Checkout.root + "/Tests/Fixtures/onnx/\($0).onnx" }
        let server = try ChildProcess(try Checkout.binary(), ["serve"] + files + ["--port", "0", "--json"])
        let port = try await Self.port { server.errors }
        let deadline = Date(timeIntervalSinceNow: 60)
        while Date() < deadline, !server.output.hasSuffix("\n") { try await Task.sleep(for: .milliseconds(5)) }
        let announced = try JSONValue(parsing: Array(server.output.utf8))
        let python = Checkout.root + "/.deps/kserve/bin/python"
        try #require(FileManager.default.isExecutableFile(atPath: python), "\(python) is missing: run `make setup`")
        let child = try ChildProcess(
            python,
            ["Tests/Wire/kserve_client.py"],
            environment: [
                "SLIPWAY_GRPC": "127.0.0.1:\(port)", "OPEN_INFERENCE_URL": announced["url"]?.string ?? "",
            ]
        )
        let code = try await child.exitCode(within: 150)
        #expect(code == 0, "\(child.output)\(child.errors)\n\(server.errors)")
        let counts = try #require(child.output.firstMatch(of: /(\d+) passed, (\d+) failed/), "\(child.output)")
        #expect(Int(counts.1) ?? 0 >= 90 && counts.2 == "0", "\(child.output)")
        server.signal(SIGTERM)
        #expect(try await server.exitCode(within: 30) == 0, "\(server.errors)")
    }

    @Test func `a server that asks for tokens asks for them by gRPC too, but not for its health`() async throws {
        let folder = try TemporaryFolder()
        let local = try await ServerProcess.start(in: folder)
        let made = try await local.http.post(RawHTTP.native + "/users", ["user": "alice"])
        let token = try #require(made.json?["token"]?.string, "\(made)")
        #expect(try await local.terminate() == 0, "\(local.log)")
        let server = try await ServerProcess.start(in: folder, ["--require-token"])
        let address = "127.0.0.1:\(try await Self.port(of: server))"
        let password = Data("alice:\(token)".utf8).base64EncodedString()
        let logins: [(authorization: String?, isLetIn: Bool)] = [
            ("Bearer \(token)", true), ("bearer \(token)", true), ("Basic \(password)", true), (nil, false),
            ("Bearer \(token)0", false), ("Bearer", false), (token, false), ("Basic ?", false),
        ]
        for login in logins {
            var environment = ["SLIPWAY_GRPC": address]
            environment["SLIPWAY_AUTHORIZATION"] = login.authorization
            let child = try Self.python("grpc_login", environment)
            #expect(try await child.exitCode(within: 60) == 0, "\(child.errors)")
            let calls =
                login.isLetIn
                ? ["metadata OK", "infer NOT_FOUND"] : ["metadata", "infer"].map { "\($0) UNAUTHENTICATED" }
            for line in calls + ["live OK", "health OK"] {
                #expect(child.output.contains(line), "\(login): \(child.output)")
            }
        }
        #expect(try await server.terminate() == 0, "\(server.log)")
    }

    @Test func `a port that is taken is an error when it was asked for, and another one is found when it was not`()
        async throws
    {
        try await withServer { first in
            let taken = try await Self.port(of: first)
            let folder = try TemporaryFolder()
            let command = ["up", "--data", folder.path + "/data", "--port", "0", "--grpc-port", "\(taken)"]
            let second = try ChildProcess(try Checkout.binary(), command)
            #expect(try await second.exitCode(within: 60) == 1, "\(second.errors)")
            #expect(second.errors.contains("--grpc-port"), "\(second.errors)")
            let quiet = try await ServerProcess.start(in: TemporaryFolder(), ["--grpc-port", "off"])
            #expect(try await quiet.isHealthy())
            #expect(try await quiet.terminate() == 0, "\(quiet.log)")
            #expect(!quiet.log.contains("gRPC is answered"), "\(quiet.log)")
        }
    }
}
