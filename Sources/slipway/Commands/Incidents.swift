import ArgumentParser
import SlipwayDomain

struct Incidents: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "incidents",
        abstract: "List incidents, close one, or say whether it was worth waking for.",
        discussion: """
            Examples:
              slipway incidents --model flight-delay
              slipway incidents --resolve 013dd1ac…
              slipway incidents mark 013dd1ac… actionable --note "the feed sent kilometres"
            """,
        subcommands: [IncidentList.self, IncidentMark.self],
        defaultSubcommand: IncidentList.self
    )
}

struct IncidentList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List incidents, or close one.",
        discussion: "Example: slipway incidents --model flight-delay"
    )

    @Option(help: "Only of this model.")
    var model: String?

    @Option(help: "Close this incident: behaviour is safe again.")
    var resolve: String?

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let client = Client()
        if let resolve {
            let id = try await Self.id(resolve, client)
            let answer = try await client.post("/incidents/\(id.urlPart)/resolve")
            return output.json ? try say(json: answer) : say("resolved \(id)")
        }
        let answer = try await client.get("/incidents" + (model.map { "?model=\($0.urlPart)" } ?? ""))
        if output.json { return try say(json: answer) }
        let incidents = answer["incidents"]?.array ?? []
        if incidents.isEmpty { say("no incidents") }
        for incident in incidents { Self.print(incident) }
    }

    /// The whole id of an incident that is written out or begun.
    static func id(_ text: String, _ client: Client) async throws -> String {
        let all = try await client.get("/incidents")["incidents"]?.array ?? []
        return try ShortenedID.whole(text, among: all.compactMap { $0["incident"]?.string }) ?? text
    }

    static func print(_ incident: JSONValue) {
        let state = incident["resolvedAt"]?.string.map { "resolved \($0)" } ?? "OPEN"
        say("\(incident["incident"]?.string ?? "")  \(state)")
        say("  \(incident["summary"]?.string ?? "")")
        say(
            "  owner \(incident["owner"]?.string ?? "?"), runbook \(incident["runbook"]?.string ?? "none"), "
                + "began \(incident["startedAt"]?.string ?? "?"), opened \(incident["openedAt"]?.string ?? "?")"
        )
        if let outcome = incident["outcome"]?.string {
            say("  marked \(outcome) by \(incident["outcomeBy"]?.string ?? "?")")
        }
        for column in incident["columns"]?.array ?? [] {
            let (name, sentence) = (column["name"]?.string ?? "", column["sentence"]?.string ?? "")
            say("  - " + (sentence.hasPrefix(name) ? sentence : "\(name): \(sentence)"))
        }
    }
}

/// The answer to "was it worth waking for?".
enum MarkArgument: String, ExpressibleByArgument, CaseIterable {
    case actionable, noise
}

struct IncidentMark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mark",
        abstract: "Say whether an incident was worth waking for; alert precision in the scorecard is counted from it.",
        discussion: """
            Actionable: it led to a change, such as a fix, a rollback, a retraining or another threshold. Noise: \
            nothing had to be done. A second mark replaces the first; the ledger keeps both.

            Example: slipway incidents mark 013dd1ac… noise --note "a holiday"
            """
    )

    @Argument(help: "The incident.")
    var incident: String

    @Argument(help: "What became of it.")
    var outcome: MarkArgument

    @Option(help: "Why, in a sentence or a link.")
    var note: String?

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let client = Client()
        let id = try await IncidentList.id(incident, client)
        let answer = try await client.post(
            "/incidents/\(id.urlPart)/mark",
            ["outcome": .string(outcome.rawValue), "note": note.map(JSONValue.string) ?? .null]
        )
        output.json ? try say(json: answer) : say("marked \(id) \(outcome.rawValue)")
    }
}
