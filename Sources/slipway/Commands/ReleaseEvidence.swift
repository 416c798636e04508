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
                  slipway release explain flight-delay
                  slipway release explain flight-delay --html release.html
                """
        )

        @Argument(help: "The model whose newest release is meant, or the release's id.")
        var release: ReleaseName

        @Option(help: "Write a page with the confidence sequences drawn against their limits to this file.")
        var html: String?

        @OptionGroup var output: OutputOptions

        func run() async throws {
            let client = Client()
            let answer = try await client.get("/releases/\(release.id(.newest, client))/explanation")
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
                Exits with 1 when a record is not what its own evidence gives. With --file no server is asked: the \
                file holds ledger entries, one a line, as `slipway ledger export` prints them.

                Examples:
                  slipway release replay flight-delay
                  slipway ledger export > ledger.jsonl
                  slipway release replay 013dd1ac… --file ledger.jsonl
                """
        )

        @Argument(help: "The model whose newest release is meant, or the release's id.")
        var release: ReleaseName

        @Option(help: "Ledger entries, one a line, instead of a server.")
        var file: String?

        @OptionGroup var output: OutputOptions

        func run() async throws {
            let answer: JSONValue
            if let file {
                guard release.isID else {
                    throw CommandError("--file asks no server, so it needs the release's id, not '\(release.text)'")
                }
                answer = try Self.replay(release.text, file: file)
            } else {
                let client = Client()
                answer = try await client.get("/releases/\(release.id(.newest, client))/replay")
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
