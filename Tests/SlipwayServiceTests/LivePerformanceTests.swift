import SlipwayDomain
import SlipwayLedger
import SlipwayPolicy
import SlipwayRelease
import SlipwaySQLite
import SlipwayStatistics
import SlipwayStore
import Testing

@testable import SlipwayService

@Suite("Performance while labels arrive late")
struct LivePerformanceTests {
    private static let watched = World.manifest().replacing(
        "performance: {metric: roc_auc, min: 0.65, labels: {delay: 24h}}",
        with: """
            performance:
                  metric: roc_auc
                  min: 0.65
                  window: 1d
                  labels: {delay: 6h, horizon: 3d}
                  slices: [distance]
                  value: {truePositive: 10, falsePositive: -4, trueNegative: 0, falseNegative: -6, unit: EUR}
                fairness:
                  - {metric: selection_rate, group: sex, minRatio: 0.8}
            """
    )

    /// Whether a row is late: the higher its score the likelier, and the same each time.
    private static func truth(_ score: Double, _ number: Int) -> Bool {
        stableUnit("row \(number)", salt: "truth") < 0.1 + 0.8 * score
    }

    private static func score(_ number: Int) -> Double { Double(number * 37 % 100) / 100 }

    /// A server that serves version 1 under a manifest, evaluated on labelled rows like the live ones.
    private func serving(_ manifest: String = watched) async throws -> Server {
        let world = try await World.qualified(["fake one"], manifest: manifest)
        let server = world.start()
        _ = try await server.finish(server.ship(1).plan.release)
        let rows = 0..<3000
        world.tables.set(
            "noisy",
            [
                ("distance", .numbers(rows.map { Double($0 % 50) })),
                ("delay", .numbers(rows.map { Self.score($0) })),
                ("late", .numbers(rows.map { Self.truth(Self.score($0), $0 + 100_000) ? 1 : 0 })),
                ("carrier", .texts(rows.map { $0 % 3 == 0 ? "AA" : "UA" })),
            ]
        )
        _ = try await server.evaluations.evaluate(
            model: World.model,
            version: 1,
            dataset: Dataset(path: "noisy", digest: "sha256:noisy", label: "late"),
            caller: World.alice
        )
        try await server.monitoring.settingsChanged(of: World.model)
        // What the release asked is before the first window.
        _ = try await world.database.write { try $0.execute("DELETE FROM predictions") }
        world.clock.advance(.minutes(5))
        return server
    }

    /// One day's predictions and the labels that they will have.
    private func day(_ server: Server, _ day: Int, rows: Int = 500, flipped: Bool = false) async throws -> [GivenLabel]
    {
        var labels: [GivenLabel] = []
        for index in 0..<rows {
            let number = day * 10_000 + index
            let answer = try await server.ask("\(number)", delay: Self.score(number), distance: Double(index % 4))
            labels.append(
                GivenLabel(
                    id: answer.predictionID,
                    label: Self.truth(Self.score(number), number) != flipped ? 1 : 0,
                    groups: ["sex": index % 2 == 0 ? "F" : "M"]
                )
            )
        }
        try await server.recorder.flush()
        return labels
    }

    private func newest(_ server: Server) async throws -> JSONValue {
        try #require(try await server.performance.report(model: World.model)["windows"]?.array?.first)
    }

    @Test("a window is estimated when it ends, shown when enough labels are there, judged behind the watermark")
    func watermark() async throws {
        let server = try await serving()
        let clock = server.world.clock
        let labels = try await day(server, 0)
        #expect(try await newest(server)["stage"]?.string == "filling")
        clock.advance(.hours(24))
        for _ in 0..<3 { try await server.monitoring.look() }
        let estimated = try await server.entries("performance.estimated")
        #expect(estimated.count == 1)
        #expect(try await server.entries("performance.recorded").isEmpty)
        let estimate = try #require(estimated.first?.data["estimate"])
        #expect(estimate["method"]?.string == "cbpe" && estimate["rows"]?.integer == 500)
        #expect(estimated.first?.data["verdict"]?.string == "ok")

        // One label in five: nothing is shown as realised yet.
        #expect(try await server.labels.add(Array(labels[..<100]), model: World.model).joined == 100)
        var window = try await newest(server)
        #expect(window["stage"]?.string == "waiting" && window["value"] == .null && window["labels"]?.integer == 100)
        #expect(try await server.labels.add(Array(labels[100..<400]), model: World.model).joined == 300)
        window = try await newest(server)
        let early = try #require(window["value"]?.number)
        #expect(window["gap"]?.number == early - (estimate["value"]?.number ?? 0))

        // Judged half a delay after the labels were due, not before.
        clock.advance(.hours(8))
        try await server.monitoring.look()
        #expect(try await server.entries("performance.recorded").isEmpty)
        clock.advance(.hours(2))
        for _ in 0..<3 { try await server.monitoring.look() }
        let recorded = try await server.entries("performance.recorded")
        #expect(recorded.count == 1)
        let data = try #require(recorded.first?.data)
        #expect(data["value"]?.number == early && data["method"]?.string == "delong" && data["verdict"]?.string == "ok")
        #expect(data["estimate"] == estimate, "what was said before the labels is what counts")
        let (low, high) = (estimate["lower"]?.number ?? 1, estimate["upper"]?.number ?? 0)
        #expect((low...high).contains(early), "\(early) in \(low)...\(high)")
        #expect(data["business"]?["perDecision"]?["value"]?.number != nil && data["business"]?["unit"]?.string == "EUR")
        let fairness = try #require(data["fairness"]?.array?.first)
        #expect(fairness["groups"]?.array?.compactMap { $0["value"]?.string } == ["F", "M"], "\(fairness)")
        let slices = try #require(data["slices"]?.array)
        #expect(slices.count == 4 && slices.allSatisfy { $0["measured"]?["method"]?.string == "delong" })
        #expect(data["estimator"]?["windows"]?.integer == 1)
        #expect(try await server.entries("alert.fired").isEmpty)

        // The rest comes after the judgement: kept, counted, and the judgement stands.
        let rest = try await server.labels.add(Array(labels[400...]), model: World.model)
        #expect(rest.joined == 100 && rest.afterJudgement == 100)
        try await server.monitoring.look()
        #expect(try await server.entries("performance.recorded").count == 1)
        #expect(try await server.ledger.verify().isIntact)
    }

    @Test("a window whose labels never came keeps what was estimated of it")
    func noLabels() async throws {
        let server = try await serving()
        _ = try await day(server, 0)
        server.world.clock.advance(.hours(24))
        for _ in 0..<3 { try await server.monitoring.look() }
        let estimate = try #require(try await server.entries("performance.estimated").first?.data["estimate"])
        server.world.clock.advance(.hours(40))
        for _ in 0..<3 { try await server.monitoring.look() }
        let judged = try #require(try await server.entries("performance.recorded").first?.data)
        #expect(judged["verdict"]?.string == "cannotTell" && judged["value"] == .null && judged["gap"] == .null)
        #expect(judged["estimate"] == estimate)
        #expect(try await newest(server)["estimate"] == estimate)
    }

    @Test("bad labels are told, counted, and change nothing")
    func badLabels() async throws {
        let server = try await serving()
        let labels = try await day(server, 0, rows: 20)
        let one = labels[0]
        func add(_ given: [GivenLabel], replacing: Bool = false) async throws -> LabelReceipt {
            try await server.labels.add(given, model: World.model, correctedBy: replacing ? World.alice : nil)
        }
        let mixed = try await add([
            one, one, GivenLabel(id: one.id, label: 1 - (one.label.number ?? 0)), GivenLabel(id: "nobody", label: 1),
        ])
        #expect(mixed.counts == [.joined: 1, .repeated: 1, .conflicting: 1, .unknown: 1])
        #expect(mixed.examples == [.repeated: [one.id], .conflicting: [one.id], .unknown: ["nobody"]])
        let stored = try await server.world.database.read {
            try PredictionTable.row(one.id, model: World.model, in: $0)?.label
        }
        #expect(stored == one.label.number, "the first label stands")
        let corrected = try await add([GivenLabel(id: one.id, label: 1 - (one.label.number ?? 0))], replacing: true)
        #expect(corrected.counts == [.corrected: 1] && corrected.joined == 1)
        let told = try await server.entries("labels.corrected")
        #expect(told.count == 1 && told.first?.actor == "alice" && told.first?.data["labels"]?.integer == 1)

        for bad in [7, .nan, .infinity, 0.5] {
            let refused = await #expect(throws: ServiceError.self) {
                try await add([labels[1], GivenLabel(id: labels[2].id, label: bad)])
            }
            #expect(refused?.kind == .invalid && refused?.message.contains(labels[2].id) == true)
        }
        let untouched = try await server.world.database.read {
            try PredictionTable.row(labels[1].id, model: World.model, in: $0)?.label
        }
        #expect(untouched == nil, "nothing of a refused request is kept")
        let long = String(repeating: "x", count: 300)
        await #expect(throws: ServiceError.self) {
            try await add([GivenLabel(id: labels[1].id, label: 1, groups: ["sex": long])])
        }
        server.world.clock.advance(.hours(73))
        let late = try await add([labels[3]])
        #expect(late.counts == [.late: 1] && late.joined == 0)
        let counts = try await server.performance.report(model: World.model)["labels"]?["counts"]
        #expect(counts?["conflicting"]?.integer == 1 && counts?["late"]?.integer == 1, "\(String(describing: counts))")
        #expect(counts?["refused"]?.integer == 5 && counts?["unknown"]?.integer == 1)
        // Names of models that do not exist fill no table.
        _ = try await server.labels.add([GivenLabel(id: "x", label: 1)], model: "nobody")
        try await server.labels.count(refused: 1, model: "nobody")
        let names = try await server.world.database.read { try AnswerTable.counts(model: "nobody", in: $0) }
        #expect(names.isEmpty)
        let unwatched = await #expect(throws: ServiceError.self) {
            try await server.performance.report(model: "nobody")
        }
        #expect(unwatched?.kind == .notFound)
    }

    @Test("an estimator whose estimates are not what labels show has its own alert, and wakes nobody afterwards")
    func bias() async throws {
        let server = try await serving()
        for number in 0..<2 {
            // The inputs are as ever, what they mean is not: no estimate can see that.
            let labels = try await day(server, number, flipped: true)
            server.world.clock.advance(.hours(24))
            try await server.monitoring.look()
            #expect(try await server.labels.add(labels, model: World.model).joined == labels.count)
            server.world.clock.advance(.hours(9))
            for _ in 0..<2 { try await server.monitoring.look() }
            server.world.clock.advance(.hours(15))
        }
        let alerts = try await server.entries("alert.fired")
        #expect(alerts.first?.data["kind"]?.string == "estimator", "\(alerts.map(\.data))")
        #expect(alerts.first?.data["columns"]?.array?.first?["sentence"]?.string?.contains("off by more than") == true)
        let bias = try #require(try await server.performance.report(model: World.model)["estimator"])
        #expect(bias["verdict"]?.string == "biased" && (bias["upper"]?.number ?? 0) < -0.2)
        let recorded = try await server.entries("performance.recorded")
        #expect(recorded.allSatisfy { $0.data["verdict"]?.string == "breached" })
        // That the estimator is off calls nobody; that the answers are bad, twice, does.
        #expect(alerts.first?.data["incident"] == .null)
        let kinds = alerts.compactMap { $0.data["kind"]?.string }.filter { $0 != "drift" }
        #expect(kinds == ["estimator", "performance"])
        #expect(try await server.monitoring.incidents(model: World.model).count == 1)
    }

    @Test("a regression: its losses are expected from what it is asked, before any truth is known")
    func regression() async throws {
        let manifest = """
            apiVersion: slipway/v1
            kind: Model
            metadata: {name: \(World.model), owner: team-ops, tier: 3}
            spec:
              task: regression
              evaluation:
                - {metric: mae, max: 0.5}
              release: {strategy: canary, steps: [100], stepDuration: 1m, minRequests: 10}
              monitors:
                performance: {metric: mae, max: 0.3, window: 1d, labels: {delay: 6h}, slices: [distance]}
            """
        let world = try await World(seed: 7)
        _ = try await world.start().governance.apply(manifest: manifest, file: "slipway.yaml", caller: World.alice)
        let version = try await world.register("fake one")
        let server = world.start()
        func truth(_ score: Double, _ distance: Double, _ number: Int) -> Double {
            score + (stableUnit("\(number)", salt: "noise") - 0.5) * (0.1 + distance / 25)
        }
        let rows = 0..<3000
        world.tables.set(
            "numbers",
            [
                ("distance", .numbers(rows.map { Double($0 % 50) })), ("delay", .numbers(rows.map { Self.score($0) })),
                ("truth", .numbers(rows.map { truth(Self.score($0), Double($0 % 50), $0) })),
            ]
        )
        let evaluation = try await server.evaluations.evaluate(
            model: World.model,
            version: version,
            dataset: Dataset(path: "numbers", digest: "sha256:numbers", label: "truth"),
            caller: World.alice
        )
        let usual = try #require(evaluation.metrics["mae"])
        #expect(evaluation.metrics["rmse"] != nil && evaluation.metrics["roc_auc"] == nil)
        _ = try await server.finish(server.ship(version).plan.release)
        _ = try await world.database.write { try $0.execute("DELETE FROM predictions") }
        world.clock.advance(.minutes(1))
        var labels: [GivenLabel] = []
        for index in 0..<400 {
            // Only far flights now: errors are larger than they were.
            let (score, distance) = (Self.score(index), Double(40 + index % 10))
            let answer = try await server.ask("r\(index)", delay: score, distance: distance)
            labels.append(GivenLabel(id: answer.predictionID, label: truth(score, distance, 50_000 + index)))
        }
        try await server.recorder.flush()
        world.clock.advance(.hours(24))
        try await server.monitoring.look()
        let estimate = try #require(try await server.entries("performance.estimated").first?.data["estimate"])
        let expected = try #require(estimate["value"]?.number)
        #expect(estimate["method"]?.string == "dle" && expected > 1.5 * usual, "\(expected), \(usual) as a rule")
        #expect(try await server.labels.add(labels, model: World.model).joined == 400)
        world.clock.advance(.hours(9))
        for _ in 0..<2 { try await server.monitoring.look() }
        let data = try #require(try await server.entries("performance.recorded").first?.data)
        let realised = try #require(data["value"]?.number)
        #expect(abs(expected - realised) < 0.15 * realised, "\(expected) for \(realised)")
        #expect(data["verdict"]?.string == "breached" && data["isLeast"]?.bool == false)
    }

    @Test("more than two classes: labels come by name, and being right is estimated from how sure the answers are")
    func classes() async throws {
        let manifest = """
            apiVersion: slipway/v1
            kind: Model
            metadata: {name: \(World.model), owner: team-ops, tier: 3}
            spec:
              task: multiclass
              evaluation:
                - {metric: accuracy, min: 0.5}
                - {metric: log_loss, max: 1.2}
              release: {strategy: canary, steps: [100], stepDuration: 1m, minRequests: 10}
              monitors:
                performance: {metric: accuracy, min: 0.65, window: 1d, labels: {delay: 6h}, slices: [distance]}
            """
        let world = try await World(seed: 7)
        _ = try await world.start().governance.apply(manifest: manifest, file: "slipway.yaml", caller: World.alice)
        let version = try await world.register("fake three classes")
        let server = world.start()
        // Right as often as the model is sure of it; wrong ones go to the class above.
        func truth(_ score: Double, _ number: Int) -> Int {
            let third = 3 * min(0.999, score)
            let isRight = stableUnit("class \(number)", salt: "truth") < 0.4 + 0.6 * (third - third.rounded(.down))
            return 10 * ((Int(third) + (isRight ? 0 : 1)) % 3)
        }
        let rows = 0..<3000
        world.tables.set(
            "classes",
            [
                ("distance", .numbers(rows.map { Double($0 % 50) })), ("delay", .numbers(rows.map { Self.score($0) })),
                ("class", .texts(rows.map { String(truth(Self.score($0), $0 + 100_000)) })),
            ]
        )
        let evaluation = try await server.evaluations.evaluate(
            model: World.model,
            version: version,
            dataset: Dataset(path: "classes", digest: "sha256:classes", label: "class"),
            caller: World.alice
        )
        #expect(abs((evaluation.metrics["accuracy"] ?? 0) - 0.7) < 0.04, "\(evaluation.metrics)")
        #expect(evaluation.metrics["log_loss"].map { $0 < 0.9 } == true && evaluation.metrics["roc_auc"] == nil)
        _ = try await server.finish(server.ship(version).plan.release)
        _ = try await world.database.write { try $0.execute("DELETE FROM predictions") }
        world.clock.advance(.minutes(1))
        var labels: [GivenLabel] = []
        for index in 0..<400 {
            // Only answers that are not sure of themselves.
            let score = Double(index % 3) / 3 + Double(index * 37 % 100) / 100 * 0.15
            let answer = try await server.ask("c\(index)", delay: score, distance: Double(index % 2))
            let right = truth(score, index)
            labels.append(
                index % 2 == 0
                    ? GivenLabel(id: answer.predictionID, label: Double(right))
                    : GivenLabel(id: answer.predictionID, label: .text(String(right)))
            )
        }
        try await server.recorder.flush()
        world.clock.advance(.hours(24))
        try await server.monitoring.look()
        let estimate = try #require(try await server.entries("performance.estimated").first?.data["estimate"])
        let expected = try #require(estimate["value"]?.number)
        #expect(estimate["method"]?.string == "cbpe" && abs(expected - 0.535) < 0.05, "\(estimate)")
        #expect(try await server.labels.add(labels, model: World.model).joined == 400)
        // A label that is another name is another label, though both are wrong.
        let one = try #require(labels.first { label in label.label.name != "20" })
        let other = GivenLabel(id: one.id, label: .text("nothing"))
        #expect(
            try await server.labels.add([other, one], model: World.model).counts == [.conflicting: 1, .repeated: 1]
        )
        // Texts that look alike are two: the second corrects the first.
        let (composed, apart) = ("caf\u{E9}", "cafe\u{301}")
        for (text, outcome) in [(composed, LabelReceipt.Outcome.corrected), (apart, .corrected), (apart, .repeated)] {
            let label = GivenLabel(id: one.id, label: .text(text))
            let receipt = try await server.labels.add([label], model: World.model, correctedBy: World.alice)
            #expect(receipt.counts == [outcome: 1], "\(text)")
        }
        #expect(
            try await server.labels.add([one], model: World.model, correctedBy: World.alice).counts == [.corrected: 1]
        )
        let empty = GivenLabel(id: one.id, label: .text(""))
        await #expect(throws: ServiceError.self) { try await server.labels.add([empty], model: World.model) }
        world.clock.advance(.hours(9))
        for _ in 0..<2 { try await server.monitoring.look() }
        let data = try #require(try await server.entries("performance.recorded").first?.data)
        let realised = try #require(data["value"]?.number)
        let (low, high) = (estimate["lower"]?.number ?? 1, estimate["upper"]?.number ?? 0)
        #expect((low...high).contains(realised), "\(realised) in \(low)...\(high)")
        let now = world.clock.now
        let counts = try await world.database.read { connection in
            try PredictionTable.quality(
                model: World.model,
                versions: (version, 0),
                from: Instant(milliseconds: 0),
                until: now,
                milliseconds: Span.days(1000).milliseconds * 100,
                threshold: 0.5,
                in: connection
            )
        }
        let wrong = Int((400 * (1 - realised)).rounded())
        #expect(counts.first?.labelled == 400 && counts.first?.wrong == wrong, "\(counts), \(realised)")
        #expect(data["method"]?.string == "wilson" && data["slices"]?.array?.count == 2, "\(data)")
        #expect(data["verdict"]?.string == "breached")
    }
}
