import Foundation
import Glibc
import SlipwayDomain

/// A real gateway in a process of its own.
final class GatewayProcess: Sendable {
    let http: RawHTTP
    private let child: ChildProcess
    private let folder: TemporaryFolder

    var log: String { child.errors }

    /// Starts a gateway of the server on `control` and waits until it listens; `data` is its folder in `folder`.
    static func start(
        of control: Int,
        in folder: TemporaryFolder,
        data: String,
        token: String? = nil,
        port: Int = 0,
        _ arguments: [String] = []
    ) async throws -> GatewayProcess {
        let path = folder.path + "/" + data
        let child = try ChildProcess(
            try Checkout.binary(),
            [
                "gateway", "--control", "http://127.0.0.1:\(control)", "--data", path, "--port", "\(port)", "--name",
                data,
            ]
                + ["--grpc-port", "off", "--drain", "1500"] + arguments,
            environment: token.map { ["SLIPWAY_TOKEN": $0] } ?? [:]
        )
        let deadline = Date(timeIntervalSinceNow: 60)
        while Date() < deadline {
            if let match = child.errors.firstMatch(of: /listens on http:\/\/[^ ]+:(\d+),/), let port = Int(match.1) {
                return GatewayProcess(child: child, folder: folder, http: RawHTTP(port: port))
            }
            guard child.isRunning else { break }
            try await Task.sleep(for: .milliseconds(5))
        }
        throw SystemTestError("the gateway did not start:\n\(child.errors)")
    }

    private init(child: ChildProcess, folder: TemporaryFolder, http: RawHTTP) {
        self.child = child
        self.folder = folder
        self.http = http
    }

    /// Ends the process as a power cut does.
    func kill9() async throws {
        child.signal(SIGKILL)
        _ = try await child.exitCode()
    }

    /// Asks the process to end, and gives its exit code.
    func terminate() async throws -> Int32 {
        child.signal(SIGTERM)
        return try await child.exitCode(within: 30)
    }

    /// The word that a process gets which is to end, without waiting for it.
    func askToEnd() { child.signal(SIGTERM) }

    func exitCode() async throws -> Int32 { try await child.exitCode(within: 30) }

    /// Waits until a load balancer would send requests here.
    func ready() async throws {
        try await eventually { try await self.http.get("/v2/health/ready").status == 200 }
    }

    /// The version that answers a tiny question.
    func version(key: String = "k") async throws -> String? {
        try await http.post("/v2/models/tiny/infer", TinyModel.question(key)).json?["model_version"]?.string
    }
}

extension TinyModel {
    /// One row of one entity; both versions put it into the same class.
    static func question(_ key: String, _ row: JSONValue = [1, 2]) -> JSONValue {
        [
            "inputs": [["name": "features", "datatype": "FP32", "shape": [1, 2], "data": row]],
            "parameters": ["key": .string(key)],
        ]
    }
}
