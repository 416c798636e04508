import ArgumentParser
import Foundation
import SlipwayDomain
import SlipwayLedger
import SlipwayRelease

struct ReleaseGroup: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "release",
        abstract: "What a release rests on: its evidence, computed again, and how long its steps take.",
        subcommands: [Explain.self, ReplayRelease.self, PlanRelease.self, Power.self]
    )

    struct Explain: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "explain",
            abstract: "Tell why a release went as it did: every step, rule, count, bound and verdict.",
            discussion: """
                Examples:
                  slipway release explain 013dd1ac…
                  slipway release explain 013dd1ac… --html release.html
                """
        )

        @Argument(help: "The release's id, as `slipway status MODEL` shows it.")
        var release: String

        @Option(help: "Write a page with the confidence sequences drawn against their limits to this file.")
        var html: String?

        @OptionGroup var output: OutputOptions

        func run() async throws {
            let answer = try await Client().get("/releases/\(release.urlPart)/explanation")
            if let html {
                try OutputFile.write(Data(ReleasePage(answer).html.utf8), to: html)
            }
            if output.json { return try say(json: answer) }
            for line in answer["text"]?.array ?? [] { say(line.string ?? "") }
            if let html { say("drawn in \(html)") }
        }
    }

    struct ReplayRelease: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "replay",
            abstract: "Compute every verdict of a release again from its record alone; equal byte for byte or not.",
            discussion: """
                Exits with 1 when a record is not what its own evidence gives. With --file no server is asked: the file
                holds ledger entries, one a line, as `slipway ledger export` prints them.

                Examples:
                  slipway release replay 013dd1ac…
                  slipway ledger export > ledger.jsonl; slipway release replay 013dd1ac… --file ledger.jsonl
                """
        )

        @Argument(help: "The release's id, as `slipway status MODEL` shows it.")
        var release: String

        @Option(help: "Ledger entries, one a line, instead of a server.")
        var file: String?

        @OptionGroup var output: OutputOptions

        func run() async throws {
            let answer: JSONValue
            if let file {
                answer = try Self.replay(release, file: file)
            } else {
                answer = try await Client().get("/releases/\(release.urlPart)/replay")
            }
            let isSame = answer["same"]?.bool == true
            if output.json {
                try say(json: answer)
            } else {
                for record in answer["records"]?.array ?? [] {
                    let same = record["same"]?.bool == true
                    say(
                        "\(record["at"]?.string ?? "")  \(record["type"]?.string ?? "")  entry "
                            + "\(record["entry"]?.string ?? ""): "
                            + (same ? "equal, \(record["recordedBytes"]?.integer ?? 0) bytes" : "NOT EQUAL")
                    )
                }
                for finding in answer["findings"]?.array ?? [] { say("  \(finding.string ?? "")") }
                let count = answer["records"]?.array?.count ?? 0
                say(isSame ? "\(count) of \(count) records are equal, byte for byte" : "NOT everything is equal")
            }
            if !isSame { throw ExitCode.failure }
        }

        private static func replay(_ release: String, file: String) throws -> JSONValue {
            guard let data = FileManager.default.contents(atPath: file) else {
                throw CommandError("cannot read \(file): is the path right?")
            }
            var facts: [ReleaseAccount.Fact] = []
            for (number, line) in data.split(separator: UInt8(ascii: "\n")).enumerated() {
                let entry: Entry
                do {
                    entry = try Entry(canonicalBytes: Array(line))
                } catch {
                    throw CommandError("line \(number + 1) of \(file) is no ledger entry: \(error)")
                }
                guard entry.subject == "releases/\(release)" else { continue }
                facts.append(
                    ReleaseAccount.Fact(
                        entry: entry.id,
                        name: entry.name,
                        at: entry.time,
                        actor: entry.actor,
                        data: entry.data
                    )
                )
            }
            guard let account = ReleaseAccount(ReleaseID(release), facts: facts) else {
                throw CommandError("\(file) has no beginning of release \(release): was all of the ledger exported?")
            }
            return account.replayJSON
        }
    }
}
