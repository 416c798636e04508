import Foundation
import SlipwayDomain
import Testing

@Suite struct CommandLineTests {
    /// Runs a command against a server, or against nobody.
    private func run(_ arguments: [String], port: Int? = nil) async throws -> (
        code: Int32, output: String, errors: String
    ) {
        let environment = port.map { ["SLIPWAY_URL": "http://127.0.0.1:\($0)"] } ?? [:]
        let child = try ChildProcess(try Checkout.binary(), arguments, environment: environment)
        return (try await child.exitCode(within: 20), child.output, child.errors)
    }

    @Test func `the help of every command is what was agreed on`() async throws {
        let dump = try await run(["--experimental-dump-help"])
        let root = try #require(JSONValue(parsing: Array(dump.output.utf8))["command"])
        let commands = Self.commands(root, [])
        #expect(commands.count > 25)
        for command in commands {
            let help = try await run(command + ["--help"])
            #expect(help.code == 0 && help.errors.isEmpty, "\(command): \(help.errors)")
            try expectGolden(help.output, (["slipway"] + command).joined(separator: "-") + ".txt")
        }
        let files = try FileManager.default.contentsOfDirectory(atPath: goldenFolder.path)
        let names = Set(commands.map { (["slipway"] + $0).joined(separator: "-") + ".txt" })
        #expect(Set(files).subtracting(names).isEmpty, "help of commands that are gone")
    }

    /// All commands under `node`, each as its words.
    private static func commands(_ node: JSONValue, _ words: [String]) -> [[String]] {
        let below = (node["subcommands"]?.array ?? []).compactMap { child -> (JSONValue, String)? in
            guard let name = child["commandName"]?.string, name != "help" else { return nil }
            return (child, name)
        }
        return [words] + below.flatMap { commands($0.0, words + [$0.1]) }
    }

    @Test func `0 is yes, 2 is no with the reasons, 1 is an error with one sentence`() async throws {
        try await withServer { server in
            try await server.http.makeTinyModel()
            let bad = try await server.http.register(Array("no model".utf8), as: "tiny", folder: "bad")
            let yes = try await run(["check", "tiny@1", "--to", "production"], port: server.port)
            #expect(yes.code == 0 && yes.output.contains("allowed"), "\(yes)")
            for verb in ["check", "ship"] {
                let no = try await run([verb, "tiny@\(bad)", "--to", "production"], port: server.port)
                #expect(no.code == 2 && no.errors.isEmpty, "\(no)")
                #expect(no.output.contains("denied") && no.output.contains("evaluation.present"), "\(no)")
            }
            for arguments in [
                ["check", "nobody@1"], ["ship", "nobody@1"], ["status", "nobody"], ["triage", "nobody"],
                ["rollback", "nobody"], ["promote", "nobody"], ["pause", "nobody"], ["approve", "nobody"],
                ["incidents", "--resolve", "nobody"], ["ledger", "prove", "nobody"], ["token", "revoke", "nobody"],
                ["apply", "/no/such/file"], ["evaluate", "tiny@1", "--data", "/no/such/file"],
                ["scorecard", "--from", "yesterday"], ["ship", "tiny@1", "--to", "staging"],
            ] {
                let error = try await run(arguments, port: server.port)
                #expect(error.code == 1, "\(arguments): \(error)")
                Self.expectOneSentence(error.errors, of: arguments)
                #expect(error.output.isEmpty, "\(arguments): \(error)")
            }
            let ship = try await run(["ship", "tiny@1", "--watch"], port: server.port)
            #expect(ship.code == 0 && ship.output.contains("has all traffic"), "\(ship)")
            #expect(try await run(["ledger", "verify"], port: server.port).code == 0)
        }
    }

    @Test func `wrong usage is an error like any other, and says which command was meant`() async throws {
        for (words, told) in [
            (["shp"], "Did you mean 'ship'?"), (["ledger", "verfy"], "Did you mean 'verify'?"),
            (["drift"], "Missing expected argument"), (["check", "postgres://a:s3cret@b/c"], "'postgres://a:***@b/c'"),
        ] {
            let error = try await run(words, port: 1)
            #expect(error.code == 1 && error.output.isEmpty && error.errors.contains(told), "\(words): \(error)")
        }
        let help = try await run(["help", "ship"], port: 1)
        #expect(help.code == 0 && help.errors.isEmpty && help.output.hasPrefix("OVERVIEW"), "\(help)")
    }

    @Test func `without a server a command says what to do`() async throws {
        // A port that was free a moment ago.
        let server = try await ServerProcess.start(in: TemporaryFolder())
        let port = server.port
        try await server.kill9()
        for arguments in [
            ["status"], ["check", "a@1"], ["ledger", "verify"], ["apply", "examples/flight-delay/slipway.yaml"],
        ] {
            let error = try await run(arguments, port: port)
            #expect(error.code == 1 && error.output.isEmpty, "\(error)")
            #expect(error.errors.contains("slipway up") && error.errors.contains("127.0.0.1:\(port)"), "\(error)")
            Self.expectOneSentence(error.errors, of: arguments)
        }
    }

    @Test func `reading commands print one JSON value for machines`() async throws {
        try await withServer { server in
            try await server.http.makeTinyModel()
            try await server.http.serveFirstVersion()
            for arguments in [
                ["status"], ["status", "tiny"], ["check", "tiny@2"], ["incidents"], ["scorecard"],
                ["ledger", "verify"],
                ["user", "list"],
            ] {
                let answer = try await run(arguments + ["--json"], port: server.port)
                #expect(answer.code == 0 && answer.errors.isEmpty, "\(arguments): \(answer)")
                #expect(answer.output.split(separator: "\n").count == 1, "\(arguments): \(answer)")
                let value = try? JSONValue(parsing: Array(answer.output.utf8))
                #expect(value?.object != nil || value?.array != nil, "\(arguments): \(answer)")
            }
            let export = try await run(["ledger", "export"], port: server.port)
            let lines = export.output.split(separator: "\n")
            #expect(lines.count > 8)
            for line in lines {
                let entry = try JSONValue(parsing: Array(line.utf8))
                #expect(entry["specversion"]?.string == "1.0" && entry["type"]?.string != nil, "\(line)")
            }
            let id = try #require(JSONValue(parsing: Array((lines.last ?? "").utf8))["id"]?.string)
            let proof = try await run(["ledger", "prove", id], port: server.port)
            #expect(proof.code == 0)
            #expect(try JSONValue(parsing: Array(proof.output.utf8)).object != nil)
        }
    }

    private static func expectOneSentence(_ text: String, of arguments: [String]) {
        let lines = text.split(separator: "\n")
        #expect(lines.count == 1 && text.hasPrefix("Error: ") && text.count < 400, "\(arguments): \(text)")
    }
}

private let goldenFolder = URL(fileURLWithPath: Checkout.root + "/Tests/SlipwaySystemTests/Golden")

/// Compares with a checked-in file; SLIPWAY_RECORD=1 writes it anew and fails, so that nobody records by accident.
private func expectGolden(_ actual: String, _ name: String) throws {
    let file = goldenFolder.appendingPathComponent(name)
    if ProcessInfo.processInfo.environment["SLIPWAY_RECORD"] == "1" {
        try actual.write(to: file, atomically: true, encoding: .utf8)
        Issue.record("recorded \(name): read the difference, then run again")
        return
    }
    guard FileManager.default.fileExists(atPath: file.path) else {
        Issue.record("Golden/\(name) is missing; SLIPWAY_RECORD=1 writes it")
        return
    }
    let expected = try String(contentsOf: file, encoding: .utf8)
    #expect(actual == expected, "Golden/\(name) differs; SLIPWAY_RECORD=1 rewrites it")
}
