import ArgumentParser
import SlipwayDomain

/// What the commands that steer a release share.
protocol ReleaseCommand: AsyncParsableCommand {
    static var verb: String { get }
    var release: ReleaseName { get }
    var reason: String? { get }
    var output: OutputOptions { get }
}

extension ReleaseCommand {
    var reason: String? { nil }

    func run() async throws {
        let body: JSONValue = reason.map { ["reason": .string($0)] } ?? [:]
        let client = Client()
        let answer = try await client.post("/releases/\(release.id(.underWay, client))/\(Self.verb)", body)
        if output.json { return try say(json: answer) }
        say(answer["explanation"]?.string ?? "")
    }
}

struct Pause: ReleaseCommand {
    static let verb = "pause"
    static let configuration = CommandConfiguration(
        commandName: verb,
        abstract: "Stop a release where it is; a proven failure still rolls it back.",
        discussion: "Example: slipway pause flight-delay"
    )

    @Argument(help: "The model whose release is under way, or the release's id.")
    var release: ReleaseName

    @OptionGroup var output: OutputOptions
}

struct Resume: ReleaseCommand {
    static let verb = "resume"
    static let configuration = CommandConfiguration(
        commandName: verb,
        abstract: "Let a paused release go on.",
        discussion: "Example: slipway resume flight-delay"
    )

    @Argument(help: "The model whose release is under way, or the release's id.")
    var release: ReleaseName

    @OptionGroup var output: OutputOptions
}

struct Promote: ReleaseCommand {
    static let verb = "promote"
    static let configuration = CommandConfiguration(
        commandName: verb,
        abstract: "Skip what is left of the analysis and give the version all traffic.",
        discussion: "Example: slipway promote flight-delay"
    )

    @Argument(help: "The model whose release is under way, or the release's id.")
    var release: ReleaseName

    @OptionGroup var output: OutputOptions
}

struct Abort: ReleaseCommand {
    static let verb = "abort"
    static let configuration = CommandConfiguration(
        commandName: verb,
        abstract: "Call a release off; all traffic goes back to the stable version.",
        discussion: "Example: slipway abort flight-delay --reason 'wrong file'"
    )

    @Argument(help: "The model whose release is under way, or the release's id.")
    var release: ReleaseName

    @Option(help: "Why, for whoever reads it later.")
    var reason: String?

    @OptionGroup var output: OutputOptions
}

struct Rollback: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollback",
        abstract: "Take a model's traffic back to the version before, at once.",
        discussion: """
            Ends the release under way, or returns to the version that served before. Safe to press twice: a release \
            that ended in the last ten minutes is the one that is meant. --from leaves the version that it went back \
            to, too.

            Examples:
              slipway rollback flight-delay --reason 'complaints from the gates'
              slipway rollback flight-delay --from 6
            """
    )

    @Argument(help: "The model's name.")
    var model: String

    @Option(help: "The version to leave, whatever was rolled back before; nothing happens when it serves no more.")
    var from: Int?

    @Option(help: "Why, for whoever reads it later.")
    var reason: String?

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let client = Client()
        var body: [String: JSONValue] = [:]
        if let reason { body["reason"] = .string(reason) }
        if let from { body["from"] = .integer(Int64(from)) }
        let answer = try await client.post("/models/\(model.urlPart)/rollback", .object(body))
        let release = answer["release"]?.string ?? ""
        let end = try await ReleaseWatch(client: client, release: release, quiet: output.json).follow()
        if output.json { return try say(json: end) }
        if end["outcome"]?.string == "rolledBack", let stable = end["plan"]?["stable"]?.integer {
            say("To leave version \(stable) too: slipway rollback \(model) --from \(stable)")
        }
    }
}
