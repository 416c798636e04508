import ArgumentParser
import Foundation
import SlipwayDomain
import SlipwayPolicy

struct Apply: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply",
        abstract: "Make a manifest the one that holds for its model.",
        discussion: """
            The contract that it names is pinned with it: the digest of that file goes along, and only data that were \
            held against this very file count for the gate data.contract. Apply again after a change of either.

            Example:
              slipway apply examples/flight-delay/slipway.yaml
            """
    )

    @Argument(help: "The manifest, usually slipway.yaml beside the model's code.")
    var file: String

    @OptionGroup var output: OutputOptions

    func run() async throws {
        guard let data = FileManager.default.contents(atPath: file), let text = String(data: data, encoding: .utf8)
        else {
            throw CommandError("cannot read \(file) as UTF-8 text: is the path right?")
        }
        // What is wrong with the manifest is for the server to say.
        let spec = (try? Manifest(yaml: text, file: file))?.spec
        if let runbook = spec?.runbook { warn(ofRunbook: runbook) }
        let contract = try spec?.inputs.flatMap(contractDigest).map { "&contract=\($0.urlPart)" } ?? ""
        let answer = try await Client().upload("/manifests?file=\(file.urlPart)\(contract)", text: text)
        if output.json { return try say(json: answer) }
        let (model, owner) = (answer["model"]?.string ?? "", answer["owner"]?.string ?? "")
        say("applied: \(model), tier \(answer["tier"]?.integer ?? 0), owned by \(owner)")
        say("digest:  \(answer["digest"]?.string ?? "")")
        whisper(warnings: answer["warnings"])
    }

    /// Whoever is woken by an incident looks for this file.
    private func warn(ofRunbook runbook: String) {
        if !FileManager.default.fileExists(atPath: pathBeside(runbook)) {
            whisper("warning: the manifest names the runbook \(runbook), and there is no such file beside it: write it")
        }
    }

    /// Where a file lies that the manifest names.
    private func pathBeside(_ name: String) -> String {
        URL(fileURLWithPath: file).deletingLastPathComponent().appendingPathComponent(name).path
    }

    /// The digest of the contract's file beside the manifest; nil when the manifest pins one by itself and the file is
    /// elsewhere.
    private func contractDigest(_ inputs: Manifest.Inputs) throws -> String? {
        let path = pathBeside(inputs.contract)
        guard FileManager.default.isReadableFile(atPath: path) else {
            guard inputs.contractDigest == nil else { return nil }
            throw CommandError(
                "the manifest names the contract \(inputs.contract), and \(path) cannot be read: `slipway contract infer "
                    + "DATA` writes a first one"
            )
        }
        return try FileDigest.sha256(of: [path])
    }
}
