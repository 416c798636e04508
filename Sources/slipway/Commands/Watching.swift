import ArgumentParser
import SlipwayDomain

struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "What serves, what is being released, and how it is doing; now or at any past instant.",
        discussion: """
            Examples:
              slipway status
              slipway status flight-delay --as-of 2013-05-01T12:00:00Z
            """
    )

    @Argument(help: "A model; all of them when not given.")
    var model: String?

    @Option(help: "A past instant: what was true then, by the ledger.")
    var asOf: String?

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let client = Client()
        let names: [String]
        if let model {
            names = [model]
        } else {
            names = (try await client.get("/models")["models"]?.array ?? []).compactMap(\.string)
        }
        let query = asOf.map { "?asOf=\($0.urlPart)" } ?? ""
        var reports: [JSONValue] = []
        for name in names { reports.append(try await client.get("/models/\(name.urlPart)\(query)")) }
        if output.json { return try say(json: .array(reports)) }
        if reports.isEmpty { say("no models yet: register one with mlflow, then `slipway apply slipway.yaml`") }
        for report in reports {
            // How a release stands is true now only.
            StatusText(report: report, progress: asOf == nil ? try await progress(of: report, client) : [:]).print()
        }
        // What is true now is no part of a past instant.
        if asOf == nil { Self.print(server: try await client.get("/clock")) }
    }

    /// How the releases stand that are under way, line by line, by their identifiers.
    private func progress(of report: JSONValue, _ client: Client) async throws -> [String: [String]] {
        var lines: [String: [String]] = [:]
        for release in report["releases"]?.array ?? [] where release["outcome"]?.string == nil {
            guard let id = release["release"]?.string else { continue }
            let state = try await client.get("/releases/\(id.urlPart)")
            lines[id] = (state["progress"]?.array ?? []).compactMap(\.string)
        }
        return lines
    }

    /// What became of the predictions of the server's process, and how the upstreams stand that it asks.
    private static func print(server: JSONValue) {
        for upstream in server["upstreams"]?.array ?? [] { print(upstream: upstream) }
        let (logged, dropped) = (server["loggedPredictions"]?.integer ?? 0, server["droppedPredictions"]?.integer ?? 0)
        guard logged > 0 || dropped > 0 else { return }
        let files = server["predictionFiles"]
        let lost = files?["lostRows"]?.integer ?? 0
        say(
            "server: \(logged) predictions logged since its start, \(dropped) dropped; "
                + "\(files?["rows"]?.integer ?? 0) rows in Parquet files" + (lost > 0 ? ", \(lost) rows lost" : "")
        )
    }
}

extension Status {
    /// One version that runs somewhere else.
    fileprivate static func print(upstream: JSONValue) {
        let name = "\(upstream["model"]?.string ?? "")@\(upstream["version"]?.integer ?? 0)"
        let place = "\(upstream["protocol"]?.string ?? "") \(upstream["address"]?.string ?? "")"
        let reason = upstream["reason"]?.string.map { ": \($0)" } ?? ""
        say("upstream: \(name) at \(place), circuit \(upstream["circuit"]?.string ?? "?")\(reason)")
    }
}

/// A model's report as text.
struct StatusText {
    let report: JSONValue
    /// How each release stands that is under way, by its identifier.
    let progress: [String: [String]]

    /// What the release under way takes of the traffic now.
    private var trial: String {
        let active = (report["releases"]?.array ?? []).last { $0["outcome"]?.string == nil }
        guard let active, let percent = active["steps"]?.array?.last?["percent"]?.integer, percent > 0 else {
            return ""
        }
        return
            ", and version \(active["version"]?.integer ?? 0) takes \(percent) % of the traffic in the release under way"
    }

    /// How a release ended, and whether a later rollback left its version again.
    private func outcome(of release: JSONValue, before later: ArraySlice<JSONValue>) -> String {
        switch release["outcome"]?.string {
        case nil: return "under way"
        case "rolledBack": return "rolled back"
        case "aborted": return "called off"
        case "promoted":
            let left = later.contains {
                $0["kind"]?.string == "rollback" && $0["outcome"]?.string == "promoted"
                    && $0["stable"]?.integer == release["version"]?.integer
            }
            return left ? "promoted, and left by a rollback since" : "promoted"
        case let other?: return other
        }
    }

    func print() {
        let meta = report["manifest"]?["metadata"]
        let releases = report["releases"]?.array ?? []
        let drill = report["drill"]?.bool == true ? "   (drill: not production)" : ""
        say("\(report["model"]?.string ?? "")\(drill)")
        say("  owner     \(meta?["owner"]?.string ?? "no manifest"), tier \(meta?["tier"]?.integer ?? 0)")
        if let serving = report["serving"], let version = serving["version"]?.integer {
            say("  serving   version \(version) since \(serving["since"]?.string ?? "")\(trial)")
        } else {
            say("  serving   nothing yet")
        }
        for version in report["versions"]?.array ?? [] {
            let auc = version["metrics"]?["roc_auc"]?.number.map { "roc_auc \($0.rounded(to: 4))" } ?? "not evaluated"
            say("  version   \(version["version"]?.integer ?? 0) by \(version["registeredBy"]?.string ?? "?"), \(auc)")
            if let request = version["waitsFor"]?.string {
                let people = (version["answeredBy"]?.array ?? []).compactMap(\.string).joined(separator: ", ")
                say(
                    people.isEmpty
                        ? "            waits for an approval: slipway approve \(request)"
                        : "            was answered by \(people) since it was asked about: ask again"
                )
            }
        }
        for (index, release) in releases.enumerated() {
            let outcome = outcome(of: release, before: releases[(index + 1)...])
            let reason = release["reason"]?.string.map { ": \($0)" } ?? ""
            let kind = release["kind"]?.string == "rollback" ? "back to version" : "version"
            say(
                "  release   \(release["release"]?.string ?? "") \(kind) \(release["version"]?.integer ?? 0) \(outcome)\(reason)"
            )
            for line in progress[release["release"]?.string ?? ""] ?? [] { say("            \(line)") }
        }
        if let week = report["performance"]?.array?.last {
            say("  live      \(week["sentence"]?.string ?? "")")
        }
        if let window = report["drift"]?.array?.last {
            say("  drift     \(window["sentence"]?.string ?? "")")
        }
        for incident in report["incidents"]?.array ?? [] where incident["resolvedAt"]?.string == nil {
            say("  incident  \(incident["incident"]?.string ?? "") open: \(incident["summary"]?.string ?? "")")
        }
    }
}

struct Triage: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "triage",
        abstract: "Rank what changed before a model's newest symptom, the likeliest cause first.",
        discussion: "Example: slipway triage flight-delay"
    )

    @Argument(help: "The model's name.")
    var model: String

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let answer = try await Client().get("/models/\(model.urlPart)/triage")
        if output.json { return try say(json: answer) }
        Self.print(answer)
    }

    static func print(_ answer: JSONValue) {
        if answer["incident"]?.string == nil {
            say("no incident is on record; what changed in the 30 days before \(answer["symptom"]?.string ?? ""):")
        } else {
            say("symptom: \(answer["summary"]?.string ?? ""), from \(answer["symptom"]?.string ?? "")")
        }
        let suspects = answer["suspects"]?.array ?? []
        if suspects.isEmpty { say("  nothing in the ledger changed in the 30 days before it") }
        for (index, suspect) in suspects.enumerated() {
            say(
                "  \(index + 1). \(suspect["title"]?.string ?? "")  (score \(suspect["score"]?.number?.rounded(to: 2) ?? ""))"
            )
            say("     \(suspect["reason"]?.string ?? "")")
            say("     try: \(suspect["command"]?.string ?? "")")
        }
    }
}
