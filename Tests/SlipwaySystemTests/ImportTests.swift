import Foundation
import Glibc
import SlipwayDomain
import Testing

/// Coming over from real MLflow servers, by their API and by their database files, compared run by run with the clients
/// of their versions.
@Suite struct ImportTests {
    private func command(
        _ source: String,
        into server: ServerProcess,
        _ more: [String] = ["--json"],
        _ environment: [String: String] = [:]
    ) throws -> ChildProcess {
        try ChildProcess(
            try Checkout.binary(),
            ["import", "mlflow", source] + more,
            environment: ["SLIPWAY_URL": "http://127.0.0.1:\(server.port)"].merging(environment) { $1 }
        )
    }

    /// Imports all of it, and gives what was told at the end.
    @discardableResult
    private func moved(_ source: String, into server: ServerProcess, _ more: [String] = []) async throws -> JSONValue {
        let child = try command(source, into: server, ["--json"] + more)
        #expect(try await child.exitCode(within: 180) == 0, "\(child.output)\(child.errors)")
        return try JSONValue(parsing: Array(child.output.utf8))
    }

    private func compare(_ peer: MLflowPeer, _ there: String, _ server: ServerProcess, _ more: [String] = [])
        async throws
    { try await peer.script("import_compare.py", [there, "http://127.0.0.1:\(server.port)"] + more) }

    private static func now() -> Int64 { Int64(Date().timeIntervalSince1970 * 1000) }

    @Test
    func `all that a real MLflow server holds comes over, by its API and by its file, and stopping loses nothing`()
        async throws
    {
        try #require(FileManager.default.isExecutableFile(atPath: MLflowPeer.newest), "run `make setup`")
        try await withPeer(try await MLflowPeer()) { peer in
            try await peer.script("import_fill.py", [], ["MLFLOW_TRACKING_URI": peer.url])
            try await withServer { first in
                // Stopped in the middle; what came before the signal may be anything from nothing to all.
                let stopped = try command(peer.url, into: first)
                try await Task.sleep(for: .milliseconds(300))
                stopped.signal(SIGINT)
                let code = try await stopped.exitCode()
                #expect(code == 0 || (code == 1 && stopped.errors.contains("run the same command again")))
                try await moved(peer.url, into: first)
                try await compare(peer, peer.url, first)
                let again = try await moved(peer.url, into: first)
                for kind in ["run", "point", "file", "version", "trace"] {
                    #expect((again["kinds"]?[kind]?["moved"]?.integer ?? 0) == 0, "\(kind): \(again)")
                }
                try await expectChangesStand(peer)
                try await expectFileComesOver(peer)
                try await expectNewsComeAlone(peer, beside: first)
            }
        }
    }

    private static let models = "/api/2.0/mlflow/registered-models/"

    private func describe(_ model: JSONValue, as text: JSONValue, on server: ServerProcess) async throws {
        try await server.http.demand(
            "PATCH",
            Self.models + "update",
            .bytes(CanonicalJSON.bytes(of: ["name": model, "description": text]))
        )
    }

    private func description(of model: String, on server: ServerProcess) async throws -> String? {
        try await server.http.get(Self.models + "get?name=\(model)").json?["registered_model"]?["description"]?.string
    }

    /// What people change here stays as long as it does not change there, unless `--recheck` asks for what is there.
    private func expectChangesStand(_ peer: MLflowPeer) async throws {
        try await withServer { server in
            try await moved(peer.url, into: server)
            try await describe("empty model", as: "told here", on: server)
            for (more, text) in [([], "told here"), (["--recheck"], "nothing in it")] {
                try await moved(peer.url, into: server, more)
                #expect(try await description(of: "empty%20model", on: server) == text)
            }
        }
    }

    private func expectFileComesOver(_ peer: MLflowPeer) async throws {
        let before = try Data(contentsOf: URL(fileURLWithPath: peer.database))
        try await withServer { server in
            let told = try command(peer.database, into: server, [])
            #expect(try await told.exitCode(within: 180) == 0, "\(told.output)\(told.errors)")
            // The table for people.
            #expect(told.output.contains(#/ +moved +already +not moved\n/#), "\(told.output)")
            #expect(told.output.contains(#/\nmetric points +2,\d{3} +- +-\n/#), "\(told.output)")
            #expect(told.output.contains("finished after"), "\(told.output)")
            try await compare(peer, peer.url, server)
        }
        #expect(try Data(contentsOf: URL(fileURLWithPath: peer.database)) == before, "the file was changed")
    }

    /// The team goes on working over there: `--since` brings what is new and what it needs, and a run without it the rest.
    private func expectNewsComeAlone(_ peer: MLflowPeer, beside first: ServerProcess) async throws {
        try await Task.sleep(for: .milliseconds(20))
        let time = Self.now()
        try await Task.sleep(for: .milliseconds(20))
        try await peer.script("import_fill.py", ["later"], ["MLFLOW_TRACKING_URI": peer.url])
        let since = ["--since", "\(Instant(milliseconds: time))"]
        for source in [peer.url, peer.database] {
            try await withServer { server in
                try await moved(source, into: server, since)
                try await compare(peer, peer.url, server, ["\(time)"])
                let again = try await moved(source, into: server, since)
                #expect((again["kinds"]?["run"]?["moved"]?.integer ?? 0) == 0, "\(again)")
                try await moved(source, into: server)
                try await compare(peer, peer.url, server)
            }
        }
        let news = try await moved(peer.url, into: first)
        #expect(news["kinds"]?["run"]?["moved"]?.integer == 1, "\(news)")
        try await compare(peer, peer.url, first)
    }

    @Test func `a server of MLflow 2 that asks for a password comes over with its traces, and its file too`()
        async throws
    {
        try #require(FileManager.default.isExecutableFile(atPath: MLflowPeer.old), "run `make setup`")
        let (user, password) = ("admin", "p@ss:word/1234")
        let settings = try TemporaryFolder()
        let file = settings.path + "/auth.ini"
        try """
        [mlflow]
        default_permission = READ
        database_uri = sqlite:///\(settings.path)/auth.db
        admin_username = \(user)
        admin_password = \(password)
        authorization_function = mlflow.server.auth:authenticate_request_basic_auth
        """.write(toFile: file, atomically: true, encoding: .utf8)
        let guarded = try await MLflowPeer(
            MLflowPeer.old,
            ["--app-name", "basic-auth"],
            environment: ["MLFLOW_AUTH_CONFIG_PATH": file, "MLFLOW_FLASK_SERVER_SECRET_KEY": "for this test only"]
        )
        try await withPeer(guarded) { peer in
            let named = ["MLFLOW_TRACKING_USERNAME": user, "MLFLOW_TRACKING_PASSWORD": password]
            try await peer.script("import_fill.py", [], named.merging(["MLFLOW_TRACKING_URI": peer.url]) { $1 })
            let inside = "p%40ss%3Aword%2F1234"
            let known = peer.url.replacing("http://", with: "http://\(user):\(inside)@")
            try await withServer { server in
                for (source, environment) in [
                    (peer.url, [:]), (peer.url.replacing("http://", with: "http://\(user):wrong@"), [:]),
                    (peer.url, ["MLFLOW_TRACKING_TOKEN": "wrong"]),
                ] {
                    let refused = try command(source, into: server, [], environment)
                    #expect(try await refused.exitCode() == 1)
                    #expect(refused.errors.contains("MLFLOW_TRACKING_USERNAME"), "\(refused.errors)")
                    #expect(!refused.errors.contains("wrong"), "\(refused.errors)")
                }
                // What did not come within the URL comes out of the environment.
                let first = try command(peer.url, into: server, ["--json"], named)
                #expect(try await first.exitCode(within: 180) == 0, "\(first.output)\(first.errors)")
                let again = try await moved(known, into: server)
                #expect((again["kinds"]?["trace"]?["moved"]?.integer ?? 0) == 0, "\(again)")
                try await compare(peer, known, server)
                let told = try await server.http.get(RawHTTP.native + "/ledger/entries?limit=1000").text
                #expect(told.contains(peer.url) && !told.contains(password) && !told.contains(inside))
            }
            try await withServer { server in
                try await moved(peer.database, into: server)
                try await compare(peer, known, server)
            }
        }
    }

    @Test func `a source that is none is refused in one sentence`() async throws {
        let folder = try TemporaryFolder()
        let file = folder.path + "/notes.txt"
        try Data("no database".utf8).write(to: URL(fileURLWithPath: file))
        for (source, word) in [
            ("postgresql://user:pw@host/db", "server"), ("/no/such/file.db", "cannot read"), (file, "SQLite"),
            ("127.0.0.1:5000", "begins with http://"), (folder.path, "mlflow server --backend-store-uri"),
            ("http://127.0.0.1:1", "Slipway"), ("http://127.0.0.1:2", "import into"), ("ftp://host/x", "server"),
        ] {
            let child = try ChildProcess(
                try Checkout.binary(),
                ["import", "mlflow", source],
                environment: ["SLIPWAY_URL": "http://127.0.0.1:2"]
            )
            #expect(try await child.exitCode(within: 30) == 1)
            let text = child.errors
            #expect(text.hasPrefix("Error: ") && !text.contains("pw@"), "\(source): \(text)")
            #expect(text.contains(word) || text.contains("no answer"), "\(source): \(text)")
        }
    }
}
