import ArgumentParser
import Foundation
import SlipwayDomain

struct LedgerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ledger",
        abstract: "Verify, prove and export the ledger.",
        subcommands: [Verify.self, Prove.self, Export.self]
    )

    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "verify",
            abstract: "Check that nothing in the ledger was changed, removed, moved or slipped in.",
            discussion: "Exits with 2 when something was.\n\nExample: slipway ledger verify"
        )

        @OptionGroup var output: OutputOptions

        func run() async throws {
            let answer = try await Client().get("/ledger/verify")
            let isIntact = answer["intact"]?.bool == true
            if output.json {
                try say(json: answer)
            } else if isIntact {
                say(
                    "intact: \(answer["size"]?.integer ?? 0) entries, \(answer["signedSize"]?.integer ?? 0) of them signed"
                )
                say("root:   \(answer["root"]?.string ?? "")")
                say("key:    \(answer["key"]?.string ?? "")")
            } else {
                say("BROKEN:")
                for finding in answer["findings"]?.array ?? [] { say("  \(finding.string ?? "")") }
            }
            if !isIntact { throw ExitCode.no }
        }
    }

    struct Prove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "prove",
            abstract: "Print what proves to others, offline, that an entry is in the ledger.",
            discussion: "Example: slipway ledger prove 013dd1ac… > proof.json"
        )

        @Argument(help: "The entry's id.")
        var entry: String

        func run() async throws {
            try say(json: try await Client().get("/ledger/entries/\(entry.urlPart)/proof"))
        }
    }

    struct Export: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "export",
            abstract: "Print all entries, one CloudEvents object a line.",
            discussion: "Example: slipway ledger export | grep release.completed"
        )

        func run() async throws {
            for entry in try await Client().get("/ledger/entries")["entries"]?.array ?? [] { try say(json: entry) }
        }
    }
}

struct ScorecardCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scorecard",
        abstract: "Delivery and reliability KPIs, computed from the ledger.",
        discussion: "Example: slipway scorecard --from 2026-01-01 --to 2026-04-01"
    )

    @Option(help: "From this instant on; the ledger's beginning when not given.")
    var from: String?

    @Option(help: "Up to, not including, this instant; now when not given.")
    var to: String?

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let query = [("from", from), ("to", to)].compactMap { name, value in value.map { "\(name)=\($0.urlPart)" } }
        let answer = try await Client().get("/scorecard?" + query.joined(separator: "&"))
        if output.json { return try say(json: answer["scorecard"] ?? .null) }
        say(answer["text"]?.string ?? "")
    }
}
