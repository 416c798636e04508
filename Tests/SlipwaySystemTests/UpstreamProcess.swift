import Foundation
import Glibc
import SlipwayDomain

/// A server that models run on elsewhere, in a process of its own that can be killed and started again on its ports.
final class UpstreamProcess {
    let port: Int
    let grpcPort: Int
    private let program: String
    private let arguments: [String]
    private let environment: [String: String]
    private let readyPath: String
    private let folder: TemporaryFolder
    private var child: ChildProcess

    private init(
        _ program: String,
        _ arguments: [String],
        ports: (Int, Int),
        readyPath: String,
        folder: TemporaryFolder,
        environment: [String: String] = [:]
    ) async throws {
        guard FileManager.default.isExecutableFile(atPath: program) else {
            throw SystemTestError("\(program) is missing: run `make setup`")
        }
        (self.program, self.arguments, self.environment) = (program, arguments, environment)
        (port, grpcPort) = ports
        (self.readyPath, self.folder) = (readyPath, folder)
        child = try ChildProcess(program, arguments, environment: environment)
        try await ready()
    }

    var log: String { child.output + child.errors }

    /// The real MLServer with both tiny models as versions 1 and 2 of `tiny`.
    static func mlserver() async throws -> UpstreamProcess {
        let folder = try TemporaryFolder()
        let (http, grpc, metrics) = (try freePort(), try freePort(), try freePort())
        func write(_ value: JSONValue, to path: String) throws {
            let file = URL(fileURLWithPath: folder.path + "/" + path)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(),
                withIntermediateDirectories: true
            )
            try Data(CanonicalJSON.bytes(of: value)).write(to: file)
        }
        try write(
            [
                "host": "127.0.0.1", "http_port": .integer(Int64(http)), "grpc_port": .integer(Int64(grpc)),
                "metrics_port": .integer(Int64(metrics)), "parallel_workers": 0, "debug": false,
            ],
            to: "settings.json"
        )
        for version in 1...2 {
            try write(
                [
                    "name": "tiny", "implementation": "upstream_mlserver.TinyModel",
                    "parameters": [
                        "uri": .string("\(Checkout.root)/Tests/Fixtures/onnx/tiny-\(version).onnx"),
                        "version": .string("\(version)"),
                    ],
                    "inputs": TinyUpstream.inputs, "outputs": TinyUpstream.outputs,
                ],
                to: "tiny-\(version)/model-settings.json"
            )
        }
        return try await UpstreamProcess(
            Checkout.root + "/.deps/mlserver/bin/mlserver",
            ["start", folder.path],
            ports: (http, grpc),
            readyPath: "/v2/health/ready",
            folder: folder,
            environment: ["PYTHONPATH": Checkout.root + "/Tests/Wire"]
        )
    }

    /// Another Slipway, which serves a tiny model by its file's name.
    static func slipway(_ file: String) async throws -> UpstreamProcess {
        let (http, grpc) = (try freePort(), try freePort())
        return try await UpstreamProcess(
            try Checkout.binary(),
            [
                "serve", "\(Checkout.root)/Tests/Fixtures/onnx/\(file).onnx", "--port", "\(http)", "--grpc-port",
                "\(grpc)",
            ],
            ports: (http, grpc),
            readyPath: "/v2/health/ready",
            folder: try TemporaryFolder()
        )
    }

    /// `mlflow models serve` with a model in Python that answers as the first tiny one.
    static func mlflow() async throws -> UpstreamProcess {
        let folder = try TemporaryFolder()
        let bin = Checkout.root + "/.venv/bin"
        let saved = try ChildProcess(bin + "/python", ["Tests/Wire/upstream_mlflow.py", folder.path + "/model"])
        guard try await saved.exitCode(within: 120) == 0 else { throw SystemTestError(saved.errors) }
        let port = try freePort()
        return try await UpstreamProcess(
            bin + "/mlflow",
            [
                "models", "serve", "-m", folder.path + "/model", "--env-manager", "local", "-h", "127.0.0.1", "-p",
                "\(port)", "-w", "1",
            ],
            ports: (port, 0),
            readyPath: "/ping",
            folder: folder,
            environment: ["PATH": bin + ":/usr/bin:/bin"]
        )
    }

    /// Ends it as a power cut does, with whatever it has started: each child has a group of its own.
    func kill9() async throws {
        if getpgid(child.pid) == child.pid { kill(-child.pid, SIGKILL) }
        child.signal(SIGKILL)
        _ = try await child.exitCode()
    }

    /// The same server on the same ports.
    func startAgain() async throws {
        child = try ChildProcess(program, arguments, environment: environment)
        try await ready()
    }

    private func ready() async throws {
        let deadline = Date(timeIntervalSinceNow: 120)
        while Date() < deadline, child.isRunning {
            if let answer = try? await RawHTTP(port: port).get(readyPath), answer.status == 200 { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw SystemTestError("\(program) did not start:\n\(log)")
    }

    /// A port that nobody has now; whoever is told to listen there takes it soon.
    private static func freePort() throws -> Int {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(listener) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
                bind(listener, raw, length) == 0 && getsockname(listener, raw, &length) == 0
            }
        }
        guard isBound else { throw SystemTestError("no free port") }
        return Int(UInt16(bigEndian: address.sin_port))
    }
}

/// Declarations of the tiny models elsewhere.
enum TinyUpstream {
    static let inputs: JSONValue = [["name": "features", "datatype": "FP32", "shape": [-1, 2]]]
    static let outputs: JSONValue = [
        ["name": "label", "datatype": "INT64", "shape": [-1]],
        ["name": "probabilities", "datatype": "FP32", "shape": [-1, 2]],
    ]

    static func declaration(_ dialect: String, _ port: Int, _ members: [String: JSONValue] = [:]) throws -> [UInt8] {
        var object: [String: JSONValue] = [
            "apiVersion": "slipway/v1", "kind": "Upstream", "protocol": .string(dialect),
            "url": .string("http://127.0.0.1:\(port)"), "inputs": inputs, "outputs": outputs,
            "properties": ["slipway.features": #"["a","b"]"#],
        ]
        object.merge(members) { $1 }
        return try CanonicalJSON.bytes(of: .object(object))
    }
}
