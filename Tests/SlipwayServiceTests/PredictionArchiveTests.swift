import Logging
import SlipwayDomain
import SlipwayPolicy
import SlipwayStatistics
import Synchronization
import Testing

@testable import SlipwayService

/// Files in memory.
final class FakeFiles: PredictionFiles {
    private struct State {
        var batches: [PredictionBatch] = []
        var failure: ServiceError?
    }

    private let state = Mutex(State())

    var batches: [PredictionBatch] { state.withLock { $0.batches } }

    func fail(_ error: ServiceError?) { state.withLock { $0.failure = error } }

    func write(_ batch: PredictionBatch) throws(ServiceError) {
        if let failure = state.withLock({ $0.failure }) { throw failure }
        state.withLock { $0.batches.append(batch) }
    }

    func row(id: String, model: String, hour: Instant) throws(ServiceError) -> JSONValue? { nil }
}

@Suite("The archive of predictions")
struct PredictionArchiveTests {
    private let files = FakeFiles()

    private func archive(
        _ world: World,
        _ change: (inout PredictionArchive.Limits) -> Void = { _ in }
    ) -> PredictionArchive {
        var limits = PredictionArchive.Limits()
        change(&limits)
        var quiet = Logger(label: "test")
        quiet.logLevel = .critical
        return PredictionArchive(
            files: files,
            database: world.database,
            runtime: world.clock.runtime,
            output: quiet,
            limits: limits
        )
    }

    private static func version(_ world: World, _ number: Int = 1) throws -> LoadedVersion {
        LoadedVersion(version: number, digest: "", model: try world.engine.load(Array("fake one".utf8)))
    }

    private static func record(
        _ id: String,
        _ version: LoadedVersion,
        at time: Instant,
        key: String? = "k",
        rows: Int = 1
    ) -> PredictionRecord {
        let input = Tensor(name: "input", shape: [rows, 2], data: .fp32((0..<(rows * 2)).map { Float($0) }))
        let output = Tensor(name: "score", shape: [rows], data: .fp32((0..<rows).map { Float($0) / 10 }))
        return record(id, version, at: time, key: key, inputs: [input], outputs: [output])
    }

    private static func record(
        _ id: String,
        _ version: LoadedVersion,
        at time: Instant,
        key: String? = nil,
        inputs: [Tensor],
        outputs: [Tensor]
    ) -> PredictionRecord {
        PredictionRecord(
            id: id,
            model: World.model,
            version: version,
            time: time,
            key: key,
            nanoseconds: 1_500_000,
            inputs: inputs,
            outputs: outputs,
            counterpart: nil,
            meter: nil
        )
    }

    private func apply(_ world: World, _ rules: String) async throws {
        let manifest = World.manifest().replacing("  runbook: runbook.md", with: "  predictions: \(rules)")
        _ = try await world.start().governance.apply(manifest: manifest, file: "slipway.yaml", caller: World.alice)
    }

    private func column(_ batch: PredictionBatch, _ name: String) throws -> PredictionColumn {
        try #require(batch.columns.first { $0.name == name }, "\(batch.columns.map(\.name))")
    }

    @Test("inputs, outputs, version, latency, key and time of each row stand in its columns")
    func columns() async throws {
        let world = try await World()
        let archive = archive(world)
        let version = try Self.version(world, 7)
        let time = world.clock.now
        await archive.add([
            Self.record("one", version, at: time), Self.record("many", version, at: time, key: nil, rows: 3),
        ])
        #expect(files.batches.isEmpty && archive.counts.waitingRows == 4)
        await archive.flush()
        let batch = try #require(files.batches.first)
        #expect(batch.rows == 4 && batch.version == 7 && batch.columns.allSatisfy { $0.rows == 4 })
        #expect(
            batch.columns.map(\.name) == [
                "prediction_id", "time", "version", "key", "latency_ms", "score", "input_distance", "input_delay",
                "output_score",
            ]
        )
        #expect(try column(batch, "prediction_id").texts == ["one", "many-0", "many-1", "many-2"])
        #expect(try column(batch, "time").integers == Array(repeating: time.milliseconds, count: 4))
        #expect(try column(batch, "key").present == [true, false, false, false])
        #expect(try column(batch, "latency_ms").doubles == Array(repeating: 1.5, count: 4))
        #expect(try column(batch, "input_distance").floats == [0, 0, 2, 4])
        #expect(try column(batch, "input_delay").floats == [1, 1, 3, 5])
        #expect(try column(batch, "output_score").floats == [0, 0, 0.1, 0.2])
        #expect(archive.counts == PredictionArchive.Counts(files: 1, rows: 4, lostRows: 0, waitingRows: 0))
    }

    @Test("a tensor that is not what was promised has no value in its rows, and the rows beside it keep theirs")
    func strangers() async throws {
        let world = try await World()
        let version = try Self.version(world)
        let good = Self.record("good", version, at: world.clock.now, rows: 2)
        func strange(_ id: String, _ input: Tensor?, _ output: Tensor?) -> PredictionRecord {
            Self.record(
                id,
                version,
                at: world.clock.now,
                // How many rows there are is told by the first one, whatever its name.
                inputs: [Tensor(name: "other", shape: [1], data: .fp32([7])), input].compactMap { $0 },
                outputs: [output].compactMap { $0 }
            )
        }
        let archive = archive(world)
        await archive.add([
            good, strange("none", nil, nil),
            strange("wide", Tensor(name: "input", shape: [1, 3], data: .fp32([1, 2, 3])), nil),
            strange("type", Tensor(name: "input", shape: [1, 2], data: .int64([1, 2])), nil),
            strange(
                "raw",
                Tensor(name: "input", shape: [1, 2], data: .raw(TensorBytes([Float(8), 9], of: .fp32))),
                Tensor(name: "score", shape: [1], data: .fp32([0.5]))
            ),
            good,
        ])
        await archive.flush()
        let batch = try #require(files.batches.first)
        #expect(batch.columns.allSatisfy { $0.rows == 8 })
        let present = [true, true, false, false, false, true, true, true]
        for (name, values) in [
            ("input_distance", [0, 2, 0, 0, 0, 8, 0, 2]), ("input_delay", [1, 3, 0, 0, 0, 9, 1, 3]),
            ("output_score", [0, 0.1, 0, 0, 0, 0.5, 0, 0.1]),
        ] as [(String, [Float])] {
            #expect(try column(batch, name).floats == values, "\(name)")
            #expect(try column(batch, name).present == present, "\(name)")
        }
    }

    @Test("rows without a value take room too, and a group of them becomes a file")
    func placeholders() async throws {
        let world = try await World()
        let archive = archive(world) { $0.groupBytes = 10_000 }
        let record = Self.record(
            "many",
            try Self.version(world),
            at: world.clock.now,
            // A thousand rows, of which each other tensor would have to have a part.
            inputs: [
                Tensor(name: "other", shape: [1000], data: .fp32([Float](repeating: 0, count: 1000))),
                Tensor(name: "input", shape: [1, 2], data: .fp32([1, 2])),
            ],
            outputs: []
        )
        let bytes = 1000 * (64 + 2 * 8 + 8)
        var columns = PredictionColumns(layout: PredictionLayout(version: record.version, rules: .standard))
        #expect(columns.append([record], upTo: bytes).isLarge)
        #expect(columns.bytes == bytes)
        await archive.add([record])
        #expect(files.batches.map(\.rows) == [1000])
    }

    @Test("a group becomes a file when it is large, when it is old, and at the end; hours and versions keep apart")
    func rotation() async throws {
        let world = try await World()
        let archive = archive(world) { $0.groupBytes = 1000 }
        let (one, two) = (try Self.version(world, 1), try Self.version(world, 2))
        let time = world.clock.now
        await archive.add([Self.record("a", one, at: time), Self.record("b", two, at: time)])
        #expect(files.batches.isEmpty)
        await archive.add((0..<20).map { Self.record("c\($0)", one, at: time) })
        #expect(files.batches.map(\.version) == [1] && files.batches[0].rows < 21)
        world.clock.pass(milliseconds: 10_001)
        await archive.add([])
        #expect(files.batches.map(\.version).sorted() == [1, 1, 2])
        #expect(archive.counts.waitingRows == 0)
        await archive.add([
            Self.record("d", one, at: time), Self.record("e", one, at: time + .seconds(3600)),
        ])
        await archive.flush()
        #expect(files.batches.count == 5 && Set(files.batches.suffix(2).map(\.hour)).count == 2)
    }

    @Test("the manifest's sample is kept, always the same predictions of it")
    func sampling() async throws {
        let world = try await World()
        try await apply(world, "{sample: 0.1}")
        let archive = archive(world)
        let version = try Self.version(world)
        let time = world.clock.now
        let records = (0..<5000).map { Self.record("p\($0)", version, at: time) }
        await archive.add(records)
        await archive.flush()
        let kept = try column(files.batches[0], "prediction_id").texts
        // Five standard deviations of a binomial of 5000 with a tenth.
        #expect(abs(kept.count - 500) < 106, "\(kept.count)")
        await archive.add(records)
        await archive.flush()
        #expect(try column(files.batches[1], "prediction_id").texts == kept)
    }

    @Test(
        "what is to be left out is missing in the file: features, tensors, the key, and the score of a left out output"
    )
    func redaction() async throws {
        let world = try await World()
        try await apply(world, "{redact: [delay, score, key]}")
        let archive = archive(world)
        await archive.add([Self.record("a", try Self.version(world), at: world.clock.now)])
        await archive.flush()
        let batch = try #require(files.batches.first)
        for name in ["input_delay", "output_score", "score", "key"] {
            #expect(try column(batch, name).present == [false], "\(name)")
        }
        #expect(try column(batch, "input_delay").floats == [0] && column(batch, "key").texts == [""])
        #expect(try column(batch, "input_distance").missing == 0)
    }

    @Test("a score that is left out is not in the outputs that it comes from either, and the chosen class stays")
    func redactedScore() throws {
        struct Classifier: LoadedModel {
            let inputs = [TensorSignature(name: "x", type: .fp32, shape: [-1, 1])]
            let outputs = [
                TensorSignature(name: "label", type: .int64, shape: [-1]),
                TensorSignature(name: "probabilities", type: .fp32, shape: [-1, 2]),
            ]
            let metadata: [String: String] = [:]
            func run(_: [Tensor], outputs _: [String]?, timeoutMilliseconds _: Int) throws(ServiceError) -> [Tensor] {
                []
            }
        }
        let version = LoadedVersion(version: 1, digest: "", model: Classifier())
        let layout = PredictionLayout(version: version, rules: PredictionRules(redact: ["score"]))
        #expect(layout.redactsScore)
        #expect(layout.outputs.map(\.isRedacted) == [[false], [true, true]])
        #expect(layout.inputs.map(\.isRedacted) == [[false]])
    }

    @Test("a manifest that is applied holds from then on")
    func newRules() async throws {
        let world = try await World()
        let archive = archive(world)
        let version = try Self.version(world)
        await archive.add([Self.record("a", version, at: world.clock.now)])
        try await apply(world, "{redact: [input]}")
        archive.forget(World.model)
        await archive.add([Self.record("b", version, at: world.clock.now)])
        await archive.flush()
        let both = try files.batches.map { try column($0, "input_delay").missing }
        #expect(both.sorted() == [0, 1])
    }

    @Test("rows that cannot be written are counted, and the next ones are kept")
    func lost() async throws {
        let world = try await World()
        let archive = archive(world)
        let version = try Self.version(world)
        files.fail(.unavailable("the disk is full"))
        await archive.add([Self.record("a", version, at: world.clock.now, rows: 5)])
        await archive.flush()
        #expect(archive.counts.lostRows == 5 && archive.counts.rows == 0)
        files.fail(nil)
        await archive.add([Self.record("b", version, at: world.clock.now)])
        await archive.flush()
        #expect(archive.counts.rows == 1 && archive.counts.lostRows == 5)
    }

    @Test("columns that only differ in case, or carry a name of ours, stay apart")
    func names() throws {
        struct Odd: LoadedModel {
            let inputs = [
                TensorSignature(name: "A", type: .fp32, shape: [-1, 1]),
                TensorSignature(name: "a", type: .int8, shape: [-1]),
                TensorSignature(name: "image", type: .fp32, shape: [-1, 3, 8, 8]),
                TensorSignature(name: "free", type: .uint64, shape: [-1, -1]),
                TensorSignature(name: "nul\u{0}", type: .bytes, shape: [-1, 1]),
            ]
            let outputs: [TensorSignature] = []
            let metadata: [String: String] = [:]
            func run(_: [Tensor], outputs _: [String]?, timeoutMilliseconds _: Int) throws(ServiceError) -> [Tensor] {
                []
            }
        }
        let version = LoadedVersion(version: 1, digest: "", model: Odd())
        let rules = PredictionRules(redact: ["A", "gone"])
        let layout = PredictionLayout(version: version, rules: rules)
        let columns = PredictionColumns(layout: layout).batch(model: "m", version: 1, hour: Instant(milliseconds: 0))
            .columns.dropFirst(PredictionLayout.fixed.count)
        #expect(columns.map(\.name) == ["input_A", "input_a_2", "input_image", "input_free", "input_nul_"])
        #expect(columns.map(\.isList) == [false, false, true, true, false])
        #expect(columns.map(\.kind) == [.float, .integer, .float, .unsigned, .text])
        #expect(layout.inputs.map { $0.isRedacted.contains(true) } == [true, false, false, false, false])
        #expect(layout.unknown(rules) == ["gone"])
    }
}
