import SlipwayDomain
import SlipwayLedger
import SlipwayObjects
import SlipwaySQLite
import SlipwayService
import SlipwayStore
import Testing

@Suite struct ImportsTests {
    private static let caller = World.alice
    private static let source = "http://mlflow:5000"

    private static func imports(_ world: World, _ database: (any SQLDatabase)? = nil) -> Imports {
        let database = database ?? world.database
        let runtime = world.clock.runtime
        let ledger = LedgerBook(database: database, runtime: runtime, signer: world.signer)
        return Imports(
            database: database,
            artifacts: world.store,
            registry: Registry(database: database, artifacts: world.store, recorder: ledger, runtime: runtime),
            traces: Traces(database: database, artifacts: world.store, recorder: ledger, runtime: runtime),
            recorder: ledger,
            runtime: runtime
        )
    }

    private static func experiment(_ id: Int64, _ name: String) -> Experiment {
        Experiment(
            id: id,
            name: name,
            artifactLocation: "",
            createdAt: Instant(milliseconds: 5),
            updatedAt: Instant(milliseconds: 6),
            tags: [Tag(key: "team", value: "a")]
        )
    }

    private static func run(_ id: String, in experiment: Int64) -> Run {
        var run = Run(
            info: RunInfo(
                id: id,
                experiment: experiment,
                name: "swift-tide",
                user: "ann",
                status: .finished,
                startedAt: Instant(milliseconds: 1000),
                endedAt: Instant(milliseconds: 2000),
                artifactURI: "",
                isDeleted: id.hasSuffix("d")
            )
        )
        run.params = [Tag(key: "depth", value: "3")]
        run.tags = [Tag(key: "mlflow.runName", value: "swift-tide")]
        run.datasets = [DatasetInput(name: "train", digest: "d1", sourceType: "local", source: "{}")]
        run.modelOutputs = [ModelOutput(model: "m-1", step: 2)]
        return run
    }

    /// One of everything.
    private static var batch: ImportBatch {
        var batch = ImportBatch()
        batch.experiments = [experiment(0, "Default"), experiment(7, "churn")]
        batch.runs = [run("r1", in: 7), run("r2d", in: 0)]
        let values = [Double.nan, -0.0, 1e-300, .greatestFiniteMagnitude, 0.1]
        let points = values.enumerated().map {
            MetricPoint(key: "loss", value: $0.element, timestamp: Int64($0.offset), step: Int64($0.offset) - 2)
        }
        batch.points = [ImportedPoints(run: "r1", key: "loss", points: points)]
        var model = LoggedModel(
            id: "m-1",
            experiment: 7,
            name: "classifier",
            type: "",
            sourceRun: "r1",
            status: .ready,
            artifactURI: "",
            createdAt: Instant(milliseconds: 10),
            updatedAt: Instant(milliseconds: 11)
        )
        model.params = [Tag(key: "alpha", value: "1")]
        model.metrics = [MetricPoint(key: "auc", value: 0.5, timestamp: 3, step: 1, model: "m-1", run: "r1")]
        batch.loggedModels = [model]
        batch.registeredModels = [
            ImportedModel(
                name: "churn",
                description: "who leaves",
                createdAt: Instant(milliseconds: 20),
                updatedAt: Instant(milliseconds: 21),
                tags: [Tag(key: "owner", value: "ops")]
            )
        ]
        batch.versions = [version(1, aliases: ["champion"]), version(4, aliases: [])]
        return batch
    }

    private static func version(_ number: Int64, aliases: [String], createdAt: Int64 = 30) -> ImportedVersion {
        ImportedVersion(
            model: "churn",
            version: number,
            description: "v\(number)",
            source: "/old/mlruns/7/r1/artifacts/model",
            folder: ImportedFolder(owner: .run("r1"), path: "model"),
            runID: "r1",
            runLink: "",
            stage: "Production",
            createdAt: Instant(milliseconds: createdAt),
            updatedAt: Instant(milliseconds: 31),
            tags: [],
            aliases: aliases
        )
    }

    @Test func `a batch is read as it was written`() throws {
        var batch = Self.batch
        batch.marks = [ImportMark(kind: .run, id: "r1", mark: "x")]
        // NaN equals nothing, so that texts are compared.
        let read = try ImportBatch(parsing: batch.json)
        #expect(read.json == batch.json)
        batch.points = []
        #expect(try ImportBatch(parsing: batch.json) == batch)
        #expect(throws: (any Error).self) { try ImportBatch(parsing: Array(#"{"runs":[{"id":1}]}"#.utf8)) }
        #expect(throws: (any Error).self) { try ImportBatch(parsing: Array(#"{"unknown":[]}"#.utf8)) }
    }

    @Test func `a batch that comes twice changes nothing, and is counted as already there`() async throws {
        let world = try await World()
        let imports = Self.imports(world)
        let id = try await imports.begin(Self.caller, source: Self.source)
        let first = try await imports.add(Self.caller, import: id, Self.batch)
        #expect(first.refusals.isEmpty, "\(first.refusals)")
        #expect(first.counts[.run]?.added == 2 && first.counts[.point]?.added == 5)
        #expect(first.counts[.version]?.added == 2 && first.counts[.alias]?.added == 1)
        let before = try await Self.content(world)
        let second = try await imports.add(Self.caller, import: id, Self.batch)
        #expect(second.refusals.isEmpty && second.counts.values.allSatisfy { $0.added == 0 }, "\(second)")
        #expect(try await Self.content(world) == before)
        try await imports.end(Self.caller, import: id, outcome: "finished")
        let tracking = Tracking(database: world.database, runtime: world.clock.runtime)
        let run = try await tracking.run(Self.caller, id: "r1")
        #expect(run.info.experiment == 7 && run.info.artifactURI == "mlflow-artifacts:/7/r1/artifacts")
        #expect(run.info.startedAt == Instant(milliseconds: 1000) && run.info.user == "ann")
        #expect(try await tracking.run(Self.caller, id: "r2d").info.isDeleted)
        let registry = world.start().registry
        let version = try await registry.version(caller: Self.caller, 4, of: "churn").record
        #expect(version.source == "mlflow-artifacts:/7/r1/artifacts/model" && version.stage == "Production")
        #expect(version.createdAt == Instant(milliseconds: 30))
    }

    /// Every row that an import writes, besides its own counts.
    private static func content(_ world: World) async throws -> [String] {
        try await world.database.read { reader in
            var lines: [String] = []
            for table in [
                "experiments", "experiment_tags", "runs", "run_params", "run_tags", "metric_points", "latest_metrics",
                "run_datasets", "run_model_outputs", "logged_models", "logged_model_params", "logged_model_metrics",
                "registered_models", "registered_model_tags", "model_versions", "model_aliases", "ledger_entries",
            ] {
                for row in try reader.rows("SELECT * FROM \(table)") { lines.append("\(table) \(row.values)") }
            }
            return lines
        }
    }

    @Test func `an experiment keeps its number when it is free, joins its name, else gets another`() async throws {
        let world = try await World()
        let tracking = Tracking(database: world.database, runtime: world.clock.runtime)
        let mine = try await tracking.createExperiment(Self.caller, name: "mine", artifactLocation: nil, tags: [])
        let shared = try await tracking.createExperiment(Self.caller, name: "shared", artifactLocation: nil, tags: [])
        let imports = Self.imports(world)
        let id = try await imports.begin(Self.caller, source: Self.source)
        var batch = ImportBatch()
        batch.experiments = [
            Self.experiment(0, "Default"), Self.experiment(mine, "theirs"), Self.experiment(9, "free"),
            Self.experiment(12, "shared"),
        ]
        batch.runs = [Self.run("r1", in: mine)]
        let places = Dictionary(
            uniqueKeysWithValues: try await imports.add(Self.caller, import: id, batch).experiments.map {
                ($0.name, $0.ours)
            }
        )
        #expect(places["Default"] == 0 && places["free"] == 9 && places["shared"] == shared)
        let moved = try #require(places["theirs"])
        #expect(moved != mine)
        #expect(try await tracking.run(Self.caller, id: "r1").info.experiment == moved)
        // The next import of the same source finds the same places, also after a new name here.
        try await tracking.renameExperiment(Self.caller, id: "\(moved)", to: "other name")
        let again = try await imports.begin(Self.caller, source: Self.source)
        let report = try await imports.add(Self.caller, import: again, batch)
        #expect(report.experiments.first { $0.name == "theirs" }?.ours == moved)
        #expect(report.counts[.experiment] == ImportCount(added: 0, already: 4))
    }

    @Test func `a record that breaks a rule is left out with a reason, and the others come`() async throws {
        let world = try await World()
        let imports = Self.imports(world)
        let id = try await imports.begin(Self.caller, source: Self.source)
        var batch = Self.batch
        var bad = Self.run("../r3", in: 7)
        batch.runs.append(bad)
        bad = Self.run("r4", in: 99)
        batch.runs.append(bad)
        var odd = Self.run("r5", in: 7)
        odd.params = [Tag(key: "../up", value: "1"), Tag(key: "fine", value: "1")]
        batch.runs.append(odd)
        batch.experiments.append(Self.experiment(-3, "negative"))
        batch.points.append(
            ImportedPoints(run: "nobody", key: "m", points: [MetricPoint(key: "m", value: 1, timestamp: 1)])
        )
        batch.points.append(
            ImportedPoints(run: "r1", key: "m", points: [MetricPoint(key: "m", value: 1, timestamp: -1)])
        )
        batch.versions.append(Self.version(5, aliases: ["latest"]))
        batch.versions.append(Self.version(0, aliases: []))
        let report = try await imports.add(Self.caller, import: id, batch)
        let kinds = Dictionary(grouping: report.refusals, by: \.kind).mapValues(\.count)
        #expect(
            kinds == [.run: 2, .param: 1, .experiment: 1, .point: 2, .alias: 1, .version: 1],
            "\(report.refusals)"
        )
        #expect(report.refusals.allSatisfy { !$0.reason.isEmpty })
        #expect(report.counts[.run]?.added == 3 && report.counts[.version]?.added == 3)
    }

    @Test func `a version number that means something else here is refused`() async throws {
        let world = try await World()
        let imports = Self.imports(world)
        let registry = world.start().registry
        let id = try await imports.begin(Self.caller, source: Self.source)
        _ = try await imports.add(Self.caller, import: id, Self.batch)
        try await registry.deleteVersion(caller: Self.caller, 4, of: "churn")
        var batch = ImportBatch()
        batch.versions = [Self.version(1, aliases: [], createdAt: 99), Self.version(4, aliases: [])]
        let report = try await imports.add(Self.caller, import: id, batch)
        #expect(report.refusals.map(\.id) == ["churn/1", "churn/4"], "\(report.refusals)")
        #expect(report.counts[.version] == nil)
    }

    @Test func `an import has one entry at its start and one at its end, and one for each change of the registry`()
        async throws
    {
        let world = try await World()
        let imports = Self.imports(world)
        let id = try await imports.begin(Self.caller, source: Self.source)
        _ = try await imports.add(Self.caller, import: id, Self.batch)
        // A second one of the same source closes the first, which takes nothing more.
        let second = try await imports.begin(Self.caller, source: Self.source)
        await #expect(throws: ServiceError.self) { try await imports.add(Self.caller, import: id, Self.batch) }
        try await imports.end(Self.caller, import: second, outcome: "stopped")
        let entries = try await world.start().ledger.entries()
        let types = entries.map { $0.type.split(separator: ".").suffix(2).joined(separator: ".") }
        #expect(types.filter { $0 == "import.started" }.count == 2)
        #expect(types.filter { $0 == "import.ended" }.count == 2)
        #expect(types.filter { $0 == "model.registered" }.count == 1)
        #expect(types.filter { $0 == "version.registered" }.count == 2)
        let ends = entries.filter { $0.type.hasSuffix("import.ended") }
        #expect(ends.map { $0.data["outcome"]?.string } == ["abandoned", "stopped"])
        #expect(ends[0].data["counts"]?["run"]?["added"]?.integer == 2)
        #expect(ends[0].data["digest"]?.string?.hasPrefix("sha256:") == true && ends[0].actor == "alice")
        guard case .intact = try await world.start().ledger.verify() else {
            Issue.record("the ledger does not verify")
            return
        }
    }

    @Test func `a source with credentials is refused`() async throws {
        let world = try await World()
        // Its files go with it.
        defer { withExtendedLifetime(world) {} }
        let imports = Self.imports(world)
        for source in [
            "", "http://ann:secret@mlflow:5000", "https://ann@mlflow", "a\nb", String(repeating: "x", count: 3000),
        ] {
            await #expect(throws: ServiceError.self, "\(source.prefix(40))") {
                try await imports.begin(Self.caller, source: source)
            }
        }
    }

    @Test func `whenever the process dies, running the import again ends with the same content`() async throws {
        let whole = try await World()
        _ = try await Self.importAll(whole, Self.imports(whole))
        let wanted = try await Self.content(whole).filter { !$0.hasPrefix("ledger_entries") }
        for kind in FaultyDatabase.LastWrite.allCases {
            var writes = 0
            while true {
                let world = try await World()
                let faulty = FaultyDatabase(world.database, dyingAfter: writes, kind)
                do {
                    _ = try await Self.importAll(world, Self.imports(world, faulty))
                    #expect(writes > 3)
                    break
                } catch {
                    _ = try await Self.importAll(world, Self.imports(world))
                    let content = try await Self.content(world).filter { !$0.hasPrefix("ledger_entries") }
                    #expect(
                        Self.withoutLineage(content) == Self.withoutLineage(wanted),
                        "after \(writes) writes, \(kind)"
                    )
                }
                writes += 1
            }
        }
    }

    /// A model's lineage is a fresh id in each world.
    private static func withoutLineage(_ lines: [String]) -> [String] {
        lines.filter { !$0.hasPrefix("registered_models ") }
    }

    private static func importAll(_ world: World, _ imports: Imports) async throws -> ImportReport {
        let id = try await imports.begin(caller, source: source)
        var records = batch
        records.versions = []
        _ = try await imports.add(caller, import: id, records)
        try await imports.receive(
            caller,
            import: id,
            owner: .run("r1"),
            path: ArtifactPath("model/a.bin"),
            size: 3,
            pieces: Self.pieces([1, 2, 3])
        )
        var versions = ImportBatch()
        versions.versions = batch.versions
        let report = try await imports.add(caller, import: id, versions)
        try await imports.end(caller, import: id, outcome: "finished")
        return report
    }

    private static func pieces(_ bytes: [UInt8]) -> () async throws -> [UInt8]? {
        var rest = [bytes]
        return { rest.popLast() }
    }

    @Test func `a file must have its announced size and stay in its owner's folder`() async throws {
        let world = try await World()
        let imports = Self.imports(world)
        let id = try await imports.begin(Self.caller, source: Self.source)
        _ = try await imports.add(Self.caller, import: id, Self.batch)
        for size in [Int64(2), 4] {
            await #expect(throws: ServiceError.self) {
                try await imports.receive(
                    Self.caller,
                    import: id,
                    owner: .run("r1"),
                    path: ArtifactPath("a"),
                    size: size,
                    pieces: Self.pieces([1, 2, 3])
                )
            }
        }
        #expect(try await world.store.list(ArtifactPath("7/r1/artifacts")).isEmpty)
        await #expect(throws: ServiceError.self) {
            try await imports.receive(
                Self.caller,
                import: id,
                owner: .run("nobody"),
                path: ArtifactPath("a"),
                size: 1,
                pieces: Self.pieces([1])
            )
        }
        #expect(throws: ServiceError.self) { try ArtifactPath("../../etc/passwd") }
    }

    @Test func `what is marked complete is known until it changes`() async throws {
        let world = try await World()
        // Its files go with it.
        defer { withExtendedLifetime(world) {} }
        let imports = Self.imports(world)
        let id = try await imports.begin(Self.caller, source: Self.source)
        var batch = ImportBatch()
        batch.marks = [ImportMark(kind: .run, id: "r1", mark: "a"), ImportMark(kind: .run, id: "r2", mark: "b")]
        _ = try await imports.add(Self.caller, import: id, batch)
        let asked = [ImportMark(kind: .run, id: "r1", mark: "a"), ImportMark(kind: .run, id: "r2", mark: "c")]
        #expect(try await imports.known(Self.caller, import: id, asked).map(\.id) == ["r1"])
        let other = try await imports.begin(Self.caller, source: "/other.db")
        #expect(try await imports.known(Self.caller, import: other, asked).isEmpty)
    }
}
