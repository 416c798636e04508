import Foundation
import Glibc
import SlipwayDomain

/// A real server in a process of its own.
final class ServerProcess: Sendable {
    let http: RawHTTP
    private let child: ChildProcess
    /// Kept as long as the server is.
    private let folder: TemporaryFolder

    var port: Int { http.port }
    var log: String { child.errors }
    var pid: Int32 { child.pid }

    /// Starts a server on a free port and waits until it listens; its data folder is `data` in `folder`. `through` may
    /// be a shell line that ends in `"$@"`.
    static func start(
        in folder: TemporaryFolder,
        data: String = "data",
        _ arguments: [String] = [],
        through shell: String? = nil
    ) async throws -> ServerProcess {
        let path = folder.path + "/" + data
        let command = [try Checkout.binary(), "up", "--data", path, "--port", "0"] + arguments
        let child =
            if let shell {
                try ChildProcess("/bin/bash", ["-c", shell, "bash"] + command)
            } else {
                try ChildProcess(command[0], Array(command.dropFirst()))
            }
        let deadline = Date(timeIntervalSinceNow: 180)
        while Date() < deadline {
            if let match = child.errors.firstMatch(of: /listens on http:\/\/[^ ]+:(\d+),/), let port = Int(match.1) {
                return ServerProcess(child: child, folder: folder, http: RawHTTP(port: port))
            }
            guard child.isRunning else { break }
            try await Task.sleep(for: .milliseconds(5))
        }
        throw SystemTestError("the server did not start:\n\(child.errors)")
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

    /// Whether the process lives and answers.
    func isHealthy() async throws -> Bool {
        guard child.isRunning else { return false }
        let answer = try await http.get("/health")
        return answer.status == 200 && answer.text == "OK"
    }
}

/// Runs `body` with a server on a fresh folder, and ends the server whatever happens.
func withServer(_ arguments: [String] = [], _ body: (ServerProcess) async throws -> Void) async throws {
    let server = try await ServerProcess.start(in: TemporaryFolder(), arguments)
    do {
        try await body(server)
    } catch {
        try await server.kill9()
        throw error
    }
    try await server.kill9()
}
