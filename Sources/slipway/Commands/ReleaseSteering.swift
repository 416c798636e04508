import ArgumentParser
import SlipwayDomain

struct Retry: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry",
        abstract: "Begin a release anew that was rolled back or called off.",
        discussion: """
            The same version is decided about again and released by the manifest as it is now. Exits with 2 when it \
            was denied.

            Example: slipway retry flight-delay
            """
    )

    @Argument(help: "The model whose newest release is meant, or the release's id.")
    var release: ReleaseName

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let client = Client()
        let answer = try await client.post("/releases/\(release.id(.newest, client))/retry", [:])
        guard Decided.isAllowed(answer), let release = answer["release"]?["release"]?.string else {
            try Decided.show(answer, json: output.json)
            throw ExitCode.no
        }
        if output.json { return try say(json: answer) }
        say("allowed by decision \(answer["entry"]?.string ?? ""); release \(release) began")
        say(answer["release"]?["explanation"]?.string ?? "")
    }
}

struct Freeze: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "freeze",
        abstract: "Stop every release of an environment where it is; rollbacks go on.",
        discussion: """
            Nothing begins and no share grows until `slipway thaw`. What is proven to be harmful is still rolled back.

            Example: slipway freeze production --reason 'month end'
            """
    )

    @Argument(help: "production")
    var environment: String

    @Option(help: "Why, for everybody whose release waits.")
    var reason: String

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let answer = try await Client().post(
            "/environments/\(environment.urlPart)/freeze",
            ["reason": .string(reason)]
        )
        if output.json { return try say(json: answer) }
        say("\(environment) is frozen: \(answer["reason"]?.string ?? "")")
    }
}

struct Thaw: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "thaw",
        abstract: "End the freeze of an environment; releases that waited go on.",
        discussion: "Example: slipway thaw production"
    )

    @Argument(help: "production")
    var environment: String

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let answer = try await Client().delete("/environments/\(environment.urlPart)/freeze")
        if output.json { return try say(json: answer) }
        say("\(environment) is no longer frozen (it was: \(answer["reason"]?.string ?? ""))")
    }
}
