import ArgumentParser
import SlipwayDomain

/// What the commands that steer a release share.
protocol ReleaseCommand: AsyncParsableCommand {
    static var verb: String { get }
    var release: String { get }
    var reason: String? { get }
    var output: OutputOptions { get }
}

extension ReleaseCommand {
    var reason: String? { nil }

    func run() async throws {
        let body: JSONValue = reason.map { ["reason": .string($0)] } ?? [:]
        let answer = try await Client().post("/releases/\(release.urlPart)/\(Self.verb)", body)
        if output.json { return try say(json: answer) }
        say(answer["explanation"]?.string ?? "")
    }
}

struct Pause: ReleaseCommand {
    static let verb = "pause"
    static let configuration = CommandConfiguration(
        commandName: verb,
        abstract: "Stop a release where it is; a proven failure still rolls it back.",
        discussion: "Example: slipway pause 013dd1ac…"
    )

    @Argument(help: "The release's id, as `slipway status MODEL` shows it.")
    var release: String

    @OptionGroup var output: OutputOptions
}

struct Resume: ReleaseCommand {
    static let verb = "resume"
    static let configuration = CommandConfiguration(
        commandName: verb,
        abstract: "Let a paused release go on.",
        discussion: "Example: slipway resume 013dd1ac…"
    )

    @Argument(help: "The release's id, as `slipway status MODEL` shows it.")
    var release: String

    @OptionGroup var output: OutputOptions
}

struct Promote: ReleaseCommand {
    static let verb = "promote"
    static let configuration = CommandConfiguration(
        commandName: verb,
        abstract: "Skip what is left of the analysis and give the version all traffic.",
        discussion: "Example: slipway promote 013dd1ac…"
    )

    @Argument(help: "The release's id, as `slipway status MODEL` shows it.")
    var release: String

    @OptionGroup var output: OutputOptions
}

struct Abort: ReleaseCommand {
    static let verb = "abort"
    static let configuration = CommandConfiguration(
        commandName: verb,
        abstract: "Call a release off; all traffic goes back to the stable version.",
        discussion: "Example: slipway abort 013dd1ac… --reason 'wrong file'"
    )

    @Argument(help: "The release's id, as `slipway status MODEL` shows it.")
    var release: String

    @Option(help: "Why, for whoever reads it later.")
    var reason: String?

    @OptionGroup var output: OutputOptions
}

struct Rollback: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollback",
        abstract: "Take a model's traffic back to the version before, at once.",
        discussion: """
            Ends the release under way, or returns to the version that served before. Safe to press twice.

            Example: slipway rollback flight-delay --reason 'complaints from the gates'
            """
    )

    @Argument(help: "The model's name.")
    var model: String

    @Option(help: "Why, for whoever reads it later.")
    var reason: String?

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let client = Client()
        let body: JSONValue = reason.map { ["reason": .string($0)] } ?? [:]
        let answer = try await client.post("/models/\(model.urlPart)/rollback", body)
        let release = answer["release"]?.string ?? ""
        let end = try await ReleaseWatch(client: client, release: release, quiet: output.json).follow()
        if output.json { try say(json: end) }
    }
}
