import ArgumentParser
import SlipwayDomain

struct Ship: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Release a version: decide, then move traffic step by step, judged by evidence.",
        discussion: """
            The first version of a model gets all traffic at once; a later one goes through the manifest's steps and is
            promoted or rolled back by what is measured. Exits with 2 when it was denied or rolled back.

            Example: slipway ship flight-delay@2 --to production --watch
            """
    )

    @Argument(help: "MODEL@VERSION")
    var version: ModelVersionArgument

    @Option(name: .customLong("to"), help: "production is the only environment with an endpoint")
    var environment = "production"

    @Flag(help: "Stay until the release is over, and tell each step.")
    var watch = false

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let client = Client()
        let answer = try await client.post("\(version.path)/ship", ["environment": .string(environment)])
        guard Decided.isAllowed(answer), let release = answer["release"]?["release"]?.string else {
            try Decided.show(answer, json: output.json)
            throw ExitCode.no
        }
        if watch {
            let end = try await ReleaseWatch(client: client, release: release, quiet: output.json).follow()
            if output.json { try say(json: end) }
            if end["outcome"]?.string != "promoted" { throw ExitCode.no }
        } else if output.json {
            try say(json: answer)
        } else {
            say("allowed by decision \(answer["entry"]?.string ?? ""); release \(release) began")
            say(answer["release"]?["explanation"]?.string ?? "")
        }
    }
}

/// Follows a release until it is over.
struct ReleaseWatch {
    let client: Client
    let release: String
    let quiet: Bool

    private static let intervalMilliseconds: UInt64 = 200

    func follow() async throws -> JSONValue {
        var last = ""
        while true {
            let state = try await client.get("/releases/\(release)")
            let step = "\(state["phase"]?.string ?? "") \(state["candidatePercent"]?.integer ?? 0)"
            if step != last {
                last = step
                if !quiet { say("  \(state["explanation"]?.string ?? "")") }
            }
            if state["phase"]?.string == "finished" { return state }
            try await Task.sleep(nanoseconds: Self.intervalMilliseconds * 1_000_000)
        }
    }
}
