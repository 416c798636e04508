import Foundation
import SlipwayDomain
import SlipwayLedger
import SlipwayObjects
import SlipwaySQLite
import SlipwayService
import SlipwayStore
import Testing

/// A world with things to purge.
struct PurgeWorld {
    let world: World
    let tracking: Tracking

    init() async throws {
        world = try await World()
        tracking = Tracking(database: world.database, runtime: world.clock.runtime)
    }

    func purges(on database: (any SQLDatabase)? = nil, store: (any ArtifactStore)? = nil) -> Purges {
        let database = database ?? world.database
        let ledger = LedgerBook(database: database, runtime: world.clock.runtime, signer: world.signer)
        return Purges(database: database, store: store ?? world.store, ledger: ledger, runtime: world.clock.runtime)
    }

    func makeExperiment(_ name: String) async throws -> String {
        "\(try await tracking.createExperiment(World.alice, name: name, artifactLocation: nil, tags: [Tag(key: "a", value: "b")]))"
    }

    /// A run with all that a run can have, and a file.
    func makeRun(in experiment: String, points: Int = 3) async throws -> String {
        let run = try await tracking.createRun(
            World.alice,
            experiment: experiment,
            user: "u",
            name: nil,
            startedAt: nil,
            tags: []
        ).info
        let model = try await tracking.createLoggedModel(
            World.alice,
            experiment: experiment,
            name: nil,
            type: "",
            sourceRun: run.id,
            params: [Tag(key: "p", value: "1")],
            tags: [Tag(key: "t", value: "1")]
        )
        let metrics = (0..<points).map {
            MetricPoint(key: "m\($0 % 2)", value: Double($0), timestamp: 1, step: Int64($0))
        }
        for start in stride(from: 0, to: points, by: 1000) {
            let batch = Array(metrics[start..<min(start + 1000, points)])
            try await tracking.log(
                World.alice,
                run: run.id,
                LogBatch(metrics: batch, params: [Tag(key: "q", value: "2")])
            )
        }
        let dataset = DatasetInput(
            name: "d",
            digest: "1",
            sourceType: "",
            source: "",
            schema: nil,
            profile: nil,
            tags: [Tag(key: "k", value: "v")]
        )
        try await tracking.logInputs(World.alice, run: run.id, datasets: [dataset], models: [model.id])
        try await tracking.logOutputs(World.alice, run: run.id, [ModelOutput(model: model.id, step: 1)])
        for uri in [run.artifactURI, model.artifactURI] {
            var pieces = [Array("file".utf8)]
            let path = try ArtifactLocation.path(of: uri).appending(try ArtifactPath("f/model.onnx"))
            try await world.store.write(path) { pieces.popLast() }
        }
        return run.id
    }

    /// How many rows each table has that holds what was tracked.
    func rows() async throws -> [String: Int64] {
        try await world.database.read { reader in
            let tables =
                try reader.rows(
                    """
                    SELECT m.name FROM sqlite_master m WHERE m.type = 'table' AND EXISTS (
                        SELECT 1 FROM pragma_table_info(m.name) c WHERE c.name IN ('run', 'experiment', 'trace'))
                    """
                ).map { $0.text(0) } + [
                    "runs", "experiments", "logged_models", "logged_model_params", "logged_model_tags",
                ]
            var counts: [String: Int64] = [:]
            for table in tables { counts[table] = try reader.row("SELECT COUNT(*) FROM \(table)")?.integer(0) ?? 0 }
            return counts
        }
    }

    func files() -> [String] {
        let root = world.folder.appending(path: "artifacts").path
        return (FileManager.default.subpaths(atPath: root) ?? []).filter { !$0.hasPrefix(".slipway-work") }.sorted()
    }

    func purgeEntries() async throws -> [Entry] {
        try await world.start().ledger.entries().filter { $0.name == "tracking.purged" }
    }
}

@Suite struct PurgeTests {
    private static let any = PurgeRule(olderThan: .days(0))

    @Test("What was deleted long enough ago goes with all its rows and files, and nothing else does")
    func wholePurge() async throws {
        let place = try await PurgeWorld()
        let empty = try await place.rows()
        let kept = try await place.makeExperiment("kept")
        let keptRun = try await place.makeRun(in: kept)
        let (before, files) = (try await place.rows(), place.files())
        let loose = try await place.makeRun(in: kept)
        let gone = try await place.makeExperiment("gone")
        for _ in 0..<3 { _ = try await place.makeRun(in: gone) }
        try await place.tracking.setRunDeleted(World.alice, id: loose, true)
        try await place.tracking.setExperimentDeleted(World.alice, id: gone, true)
        place.world.clock.advance(.days(10))
        let purges = place.purges()
        let early = try await purges.purge(caller: World.alice, PurgeRule(olderThan: .days(11)))
        #expect(early.plan.items.isEmpty && early.entry == nil)
        let plan = try await purges.plan(caller: World.alice, PurgeRule(olderThan: .days(9)))
        #expect([PurgeKind.experiment, .run, .loggedModel].map { plan.count($0) } == [1, 4, 3])
        let report = try await purges.purge(caller: World.bob, PurgeRule(olderThan: .days(9)))
        #expect(report.plan.items.map(\.id) == plan.items.map(\.id), "a dry run lists exactly what goes")
        // The logged model of the loose run was not deleted.
        let after = try await place.rows()
        for (table, count) in before
        where !["logged_models", "logged_model_params", "logged_model_tags"].contains(table) {
            #expect(after[table] == count, "\(table)")
        }
        #expect(after["logged_models"] == 2)
        #expect(
            place.files().filter { !$0.contains("/models/") }.count == files.filter { !$0.contains("/models/") }.count
        )
        #expect(place.files().allSatisfy { $0 == kept || $0.hasPrefix(kept + "/") })
        let entry = try #require(try await place.purgeEntries().first)
        #expect(entry.id == report.entry && entry.actor == "bob")
        #expect(entry.data["counts"] == ["experiments": 1, "runs": 4, "loggedModels": 3])
        #expect(entry.data["idsDigest"]?.string?.hasPrefix("sha256:") == true)
        // The name is free, the number is not.
        #expect(try await place.makeExperiment("gone") != gone)
        #expect(try await place.tracking.run(World.alice, id: keptRun).info.id == keptRun)
        #expect(empty["experiments"] == 1)
        #expect(try await place.world.start().ledger.verify().isIntact)
    }

    @Test("What a registered version or evidence points at stays, with the reason, and so does its experiment")
    func references() async throws {
        let place = try await PurgeWorld()
        let registry = place.world.start().registry
        _ = try await registry.createModel(caller: World.alice, name: World.model, description: nil, tags: [])
        var sources: [(run: String, experiment: String)] = []
        for index in 0..<4 {
            let experiment = try await place.makeExperiment("e\(index)")
            let run = try await place.makeRun(in: experiment)
            let source =
                switch index {
                case 0: "runs:/\(run)/f"
                case 1: "mlflow-artifacts:/\(experiment)/\(run)/artifacts/f"
                case 2: "mlflow-artifacts:///\(experiment)//"
                default: ""
                }
            if !source.isEmpty {
                let new = NewModelVersion(model: World.model, source: source, runID: index == 0 ? run : nil)
                _ = try await registry.createVersion(caller: World.alice, new)
            }
            sources.append((run, experiment))
            try await place.tracking.setExperimentDeleted(World.alice, id: experiment, true)
        }
        let report = try await place.purges().purge(caller: World.alice, Self.any)
        #expect(Set(report.plan.items.filter { $0.kind == .run }.map(\.id)) == [sources[3].run])
        for source in sources.dropLast() {
            #expect(report.plan.kept.contains { $0.id == source.run && $0.reason.contains(World.model) }, "\(source)")
            #expect(report.plan.kept.contains { $0.kind == .experiment && $0.id == source.experiment })
        }
        // A version that is gone keeps its run as long as evidence is about it.
        try await place.world.database.write { writer in
            try GovernanceTable.insertDecision(
                entry: EntryID("x"),
                model: World.model,
                version: 1,
                environment: "production",
                allowed: false,
                at: Instant(milliseconds: 1),
                json: "{}",
                in: writer
            )
        }
        for version in 1...3 { try await registry.deleteVersion(caller: World.alice, Int64(version), of: World.model) }
        let second = try await place.purges().purge(caller: World.alice, Self.any)
        #expect(Set(second.plan.items.filter { $0.kind == .run }.map(\.id)) == [sources[1].run, sources[2].run])
        #expect(second.plan.kept.contains { $0.id == sources[0].run && $0.reason.contains("evidence") })
    }

    @Test("What is not deleted is refused by name, and an experiment waits for its runs")
    func refusals() async throws {
        let place = try await PurgeWorld()
        let experiment = try await place.makeExperiment("e")
        let run = try await place.makeRun(in: experiment)
        for rule in [
            PurgeRule(olderThan: .days(0), experiment: experiment), PurgeRule(olderThan: .days(0), run: run),
            PurgeRule(olderThan: .days(0), experiment: "77"), PurgeRule(olderThan: .days(0), run: "none"),
            PurgeRule(olderThan: .days(0), experiment: "x"), PurgeRule(olderThan: .days(0), run: "../x"),
            PurgeRule(olderThan: .days(0), experiment: experiment, run: run),
            PurgeRule(olderThan: Span(milliseconds: -1)),
        ] {
            await #expect(throws: ServiceError.self) { _ = try await place.purges().purge(caller: World.alice, rule) }
        }
        try await place.tracking.setExperimentDeleted(World.alice, id: experiment, true)
        try await place.tracking.setRunDeleted(World.alice, id: run, false)
        let report = try await place.purges().purge(caller: World.alice, Self.any)
        #expect(report.plan.count(.experiment) == 0)
        #expect(report.plan.kept.contains { $0.reason.contains("not deleted") })
        #expect(try await place.tracking.run(World.alice, id: run).info.id == run)
        try await place.tracking.setExperimentDeleted(World.alice, id: experiment, false)
        place.world.clock.advance(.days(1))
        #expect(try await place.purges().purge(caller: World.alice, Self.any).plan.items.isEmpty, "restored")
    }

    @Test("A purge that dies at any write is brought to its whole end, with one ledger entry", .timeLimit(.minutes(5)))
    func crashes() async throws {
        for lastWrite in FaultyDatabase.LastWrite.allCases {
            var writes = 0
            while true {
                let place = try await PurgeWorld()
                let base = try await place.rows()
                let experiment = try await place.makeExperiment("e")
                for _ in 0..<2 { _ = try await place.makeRun(in: experiment, points: 5) }
                try await place.tracking.setExperimentDeleted(World.alice, id: experiment, true)
                let faulty = FaultyDatabase(place.world.database, dyingAfter: writes, lastWrite)
                let died: Bool
                do {
                    _ = try await place.purges(on: faulty).purge(caller: World.alice, Self.any)
                    died = false
                } catch {
                    died = true
                }
                try await place.purges().resume()
                _ = try await place.purges().purge(caller: World.alice, Self.any)
                #expect(try await place.rows() == base, "after \(writes) writes, \(lastWrite)")
                #expect(place.files().isEmpty, "after \(writes) writes, \(lastWrite)")
                #expect(try await place.purgeEntries().count == 1, "after \(writes) writes, \(lastWrite)")
                #expect(try await place.world.database.read { try PurgeRows.unfinished(in: $0).isEmpty })
                if !died { break }
                writes += 1
            }
            #expect(writes > 4, "so that a purge in one write does not count as a success")
        }
    }

    @Test("While a purge is under way nothing that it takes comes back or is registered")
    func marked() async throws {
        let place = try await PurgeWorld()
        let experiment = try await place.makeExperiment("e")
        let run = try await place.makeRun(in: experiment)
        try await place.tracking.setExperimentDeleted(World.alice, id: experiment, true)
        let faulty = FaultyDatabase(place.world.database, dyingAfter: 1)
        await #expect(throws: (any Error).self) {
            _ = try await place.purges(on: faulty).purge(caller: World.alice, Self.any)
        }
        let registry = place.world.start().registry
        _ = try await registry.createModel(caller: World.alice, name: "m", description: nil, tags: [])
        await #expect(throws: ServiceError.self) {
            try await place.tracking.setRunDeleted(World.alice, id: run, false)
        }
        await #expect(throws: ServiceError.self) {
            try await place.tracking.setExperimentDeleted(World.alice, id: experiment, false)
        }
        for source in ["runs:/\(run)/f", "mlflow-artifacts:/\(experiment)/\(run)/artifacts/f"] {
            let new = NewModelVersion(model: "m", source: source, runID: run)
            await #expect(throws: ServiceError.self) { _ = try await registry.createVersion(caller: World.alice, new) }
        }
        try await place.purges().resume()
        #expect(place.files().isEmpty)
    }

    @Test("A long history goes in pieces, whatever its steps are")
    func longHistory() async throws {
        let place = try await PurgeWorld()
        let experiment = try await place.makeExperiment("e")
        let base = try await place.rows()
        let run = try await place.makeRun(in: experiment, points: 2501)
        let number = try #require(try await place.world.database.read { try RunTable.number(of: run, in: $0)?.number })
        var pieces = 0
        while try await place.world.database.write({ try PurgeRows.removePoints(ofRun: number, limit: 100, in: $0) }) {
            pieces += 1
        }
        #expect(pieces >= 26)
        #expect(try await place.rows()["metric_points"] == base["metric_points"])
    }

    @Test("Deleted things that were there before times were kept are kept for the whole time from now on")
    func withoutTimes() async throws {
        let place = try await PurgeWorld()
        let experiment = try await place.makeExperiment("e")
        try await place.tracking.setExperimentDeleted(World.alice, id: experiment, true)
        _ = try await place.world.database.write { try $0.execute("UPDATE experiments SET deleted_at = NULL") }
        place.world.clock.advance(.days(100))
        let rule = PurgeRule(olderThan: .days(30))
        #expect(try await place.purges().purge(caller: World.alice, rule).plan.items.isEmpty)
        place.world.clock.advance(.days(31))
        #expect(try await place.purges().purge(caller: World.alice, rule).plan.items.map(\.id) == [experiment])
    }
}
