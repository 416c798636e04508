import ArgumentParser
import Foundation
import SlipwayContract
import SlipwayDomain
import SlipwayTabular

struct ContractCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "contract",
        abstract: "Write, compare and import data contracts.",
        subcommands: [Infer.self, Diff.self, ImportSuite.self]
    )

    struct Infer: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "infer",
            abstract: "Write a first contract out of data, each promise with its reason.",
            discussion: """
                Works with no server. Ranges are wide on purpose: only another unit or a broken
                source leaves them. Read the file and correct it before you check it in.

                Example: slipway contract infer train.parquet -o contract.yaml
                """
        )

        @Argument(help: "A file, a pattern of files in quotes, or postgresql://USER@HOST/DATABASE?table=NAME.")
        var data: String

        @Option(name: .shortAndLong, help: "Write the contract here instead of to standard output.")
        var output: String?

        @Option(help: "The contract's id; without it, the file's name.")
        var id: String?

        @Option(help: "A SELECT whose answer is looked at, over the table data or in PostgreSQL.")
        var query: String?

        func run() async throws {
            let named = try await NamedData(data)
            let name = id ?? Self.name(of: data)
            let survey = ContractSurvey(data: named.path, shown: named.shown, query: query)
            let text = try await ScanProgress(data: named.path).during { try survey.text(id: name) }
            guard let output else { return say(String(text.dropLast())) }
            guard !FileManager.default.fileExists(atPath: output) else {
                throw CommandError(
                    "\(output) exists: name another file, and compare the two with `slipway contract diff`"
                )
            }
            try OutputFile.write(Data(text.utf8), to: output)
            say(
                "written to \(output); hold data against it: slipway validate \(data.withoutPasswords) --contract \(output)"
            )
        }

        /// The file's name without its ending, or the table's, as far as it is made of letters and digits.
        static func name(of data: String) -> String {
            let table =
                data.contains("://") ? URLComponents(string: data)?.queryItems?.first { $0.name == "table" } : nil
            let path = data.contains("://") ? table?.value?.replacing(".", with: "_") ?? "data" : data
            let file = path.split(separator: "/").last.map(String.init) ?? path
            let stem = file.split(separator: ".").first.map(String.init) ?? file
            let clean = String(stem.map { $0.isASCII && ($0.isLetter || $0.isNumber) || "-_".contains($0) ? $0 : "_" })
            return clean.isEmpty ? "data" : clean
        }
    }

    struct Diff: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "diff",
            abstract: "Name the breaking and the harmless changes between two contracts.",
            discussion: """
                A weaker promise breaks who relies on it; a stronger one is harmless to readers.
                Exits with 2 when a change is breaking.

                Example: slipway contract diff old/contract.yaml contract.yaml
                """
        )

        @Argument(help: "The contract as it was.")
        var before: String

        @Argument(help: "The contract as it is now.")
        var after: String

        @OptionGroup var output: OutputOptions

        func run() async throws {
            let diff = ContractDiff(from: try Contract(file: before), to: try Contract(file: after))
            if output.json {
                try say(json: try JSONValue(encoding: diff))
            } else {
                for change in diff.changes {
                    say(
                        "  \(change.effect == .breaking ? "BREAKING" : "harmless")  \(change.place): \(change.sentence)"
                    )
                }
                let breaking = diff.changes.count { $0.effect == .breaking }
                say(
                    diff.changes.isEmpty
                        ? "no changes" : "\(breaking) breaking, \(diff.changes.count - breaking) harmless"
                )
            }
            if diff.isBreaking { throw ExitCode.no }
        }
    }

    struct ImportSuite: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "import-gx",
            abstract: "Turn a suite of Great Expectations into a contract.",
            discussion: """
                What has no counterpart is listed on standard error, and the exit code is 2 then.

                Example: slipway contract import-gx suite.json -o contract.yaml
                """
        )

        @Argument(help: "The suite's JSON file.")
        var suite: String

        @Option(name: .shortAndLong, help: "Write the contract here instead of to standard output.")
        var output: String?

        @Option(help: "The table's name in the contract.")
        var table = "data"

        func run() async throws {
            guard let data = FileManager.default.contents(atPath: suite) else {
                throw CommandError("cannot read \(suite): is the path right?")
            }
            let imported = try ExpectationSuite(json: Array(data), table: table)
            var writer = ContractWriter()
            writer.preface = ["Imported from the Great Expectations suite \(suite)."]
            writer.preface += imported.untranslated.map { "Not translated: \($0.place): \($0.message)" }
            let text = writer.text(of: imported.contract)
            if let output {
                try OutputFile.write(Data(text.utf8), to: output, besides: [suite])
            } else {
                say(String(text.dropLast()))
            }
            for notice in imported.untranslated { whisper("not translated: \(notice.place): \(notice.message)") }
            whisper("\(imported.translated) expectations translated, \(imported.untranslated.count) not")
            if !imported.untranslated.isEmpty { throw ExitCode.no }
        }
    }
}

/// Looks at data for a first contract.
struct ContractSurvey: Sendable {
    let data: String
    /// What people call the data; nil for the name that they have.
    let shown: String?
    let query: String?

    func text(id: String) throws -> String {
        let table = try TabularEngine().open(file: data, query: query)
        let origin: DataColumn.Origin = table.isCSV ? .csv : .typed
        let columns = try table.columns().map { DataColumn(name: $0.name, type: $0.type, origin: origin) }
        var inference = ContractInference(columns: columns)
        guard let row = try table.rows(inference.statement).first else {
            throw CommandError("\(data) gave no answer")
        }
        inference.take(row.map { (number: $0.number, text: $0.text) })
        try inference.takeCloser(inference.closerStatements.flatMap { try table.rows($0).first?.map(\.text) ?? [] })
        let (contract, writer) = inference.contract(id: id, table: id, data: shown ?? table.name)
        return writer.text(of: contract)
    }
}
