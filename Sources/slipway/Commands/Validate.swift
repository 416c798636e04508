import ArgumentParser
import Foundation
import SlipwayContract
import SlipwayDomain
import SlipwayPolicy
import SlipwayService
import SlipwayTabular

struct Validate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate",
        abstract: "Hold data against a contract: all rules in one scan.",
        discussion: """
            Works with no server: on CSV, Parquet or JSON lines, on several files by a pattern in quotes, and on \
            PostgreSQL. The contract is YAML of the Open Data Contract Standard 3.1; `slipway contract infer` writes a \
            first one. With --for the result is recorded as evidence of a version, where the gate data.contract looks \
            for it.
            Exits with 2 when a rule is broken, and with 1 when one could not be judged.

            Examples:
              slipway validate flights.parquet --contract contract.yaml
              slipway validate 'data/*.csv' --contract contract.yaml --html report.html
              slipway validate 'postgresql://me@host/db?table=t' --contract t.yaml
              slipway validate train.parquet --contract contract.yaml --for flight-delay@1
            """
    )

    @Argument(help: "A file, a pattern of files in quotes, or postgresql://USER@HOST/DATABASE?table=NAME.")
    var data: String

    @Option(help: "The contract's file.")
    var contract: String

    @Option(help: "The table of the contract, when it has several.")
    var table: String?

    @Option(help: "A SELECT whose answer is validated, over the table data or in PostgreSQL.")
    var query: String?

    @Option(name: .customLong("for"), help: "Record the result as evidence of MODEL@VERSION.")
    var version: ModelVersionArgument?

    @Option(help: "Judge freshness as of this instant instead of now.")
    var asOf: String?

    @Option(help: "Write a report with pictures here.")
    var html: String?

    @Option(help: "Write the result as JUnit XML here, for a build server.")
    var junit: String?

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let contract = try Contract(file: contract)
        let now = try judgedAt()
        let named = try await NamedData(data)
        let validation = Validation(
            contract: contract,
            tableName: table,
            data: named.path,
            shown: named.shown,
            query: query
        )
        let verdict = try await ScanProgress(data: named.path).during { try validation.run(now: now) }
        let inputs = [data, self.contract]
        if let html { try OutputFile.write(Data(ValidationPage(verdict).html.utf8), to: html, besides: inputs) }
        if let junit { try OutputFile.write(Data(JUnitReport(verdict).xml.utf8), to: junit, besides: inputs) }
        var entry: JSONValue?
        if let version {
            entry = try await Client().post(
                "\(version.path)/validations",
                try finding(verdict, files: TabularEngine.files(of: named.path).map(\.path))
            )
        }
        if output.json {
            try say(json: try JSONValue(encoding: verdict))
        } else {
            for line in verdict.lines { say(line) }
            if let version, let entry {
                say("recorded as evidence of \(version.text): \(entry["source"]?["entry"]?.string ?? "")")
            }
        }
        switch verdict.verdict {
        case .pass: return
        case .fail: throw ExitCode.no
        case .cannotTell: throw ExitCode.failure
        }
    }

    private func judgedAt() throws -> Instant {
        guard let asOf else { return Runtime.live().now() }
        guard let instant = Instant(asOf) else {
            throw CommandError("--as-of must be an instant such as 2026-03-03T12:00:00Z, not '\(asOf)'")
        }
        return instant
    }

    /// What the server keeps: the answer and what broke, with the digests of contract and data.
    private func finding(_ verdict: ContractVerdict, files: [String]) throws -> JSONValue {
        let broken = (verdict.failures + verdict.unknown).prefix(DataValidation.Finding.maxBroken)
        guard !files.isEmpty, query == nil else {
            throw CommandError("only whole files can be evidence: what a query gives has no digest to check it by")
        }
        let finding = DataValidation.Finding(
            contract: verdict.contract,
            contractVersion: verdict.contractVersion,
            contractDigest: try FileDigest.sha256(of: [contract]),
            dataset: verdict.data,
            datasetDigest: try FileDigest.sha256(of: files),
            rows: Int(verdict.rows),
            checks: verdict.checks.count,
            broken: broken.map { String("\($0.title): \($0.sentence)".prefix(400)) }
        )
        return try JSONValue(encoding: finding)
    }
}

extension Contract {
    /// Reads a contract's file.
    init(file path: String) throws {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw CommandError(
                "cannot read \(path): is the path right? `slipway contract infer DATA` writes a first contract"
            )
        }
        guard let text = String(validating: data, as: UTF8.self) else {
            throw CommandError("\(path) is not UTF-8 text")
        }
        try self.init(yaml: text, file: path)
    }
}

extension ContractVerdict {
    /// For the terminal: what broke with numbers and rows, what is not checked, and the answer.
    var lines: [String] {
        var lines: [String] = []
        for check in checks where check.verdict != .pass {
            let word = check.verdict == .cannotTell ? "????" : check.isWarning ? "warn" : "FAIL"
            lines.append("  \(word)  \(check.title)")
            lines.append("        \(check.sentence)")
            for example in check.examples {
                let file = example.file.map { " of \($0)" } ?? ""
                let times = example.count.map { ", \($0) times" } ?? ""
                lines.append(
                    "        row \(example.row)\(file): \(example.value.map { "'\($0)'" } ?? "no value")\(times)"
                )
            }
        }
        for notice in notChecked {
            lines.append("  not checked: \(notice.place), line \(notice.line): \(notice.message)")
        }
        lines.append(sentence)
        return lines
    }
}
