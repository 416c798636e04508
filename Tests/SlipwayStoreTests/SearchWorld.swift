import SlipwayDomain
import SlipwaySQLite
import SlipwayStore

/// SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators").
struct SearchDice: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var bits = state
        bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
        return bits ^ (bits >> 31)
    }
}

/// Runs in a database and in memory, and a search of the latter that is as plain as can be.
struct SearchWorld {
    struct PlainRun {
        let number: Int64
        let info: RunInfo
        var params: [String: String] = [:]
        var tags: [String: String] = [:]
        var metrics: [String: Double] = [:]
        var datasets: [DatasetInput] = []
    }

    let database: TemporaryDatabase
    private(set) var runs: [PlainRun] = []

    private static let texts = [
        "v1", "v2", "V1", "é", "É", "50%", "a_b", "a!b", "", String(repeating: "l", count: 300),
    ]

    init(runs count: Int, seed: UInt64) async throws {
        database = try TemporaryDatabase()
        try await Migrator.migrate(database.database)
        var dice = SearchDice(state: seed)
        var made: [PlainRun] = []
        for number in 1...Int64(count) { made.append(Self.run(number, &dice)) }
        let all = made
        runs = all
        try await database.database.write { writer in
            for id in [Int64(1), 2, 3] {
                try ExperimentTable.insert(
                    Experiment(
                        id: id,
                        name: "e\(id)",
                        artifactLocation: "a:/\(id)",
                        createdAt: Instant(milliseconds: 1),
                        updatedAt: Instant(milliseconds: 1),
                        tags: []
                    ),
                    in: writer
                )
            }
            for run in all { try Self.store(run, in: writer) }
        }
    }

    private static func store(_ run: PlainRun, in writer: any SQLWriter) throws {
        let number = try RunTable.insert(run.info, in: writer)
        precondition(number == run.number)
        if run.info.isDeleted {
            try writer.execute("UPDATE runs SET is_deleted = 1 WHERE number = ?", [.integer(number)])
        }
        try RunData.setTags(run.tags.map { Tag(key: $0.key, value: $0.value) }, on: number, in: writer)
        _ = try RunData.addParams(run.params.map { Tag(key: $0.key, value: $0.value) }, to: number, in: writer)
        let points = run.metrics.map { MetricPoint(key: $0.key, value: $0.value, timestamp: 1, step: 0) }
        try MetricTable.add(points, to: number, in: writer)
        try RunInputTable.addDatasets(run.datasets, to: number, experiment: run.info.experiment, in: writer)
    }

    private static func run(_ number: Int64, _ dice: inout SearchDice) -> PlainRun {
        func pick<Item>(_ items: [Item]) -> Item { items[Int.random(in: 0..<items.count, using: &dice)] }
        var info = RunInfo(
            id: "r\(String(dice.next(), radix: 16))",
            experiment: pick([1, 1, 2, 3]),
            name: pick(["one", "two", "Two"]),
            user: pick(["ann", "bob"]),
            status: pick([.running, .finished, .failed]),
            startedAt: Instant(milliseconds: pick([1, 2, 3, 4, 5, 6, 7, 8, 9])),
            endedAt: pick([nil, Instant(milliseconds: 10), Instant(milliseconds: 20)]),
            artifactURI: "a:/\(number)"
        )
        info.isDeleted = pick([true, false, false, false])
        var run = PlainRun(number: number, info: info)
        run.tags["mlflow.runName"] = info.name
        for key in ["p0", "p1"] where pick([true, true, false]) { run.params[key] = pick(texts) }
        for key in ["team", "env"] where pick([true, true, false]) { run.tags[key] = pick(texts) }
        for key in ["m0", "m1"] where pick([true, true, true, false]) {
            run.metrics[key] = pick([0, 0.5, 1, 1.5, -2, .nan])
        }
        if pick([true, false, false]) {
            run.datasets = [
                DatasetInput(
                    name: pick(["d1", "d2"]),
                    digest: pick(["x", "y"]),
                    sourceType: "s",
                    source: "s",
                    schema: nil,
                    profile: nil,
                    tags: pick([[], [Tag(key: "mlflow.data.context", value: "train")]])
                )
            ]
        }
        return run
    }

    func condition(_ dice: inout SearchDice) -> SearchCondition {
        func pick<Item>(_ items: [Item]) -> Item { items[Int.random(in: 0..<items.count, using: &dice)] }
        let text = pick(Self.texts)
        let pattern = pick(["v%", "V_", "%", "%b", "a!%", "a_b", "é", "É%", "%ll%", "50%", "no%"])
        let textTest: SearchTest = pick([
            .equals(text), .differs(text), .like(pattern, ignoringCase: false), .like(pattern, ignoringCase: true),
        ])
        switch Int.random(in: 0..<6, using: &dice) {
        case 0, 1:
            return SearchCondition(
                SearchField(.metric, pick(["m0", "m1", "nope"])),
                .number(pick(SearchComparator.allCases), pick([0, 0.5, 1, 7]))
            )
        case 2:
            return SearchCondition(
                SearchField(.param, pick(["p0", "p1"])),
                pick([textTest, textTest, .isNull, .isNotNull])
            )
        case 3:
            return SearchCondition(
                SearchField(.tag, pick(["team", "env"])),
                pick([textTest, textTest, .isNull, .isNotNull])
            )
        case 4:
            return SearchCondition(
                SearchField(.dataset, pick(["name", "digest", "context"])),
                pick([.equals("d1"), .isIn(["x", "train"]), .like("%1", ignoringCase: false), .isNotIn(["d2"])])
            )
        default:
            return pick([
                SearchCondition(SearchField(.attribute, "status"), .equals("FAILED")),
                SearchCondition(SearchField(.attribute, "run_name"), .like("t%", ignoringCase: true)),
                SearchCondition(SearchField(.attribute, "start_time"), .number(.greaterOrEqual, 4)),
                SearchCondition(SearchField(.attribute, "end_time"), .number(.less, 15)),
                SearchCondition(SearchField(.attribute, "run_id"), .isIn([runs[0].info.id, runs[1].info.id, "x"])),
                SearchCondition(SearchField(.attribute, "run_id"), .isNotIn([runs[2].info.id])),
            ])
        }
    }

    func order(_ dice: inout SearchDice) -> [SearchOrder] {
        let fields: [SearchField] = [
            .init(.metric, "m0"), .init(.metric, "m1"), .init(.metric, "nope"), .init(.param, "p0"),
            .init(.tag, "team"),
            .init(.attribute, "start_time"), .init(.attribute, "end_time"), .init(.attribute, "run_name"),
            .init(.attribute, "run_id"),
        ]
        return fields.shuffled(using: &dice).prefix(Int.random(in: 0...3, using: &dice)).map {
            SearchOrder($0, isAscending: dice.next() & 1 == 0)
        }
    }
}
