import Foundation
import Glibc
import SlipwayDomain
import Testing

/// Coming over from a real MLflow server, by its API and by its database file, compared run by run with the real client.
@Suite struct ImportTests {
    private static let python = Checkout.root + "/.venv/bin/python"

    /// A real MLflow server with one of everything in it.
    private struct Peer {
        let child: ChildProcess
        let folder: TemporaryFolder
        let port: Int

        var url: String { "http://127.0.0.1:\(port)" }
        var database: String { folder.path + "/mlflow.db" }

        init() async throws {
            folder = try TemporaryFolder()
            port = try Self.freePort()
            child = try ChildProcess(
                python,
                [
                    "-m", "mlflow", "server", "--backend-store-uri", "sqlite:///\(folder.path)/mlflow.db",
                    "--artifacts-destination", folder.path + "/mlartifacts", "--host", "127.0.0.1", "--port", "\(port)",
                    "--workers", "1",
                ],
                environment: ["MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"]
            )
            let http = RawHTTP(port: port)
            let deadline = Date(timeIntervalSinceNow: 120)
            while (try? await http.get("/health").status) != 200 {  // not listening yet
                guard child.isRunning, Date() < deadline else {
                    throw SystemTestError("mlflow server did not start:\n\(child.errors)")
                }
                try await Task.sleep(for: .milliseconds(100))
            }
        }

        /// Its workers end with it.
        func stop() async throws {
            child.signal(SIGTERM)
            // A busy job runner of MLflow's may wait for long; nothing is asked of this server any more.
            if (try? await child.exitCode(within: 15)) == nil { child.signal(SIGKILL) }
        }

        private static func freePort() throws -> Int {
            let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            defer { close(socket) }
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let code = withUnsafeMutablePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(socket, $0, length) == 0 ? getsockname(socket, $0, &length) : -1
                }
            }
            guard code == 0 else { throw SystemTestError("no free port: \(errno)") }
            return Int(UInt16(bigEndian: address.sin_port))
        }
    }

    private func script(_ name: String, _ arguments: [String], _ environment: [String: String] = [:]) async throws {
        let quiet = ["MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"]
        let child = try ChildProcess(
            Self.python,
            ["Tests/Wire/" + name] + arguments,
            environment: quiet.merging(environment) { $1 }
        )
        let code = try await child.exitCode(within: 240)
        #expect(code == 0, "\(name): \(child.output)\n\(child.errors.suffix(4000))")
    }

    private func command(_ source: String, into server: ServerProcess, _ more: [String] = []) throws -> ChildProcess {
        try ChildProcess(
            try Checkout.binary(),
            ["import", "mlflow", source, "--json"] + more,
            environment: ["SLIPWAY_URL": "http://127.0.0.1:\(server.port)"]
        )
    }

    @Test
    func `all that a real MLflow server holds comes over, by its API and by its file, and stopping loses nothing`()
        async throws
    {
        try #require(FileManager.default.isExecutableFile(atPath: Self.python), "run `make setup`")
        let peer = try await Peer()
        do {
            try await script("import_fill.py", [], ["MLFLOW_TRACKING_URI": peer.url])
            try await withServer { first in
                // Stopped in the middle; what came before the signal may be anything from nothing to all.
                let stopped = try command(peer.url, into: first)
                try await Task.sleep(for: .milliseconds(300))
                stopped.signal(SIGINT)
                let code = try await stopped.exitCode()
                #expect(code == 0 || (code == 1 && stopped.errors.contains("run the same command again")))
                let rest = try command(peer.url, into: first)
                #expect(try await rest.exitCode(within: 120) == 0, "\(rest.output)\(rest.errors)")
                try await script("import_compare.py", [peer.url, "http://127.0.0.1:\(first.port)"])
                let again = try command(peer.url, into: first)
                #expect(try await again.exitCode(within: 120) == 0, "\(again.output)\(again.errors)")
                let kinds = try JSONValue(parsing: Array(again.output.utf8))["kinds"]
                for kind in ["run", "point", "file", "version", "trace"] {
                    #expect((kinds?[kind]?["moved"]?.integer ?? 0) == 0, "\(kind): \(again.output)")
                }
            }
            let before = try Data(contentsOf: URL(fileURLWithPath: peer.database))
            try await withServer { second in
                let moved = try command(peer.database, into: second)
                #expect(try await moved.exitCode(within: 120) == 0, "\(moved.output)\(moved.errors)")
                try await script("import_compare.py", [peer.url, "http://127.0.0.1:\(second.port)"])
            }
            #expect(try Data(contentsOf: URL(fileURLWithPath: peer.database)) == before, "the file was changed")
        } catch {
            try await peer.stop()
            throw error
        }
        try await peer.stop()
    }

    @Test func `a source that is none is refused in one sentence`() async throws {
        let folder = try TemporaryFolder()
        let file = folder.path + "/notes.txt"
        try Data("no database".utf8).write(to: URL(fileURLWithPath: file))
        for (source, word) in [
            ("postgresql://user:pw@host/db", "server"), ("/no/such/file.db", "cannot read"), (file, "SQLite"),
            ("http://127.0.0.1:1", "Slipway"), ("ftp://host/x", "server"),
        ] {
            let child = try ChildProcess(
                try Checkout.binary(),
                ["import", "mlflow", source],
                environment: ["SLIPWAY_URL": "http://127.0.0.1:1"]
            )
            #expect(try await child.exitCode(within: 30) == 1)
            let text = child.errors
            #expect(text.hasPrefix("Error: ") && !text.contains("pw@"), "\(source): \(text)")
            #expect(text.contains(word) || text.contains("no answer"), "\(source): \(text)")
        }
    }
}
