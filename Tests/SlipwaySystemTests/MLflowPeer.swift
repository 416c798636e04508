import Foundation
import Glibc

/// A real MLflow server, of the version whose Python is given, on a fresh SQLite file.
struct MLflowPeer {
    let python: String
    let folder: TemporaryFolder
    private let child: ChildProcess
    private let port: Int
    /// In the environment of the server and of all that it starts.
    private let mark: String

    var url: String { "http://127.0.0.1:\(port)" }
    var database: String { folder.path + "/mlflow.db" }

    static let newest = Checkout.root + "/.venv/bin/python"
    static let old = Checkout.root + "/.deps/mlflow-2/bin/python"

    /// Starts it and waits until it answers.
    init(_ python: String = newest, _ options: [String] = [], environment: [String: String] = [:]) async throws {
        self.python = python
        folder = try TemporaryFolder()
        port = try LoopbackListener.freePort()
        mark = "MLFLOW_PEER_OF_TESTS=\(folder.path)"
        child = try ChildProcess(
            python,
            [
                "-m", "mlflow", "server", "--backend-store-uri", "sqlite:///\(folder.path)/mlflow.db",
                "--artifacts-destination", folder.path + "/mlartifacts", "--host", "127.0.0.1", "--port", "\(port)",
                "--workers", "1",
            ] + options,
            environment: Self.quiet.merging(["MLFLOW_PEER_OF_TESTS": folder.path]) { $1 }.merging(environment) { $1 }
        )
        let http = RawHTTP(port: port)
        let deadline = Date(timeIntervalSinceNow: 180)
        while (try? await http.get("/health").status) != 200 {  // not listening yet
            guard child.isRunning, Date() < deadline else {
                throw SystemTestError("mlflow server did not start:\n\(child.errors)")
            }
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    /// Runs a script of `Tests/Wire` with this version's client.
    func script(_ name: String, _ arguments: [String], _ environment: [String: String] = [:]) async throws {
        let client = try ChildProcess(
            python,
            ["Tests/Wire/" + name] + arguments,
            environment: Self.quiet.merging(environment) { $1 }
        )
        let code = try await client.exitCode(within: 300)
        guard code == 0 else { throw SystemTestError("\(name): \(client.output)\n\(client.errors.suffix(4000))") }
    }

    /// Ends it with all its workers, some of which have left its session and outlive it.
    func stop() async throws {
        child.signal(SIGTERM)
        // A busy job runner of MLflow's may wait for long; nothing is asked of this server any more.
        _ = try? await child.exitCode(within: 15)
        for name in try FileManager.default.contentsOfDirectory(atPath: "/proc") {
            guard let pid = Int32(name), let bytes = FileManager.default.contents(atPath: "/proc/\(pid)/environ"),
                bytes.split(separator: 0).contains(where: { $0.elementsEqual(mark.utf8) })
            else { continue }
            kill(pid, SIGKILL)
        }
    }

    private static let quiet = [
        "MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true", "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "3",
        "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",
    ]
}

/// Runs `body` with a peer, and ends the peer whatever happens.
func withPeer(_ peer: MLflowPeer, _ body: (MLflowPeer) async throws -> Void) async throws {
    do {
        try await body(peer)
    } catch {
        try await peer.stop()
        throw error
    }
    try await peer.stop()
}
