import Foundation
import SlipwayDomain

/// The story that the demo tells, step by step, each with what must come out of it.
struct Story: Sendable {
    let stage: Stage
    let port: Int

    private static let model = "flight-delay"
    private static let clock = "2013-04-01T00:00:00Z,500000"
    private static let tables = ".data/flight-delay"

    private var client: Client { Client(url: stage.url) }

    func tell() async throws {
        chapter("1. A server on an empty folder", "SQLite, local artifacts, loopback only, on a drill's clock.")
        say("$ slipway up --clock \(Self.clock)")
        try await stage.startServer(port: port, clock: Self.clock)
        say("listens on \(stage.url)")
        let people = try await makePeople()
        try await train(people)
        try await gateFirstVersion(people)
        try await releaseGoodVersion(people)
        try await catchBadVersion(people)
        try await showSummer()
        try await prove()
    }

    private struct People: Sendable {
        let alice: String
        let bob: String
    }

    private func chapter(_ title: String, _ text: String) {
        say("\n\u{2500}\u{2500} \(title) \(String(repeating: "\u{2500}", count: max(4, 76 - title.count)))")
        say(text)
    }

    private func makePeople() async throws -> People {
        say("\nAlice trains models, Bob approves them: two people with a token each.")
        say("$ slipway user create alice\n$ slipway user create bob")
        let alice = try await stage.answer(["user", "create", "alice"], as: nil)
        let bob = try await stage.answer(["user", "create", "bob"], as: alice)
        return People(alice: alice, bob: bob)
    }

    private func train(_ people: People) async throws {
        chapter(
            "2. A data scientist trains, with the unmodified mlflow client",
            "Will a flight from New York arrive over 15 minutes late? Trained on January to March 2013; the rest of the\n"
                + "year is the live stream. Version 3 carries a mistake that only live traffic can show."
        )
        say("$ MLFLOW_TRACKING_URI=\(stage.url) .venv/bin/python examples/flight-delay/train.py")
        try await stage.run(
            stage.project + "/.venv/bin/python",
            ["examples/flight-delay/train.py"],
            environment: [
                "MLFLOW_TRACKING_URI": stage.url, "MLFLOW_TRACKING_TOKEN": people.alice, "PYTHONUNBUFFERED": "1",
            ]
        )
    }

    private func gateFirstVersion(_ people: People) async throws {
        chapter(
            "3. Gates: no evidence, no production",
            "Tier 2 needs an evaluation, slices, a reference and four eyes."
        )
        let alice = people.alice
        try await stage.slipway(["apply", "examples/flight-delay/slipway.yaml"], as: alice)
        try await stage.slipway(["check", "\(Self.model)@1", "--to", "production"], as: alice, expect: 2)
        try await bringEvidence(version: 1, holdout: "holdout", reference: "train", alice)
        try await approve(version: 1, people)
        try await stage.slipway(["check", "\(Self.model)@1", "--to", "production"], as: alice)
        try await stage.slipway(["ship", "\(Self.model)@1", "--to", "production", "--watch"], as: alice)
    }

    private func releaseGoodVersion(_ people: People) async throws {
        chapter(
            "4. April and May go by as live traffic; version 2 is promoted by the evidence",
            "5, 25, 50, 100 %: errors, latency, and how often the two versions disagree on the same flight."
        )
        try await bringEvidence(version: 2, holdout: "holdout", reference: "train", people.alice)
        try await approve(version: 2, people)
        try await during(
            months: ["04", "05"],
            from: "2013-04-01",
            to: "2013-06-01",
            shipAt: "2013-04-03",
            people.alice
        ) {
            try await stage.slipway(["ship", "\(Self.model)@2", "--to", "production", "--watch"], as: people.alice)
        }
        chapter(
            "   June: version 3 passes its own evaluation, and is caught by live traffic",
            "Its holdout was made with the mistake that it was trained with, so the gates cannot see it."
        )
    }

    private func catchBadVersion(_ people: People) async throws {
        try await bringEvidence(version: 3, holdout: "holdout-v3", reference: "train-v3", people.alice)
        try await approve(version: 3, people)
        try await during(
            months: ["06", "07", "08", "09"],
            from: "2013-06-01",
            to: "2013-10-01",
            shipAt: "2013-06-02",
            people.alice
        ) {
            try await stage.slipway(
                ["ship", "\(Self.model)@3", "--to", "production", "--watch"],
                as: people.alice,
                expect: 2
            )
            let report = try await client.get("/models/\(Self.model)")
            try demand(
                report["releases"]?.array?.last?["outcome"]?.string == "rolledBack"
                    && report["serving"]?["version"]?.integer == 2,
                "version 3 must be rolled back and version 2 serve"
            )
        }
    }

    private func showSummer() async throws {
        chapter("5. The summer: drift, one incident, live quality from late labels", "")
        let report = try await settled()
        for week in report["performance"]?.array ?? [] {
            let value = week["value"]?.number?.rounded(to: 3) ?? "-"
            let bounds =
                "\(week["lower"]?.number?.rounded(to: 3) ?? "-") to \(week["upper"]?.number?.rounded(to: 3) ?? "-")"
            let from = week["window"]?["from"]?.string?.prefix(10) ?? ""
            say("  week of \(from)  live roc_auc \(value) (\(bounds))  \(week["verdict"]?.string ?? "")")
        }
        try demand((report["performance"]?.array?.count ?? 0) >= 20, "live quality must be known for 20 weeks or more")
        let drifts = (report["alerts"]?.array ?? []).filter { $0["kind"]?.string == "drift" }
        let columns = drifts.first?["columns"]?.array ?? []
        try demand(!columns.isEmpty, "a drift alert must name its columns")
        let incidents = report["incidents"]?.array ?? []
        try demand(incidents.count == 1, "one incident must open, not \(incidents.count)")
        try await stage.slipway(["incidents"], as: nil)
    }

    /// The report once what the replay sent has been judged.
    private func settled() async throws -> JSONValue {
        for _ in 0..<100 {
            let report = try await client.get("/models/\(Self.model)")
            let weeks = report["performance"]?.array?.count ?? 0
            if weeks >= 25, report["incidents"]?.array?.isEmpty == false { return report }
            try await Task.sleep(nanoseconds: 100_000_000)
        }
        return try await client.get("/models/\(Self.model)")
    }

    private func prove() async throws {
        chapter("6. What the ledger says", "Every number below is computed from its entries.")
        try await stage.slipway(["scorecard"], as: nil)
        try await stage.slipway(["ledger", "verify"], as: nil)
        try await stage.slipway(["triage", Self.model], as: nil)
        say("\nThe page of the model: \(stage.url)/models/\(Self.model)")
    }

    private func bringEvidence(version: Int, holdout: String, reference: String, _ token: String) async throws {
        let name = "\(Self.model)@\(version)"
        try await stage.slipway(["profile", "\(Self.tables)/\(reference).parquet", "--as-reference", name], as: token)
        try await stage.slipway(
            [
                "validate", "\(Self.tables)/\(reference).parquet", "--contract",
                "examples/flight-delay/contract.yaml", "--for", name,
            ],
            as: token
        )
        try await stage.slipway(
            ["evaluate", name, "--data", "\(Self.tables)/\(holdout).parquet", "--label", "late"],
            as: token
        )
    }

    /// Alice asks; Bob, who is somebody else, approves.
    private func approve(version: Int, _ people: People) async throws {
        let name = "\(Self.model)@\(version)"
        let text = try await stage.answer(["check", name, "--to", "production", "--json"], as: people.alice, expect: 2)
        let answer = try JSONValue(parsing: Array(text.utf8))
        let obstacles = (answer["decision"]?["gates"]?.array ?? []).filter {
            !["pass", "notApplicable"].contains($0["verdict"]?.string ?? "")
        }
        guard let approval = answer["approval"]?.string, obstacles.count == 1 else {
            say(answer["text"]?.string ?? "")
            throw CommandError("only the approval of \(name) may be missing now")
        }
        say("\nAll that \(name) still lacks is somebody else's approval. Bob:")
        try await stage.slipway(["approve", approval, "--reason", "evaluation and slices read"], as: people.bob)
    }

    /// Replays some months and does something while they go by, once the clock has reached a day.
    private func during(
        months: [String],
        from: String,
        to: String,
        shipAt: String,
        _ token: String,
        _ body: @escaping @Sendable () async throws -> Void
    ) async throws {
        let files = months.map { "\(Self.tables)/live-\($0).parquet" }
        let arguments =
            ["replay", Self.model] + files + [
                "--time", "scheduled_at", "--key", "flight_id", "--label", "late", "--label-delay", "24h", "--from",
                from, "--to", to,
            ]
        guard let start = Instant(shipAt) else { preconditionFailure("\(shipAt) is a date") }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await stage.slipway(arguments, as: token) }
            group.addTask {
                while try await client.get("/clock")["now"]?.string.flatMap({ Instant($0) }) ?? start < start {
                    try await Task.sleep(nanoseconds: 50_000_000)
                }
                do {
                    try await body()
                } catch {
                    // The replay is of no use any more: end it instead of waiting for it.
                    stage.cleanUp()
                    throw error
                }
            }
            try await group.waitForAll()
        }
    }

    private func demand(_ holds: Bool, _ what: String) throws {
        guard holds else { throw CommandError(what) }
    }
}
