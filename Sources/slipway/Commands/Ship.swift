import ArgumentParser
import SlipwayDomain

struct Ship: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ship",
        abstract: "Release a version: decide, then move traffic step by step, judged by evidence.",
        discussion: """
            The first version of a model gets all traffic at once; a later one goes by the manifest's strategy \
            (canary, shadow, blue-green or ab) and is promoted or rolled back by what is measured. With --watch the \
            command says what a release waits for: `slipway resume`, `slipway approve` or `slipway thaw` lets it go \
            on.
            Exits with 2 when it was denied or rolled back.

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
        if !output.json {
            whisper(warnings: answer["decision"]?["warnings"])
            try await Self.tellPower(of: release, client)
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

    /// How long the steps will take, by the traffic that the endpoint has.
    private static func tellPower(of release: String, _ client: Client) async throws {
        do {
            let power = try await client.get("/releases/\(release.urlPart)/power")
            guard power["lines"]?.array?.isEmpty == false else { return }
            for line in power["text"]?.array ?? [] { say("  " + (line.string ?? "")) }
        } catch is CommandError {
            // The release goes on all the same: only the forecast is missing.
            say(
                "  the model had no traffic to tell by how long its steps take: `slipway release plan MODEL --rate 40` does "
                    + "for 40 requests/s"
            )
        }
    }
}

/// Follows a release until it is over.
struct ReleaseWatch {
    let client: Client
    let release: String
    let quiet: Bool

    private static let intervalMilliseconds: UInt64 = 200
    /// How often a step that goes on is told about.
    private static let looksBetweenNews = 50

    /// One line for a phase; the numbers come at the end, when they are final.
    private func line(_ state: JSONValue) -> String {
        guard state["phase"]?.string == "progressing", state["waiting"]?["kind"] == nil, let plan = state["plan"] else {
            return state["explanation"]?.string ?? ""
        }
        let step = (state["stepIndex"]?.integer ?? 0) + 1
        let time = state["enteredStepAt"]?.string?.prefix(19) ?? ""
        let percent = state["candidatePercent"]?.integer ?? 0
        let isCopied = percent == 0 && plan["strategy"]?.string == "shadow"
        return
            "\(time)  step \(step) of \(plan["steps"]?.array?.count ?? 0): version \(plan["candidate"]?.integer ?? 0) gets "
            + (isCopied ? "copies of requests, and none of the traffic" : "\(percent) % of the traffic")
    }

    /// What each step was decided by, as it stands in the ledger.
    private func tellVerdicts(_ state: JSONValue) async throws {
        let model = state["plan"]?["model"]?.string ?? ""
        let report = try await client.get("/models/\(model.urlPart)")
        let mine = report["releases"]?.array?.last { $0["release"]?.string == release }
        for analysis in mine?["analyses"]?.array ?? [] {
            say(
                "    step \((analysis["step"]?.integer ?? 0) + 1) was decided by (\(analysis["verdict"]?.string ?? "")):"
            )
            for metric in analysis["metrics"]?.array ?? [] { say("      " + (metric["sentence"]?.string ?? "")) }
        }
    }

    func follow() async throws -> JSONValue {
        var last = ""
        var looks = 0
        while true {
            let state = try await client.get("/releases/\(release)")
            let waiting = state["waiting"]?["kind"]?.string ?? ""
            let step =
                "\(state["phase"]?.string ?? "") \(state["stepIndex"]?.integer ?? 0) "
                + "\(state["candidatePercent"]?.integer ?? 0) \(waiting)"
            if step != last {
                if !quiet { say("  " + line(state)) }
                looks = 0
            } else if looks % Self.looksBetweenNews == Self.looksBetweenNews - 1, !quiet {
                for line in state["progress"]?.array ?? [] { say("      " + (line.string ?? "")) }
            }
            last = step
            looks += 1
            if state["phase"]?.string == "finished" {
                if !quiet { try await tellVerdicts(state) }
                return state
            }
            try await Task.sleep(nanoseconds: Self.intervalMilliseconds * 1_000_000)
        }
    }
}
