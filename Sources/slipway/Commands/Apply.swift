import ArgumentParser
import Foundation
import SlipwayDomain

struct Apply: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make a manifest the one that holds for its model.",
        discussion: "Example: slipway apply examples/flight-delay/slipway.yaml"
    )

    @Argument(help: "The manifest, usually slipway.yaml beside the model's code.")
    var file: String

    @OptionGroup var output: OutputOptions

    func run() async throws {
        guard let data = FileManager.default.contents(atPath: file), let text = String(data: data, encoding: .utf8)
        else {
            throw CommandError("cannot read \(file) as UTF-8 text: is the path right?")
        }
        let answer = try await Client().upload("/manifests?file=\(file.urlPart)", text: text)
        if output.json { return try say(json: answer) }
        let (model, owner) = (answer["model"]?.string ?? "", answer["owner"]?.string ?? "")
        say("applied: \(model), tier \(answer["tier"]?.integer ?? 0), owned by \(owner)")
        say("digest:  \(answer["digest"]?.string ?? "")")
    }
}
