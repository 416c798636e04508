import ArgumentParser
import Foundation
import SlipwayDomain
import SlipwayService

extension UpstreamDeclaration.Dialect: ExpressibleByArgument {}

struct Declare: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "declare",
        abstract: "Write the file of a version that runs on another inference server.",
        discussion: """
            Asks the server what it says of the model and prints upstream.json. Log it as a version's only file, and \
            the version is checked, released and rolled back like one that runs here; the server needs \
            `--upstream-allow HOST:PORT`. For `mlflow models serve` the file is written by hand \
            (docs/adr/0022-upstreams.md).

            Example:
              slipway declare http://mlserver:8080 --model tiny > upstream.json
            """
    )

    @Argument(help: "The server's address.")
    var url: String

    @Option(help: "The model's name there.")
    var model: String

    @Option(help: "The version's name there; the server chooses when not given.")
    var modelVersion: String?

    @Option(name: .customLong("protocol"), help: "open-inference or open-inference-grpc.")
    var dialect = UpstreamDeclaration.Dialect.openInference

    @Option(
        help: ArgumentHelp(
            "Trust the authorities in this PEM file, too, when the server shows its certificate.",
            valueName: "FILE"
        )
    )
    var upstreamCA: String?

    private static let timeoutMilliseconds = 10_000

    func run() async throws {
        let upstream = try UpstreamDeclaration(asking: url, dialect: dialect, model: model, version: modelVersion)
        let transport = try UpstreamDialects(authorities: upstreamCA).transport(to: upstream)
        defer { transport.close() }
        let told: UpstreamDescription
        do throws(UpstreamFailure) {
            told = try await transport.describe(timeoutMilliseconds: Self.timeoutMilliseconds)
        } catch {
            throw CommandError("\(upstream.address): \(error.sentence)")
        }
        let bytes = try CanonicalJSON.bytes(of: try upstream.file(told))
        let object = try JSONSerialization.jsonObject(with: Data(bytes))
        let text = try JSONSerialization.data(
            withJSONObject: object,
            options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        )
        say(String(decoding: text, as: UTF8.self))
    }
}
