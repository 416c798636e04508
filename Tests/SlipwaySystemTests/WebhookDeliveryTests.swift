import Foundation
import Glibc
import SlipwayDomain
import Testing

/// Webhooks as receivers see them: over TLS, through power cuts, and behind a name that changes its address.
@Suite struct WebhookDeliveryTests {
    private static let created: JSONValue = [["entity": "REGISTERED_MODEL", "action": "CREATED"]]

    private static func webhook(_ url: String, _ http: RawHTTP) async throws -> String {
        let answer = try await http.post(
            RawHTTP.mlflow + "/webhooks",
            ["name": "w", "url": .string(url), "events": created, "secret": "a secret of 21 letters"]
        )
        guard let id = answer.json?["webhook"]?["webhook_id"]?.string else {
            throw SystemTestError("\(url): \(answer)")
        }
        return id
    }

    /// What a test delivery came to.
    private static func test(_ id: String, _ http: RawHTTP) async throws -> (success: Bool, text: String) {
        let answer = try await http.post(RawHTTP.mlflow + "/webhooks/\(id)/test")
        guard let result = answer.json?["result"] else { throw SystemTestError("\(answer)") }
        return (result["success"]?.bool ?? false, answer.text)
    }

    private static func create(_ model: String, _ http: RawHTTP) async throws -> Bool {
        try await http.post(RawHTTP.mlflow + "/registered-models/create", ["name": .string(model)]).isSuccess
    }

    // MARK: TLS

    @Test func `a receiver must show a certificate for its name, in date and of an authority that is trusted`()
        async throws
    {
        let folder = try TemporaryFolder()
        let receivers = try ChildProcess(
            Checkout.root + "/.venv/bin/python",
            ["Tests/Wire/tls_receivers.py", folder.path]
        )
        try await eventually { receivers.output.hasSuffix("\n") || !receivers.isRunning }
        let ports = try JSONValue(parsing: Array(receivers.output.utf8))
        func url(_ kind: String) throws -> String {
            let port = try #require(ports[kind]?.integer, "\(receivers.errors)")
            return "https://\(kind == "address" ? "127.0.0.1" : "localhost"):\(port)/hook"
        }
        let allowed = ["--webhook-allow-host", "localhost", "--webhook-allow-host", "127.0.0.1"]
        let trusted = allowed + ["--webhook-ca", folder.path + "/authority.pem"]
        let server = try await ServerProcess.start(in: folder, trusted)
        for kind in ["good", "address"] {
            let result = try await Self.test(try await Self.webhook(try url(kind), server.http), server.http)
            #expect(result.success, "\(kind): \(result.text)")
        }
        var expected = ["good", "address"]
        for kind in ["othername", "outdated", "early", "stranger", "alone"] {
            let result = try await Self.test(try await Self.webhook(try url(kind), server.http), server.http)
            #expect(!result.success && result.text.contains("certificate"), "\(kind): \(result.text)")
        }
        #expect(Self.received(folder).map(\.to) == expected)
        // Not only tests: what happens is told, too, to those whose certificates are good.
        #expect(try await Self.create("told", server.http))
        expected += expected
        try await eventually { Self.received(folder).count >= expected.count }
        try await pause(milliseconds: 1500)  // the others are tried again meanwhile
        #expect(Self.received(folder).map(\.to).sorted() == expected.sorted())
        let last = try #require(Self.received(folder).last)
        #expect(last.body["data"]?["name"]?.string == "told")
        #expect(last.headers["X-MLflow-Signature"]?.string?.hasPrefix("v1,") == true)
        #expect(try await server.terminate() == 0, "\(server.log)")
        // An authority that nobody told the server of is not trusted, not even for a host that is allowed.
        let unknowing = try await ServerProcess.start(in: folder, data: "other", allowed)
        let result = try await Self.test(try await Self.webhook(try url("good"), unknowing.http), unknowing.http)
        #expect(!result.success && result.text.contains("--webhook-ca"), "\(result.text)")
        #expect(Self.received(folder).count == expected.count)
        #expect(try await unknowing.terminate() == 0, "\(unknowing.log)")
        receivers.signal(SIGTERM)
    }

    @Test func `a file without certificates ends the start with one sentence`() async throws {
        let folder = try TemporaryFolder()
        let file = folder.path + "/notes.txt"
        try Data("no certificate".utf8).write(to: URL(fileURLWithPath: file))
        for path in [file, folder.path + "/missing.pem"] {
            let child = try ChildProcess(
                try Checkout.binary(),
                ["up", "--data", folder.path + "/data", "--port", "0", "--webhook-ca", path]
            )
            #expect(try await child.exitCode(within: 30) == 1)
            #expect(child.errors.hasPrefix("Error: --webhook-ca \(path)"), "\(child.errors)")
        }
    }

    private struct Received {
        let to: String
        let headers: JSONValue
        let body: JSONValue
    }

    private static func received(_ folder: TemporaryFolder) -> [Received] {
        let text = (try? String(contentsOfFile: folder.path + "/received", encoding: .utf8)) ?? ""  // none came yet
        return text.split(separator: "\n").compactMap { try? JSONValue(parsing: Array($0.utf8)) }.map {
            Received(to: $0["to"]?.string ?? "", headers: $0["headers"] ?? .null, body: $0["body"] ?? .null)
        }
    }

    // MARK: Power cuts

    @Test func `power cuts in the middle of deliveries lose none, and what comes again carries the same id`()
        async throws
    {
        let seed =
            ProcessInfo.processInfo.environment["SLIPWAY_SEED"].flatMap { UInt64($0) } ?? UInt64.random(in: 1...9999)
        print("WebhookDeliveryTests: SLIPWAY_SEED=\(seed)")
        var random = SeededGenerator(seed: seed)
        let receiver = try WebhookReceiver(milliseconds: 20)
        let folder = try TemporaryFolder()
        let options = ["--webhook-allow-host", "127.0.0.1:\(receiver.port)"]
        var server = try await ServerProcess.start(in: folder, options)
        for number in 0..<2 { _ = try await Self.webhook("http://127.0.0.1:\(receiver.port)/\(number)", server.http) }
        var told: [String] = []
        for cut in 0..<8 {
            let living = server
            // Models are made until the power goes; only what was acknowledged counts.
            let making = Task { () -> [String] in
                var made: [String] = []
                for number in 0..<200 {
                    let name = "m-\(cut)-\(number)"
                    guard (try? await Self.create(name, living.http)) == true else { break }
                    made.append(name)
                }
                return made
            }
            try await pause(milliseconds: Int.random(in: 150...900, using: &random))
            try await server.kill9()
            told += await making.value
            server = try await ServerProcess.start(in: folder, options)
        }
        #expect(told.count > 50)
        let names = Set(told)
        try await eventually(within: 120) { receiver.complete(names, hooks: 2) }
        for hook in ["/0", "/1"] {
            let heard = receiver.heard(at: hook)
            #expect(names.isSubset(of: heard.keys), "\(names.subtracting(heard.keys).sorted().prefix(5)) never came")
            for (name, ids) in heard { #expect(ids.count == 1, "\(hook) heard of \(name) under \(ids.count) ids") }
        }
        print("WebhookDeliveryTests: \(told.count) told, \(receiver.count) deliveries to 2 receivers over 8 power cuts")
        #expect(try await server.http.get(RawHTTP.native + "/ledger/verify").json?["intact"]?.bool == true)
        #expect(try await server.terminate() == 0, "\(server.log)")
    }

    // MARK: Rebinding

    @Test(.enabled(if: geteuid() == 0, "only root may give a process names of its own"))
    func `a name that was public when the webhook was made is not followed to this machine`() async throws {
        let folder = try TemporaryFolder()
        let canary = try CanaryListener()
        let hosts = folder.path + "/hosts"
        func resolve(_ addresses: [String]) throws {
            let lines =
                (["127.0.0.1 localhost"] + addresses.map { "\($0) rebind.example" }).joined(separator: "\n") + "\n"
            // In place: the server's process has this very file mounted.
            let file = try #require(FileHandle(forWritingAtPath: hosts))
            try file.truncate(atOffset: 0)
            try file.write(contentsOf: Data(lines.utf8))
            try file.close()
        }
        #expect(FileManager.default.createFile(atPath: hosts, contents: nil))
        try resolve(["93.184.216.34"])
        let shell = #"exec unshare -m bash -c 'mount --bind "$0" /etc/hosts && exec "$@"' '\#(hosts)' "$@""#
        let server = try await ServerProcess.start(in: folder, through: shell)
        let id = try await Self.webhook("https://rebind.example:\(canary.port)/", server.http)
        for addresses in [["127.0.0.1"], ["93.184.216.34", "127.0.0.1"], ["169.254.169.254"], ["::1"], ["fd00::1"]] {
            try resolve(addresses)
            let result = try await Self.test(id, server.http)
            #expect(!result.success && result.text.contains("not public"), "\(addresses): \(result.text)")
        }
        try resolve(["127.0.0.1"])
        #expect(try await Self.create("told", server.http))
        try await eventually {
            let entries = try await server.http.get(RawHTTP.native + "/ledger/entries").json?["entries"]?.array ?? []
            return entries.contains { $0["type"]?.string == "dev.slipway.delivery.failed" }
        }
        #expect(canary.connections == 0)
        #expect(try await server.terminate() == 0, "\(server.log)")
    }
}
