import Foundation
import SlipwayDomain
import Testing

@Suite struct MLflowCrashTests {
    @Test func `what a logging client was told is there exactly once after each power cut, and no batch is half there`()
        async throws
    {
        let text = ProcessInfo.processInfo.environment["SLIPWAY_SEED"] ?? ""
        let seed = UInt64(text) ?? UInt64.random(in: 0..<1_000_000)
        print("MLflowCrashTests: seed \(seed) (SLIPWAY_SEED=\(seed) repeats it)")
        var random = SeededGenerator(seed: seed)
        let folder = try TemporaryFolder()
        var server = try await ServerProcess.start(in: folder)
        let run = try await CrashTraffic.makeRun(server.http)
        var logs = (0..<3).map { LoggingWriter(kind: .batches, number: $0, run: run) }
        logs += (0..<3).map { LoggingWriter(kind: .points, number: $0, run: run) }
        logs += (0..<2).map { LoggingWriter(kind: .runs, number: $0, run: run) }
        logs += (0..<2).map { LoggingWriter(kind: .tags, number: $0, run: run) }
        for round in 1...5 {
            let life = Int.random(in: 100...700, using: &random)
            let current = server
            logs = try await withThrowingTaskGroup(of: LoggingWriter?.self) { group in
                for log in logs { group.addTask { await log.written(to: current.http) } }
                group.addTask {
                    try await pause(milliseconds: life)
                    try await current.kill9()
                    return nil
                }
                var written: [LoggingWriter] = []
                for try await log in group { if let log { written.append(log) } }
                return written
            }
            server = try await ServerProcess.start(in: folder)
            let place = "seed \(seed), round \(round)"
            for log in logs { try await log.expectKept(server.http, isRepeated: false, place) }
            // What nobody acknowledged is sent again, twice, as a client does that saw its connection break.
            for log in logs { try await log.sendLastAgain(server.http) }
            for log in logs { try await log.expectKept(server.http, isRepeated: true, place) }
        }
        let told = logs.map(\.acknowledged.count)
        print("MLflowCrashTests: acknowledged \(told) items of \(logs.map(\.kind))")
        // So that a run in which nothing happened does not count as a success.
        #expect(told.allSatisfy { $0 > 3 }, "seed \(seed): \(told)")
        #expect(try await server.terminate() == 0, "\(server.log)")
    }
}

/// One client that logs item after item, and what it was told.
struct LoggingWriter: Sendable {
    enum Kind: Sendable {
        /// log-batch: 20 points, a param and a tag each.
        case batches
        /// log-metric.
        case points
        /// runs/create.
        case runs
        /// set-tag: the same tag, each time with the next number.
        case tags
    }

    let kind: Kind
    let number: Int
    let run: String
    private(set) var sent = 0
    private(set) var acknowledged: [Int] = []

    init(kind: Kind, number: Int, run: String) {
        self.kind = kind
        self.number = number
        self.run = run
    }

    private static let batchSize = 20

    /// Writes until no server answers.
    func written(to http: RawHTTP) async -> LoggingWriter {
        var log = self
        while true {
            let item = log.sent
            log.sent += 1
            // The power went; whether this item was stored nobody was told.
            guard let answer = try? await log.send(item, http) else { return log }
            guard answer.isSuccess else {
                Issue.record("\(kind) \(number), item \(item) was refused: \(answer)")
                return log
            }
            log.acknowledged.append(item)
        }
    }

    /// Sends the last item again, unless that would make a second run.
    func sendLastAgain(_ http: RawHTTP) async throws {
        guard kind != .runs else { return }
        for _ in 0..<2 {
            let answer = try await send(sent - 1, http)
            #expect(answer.isSuccess, "\(kind) \(number) sent again: \(answer)")
        }
    }

    private func send(_ item: Int, _ http: RawHTTP) async throws -> Answer {
        switch kind {
        case .batches:
            let points = (0..<Self.batchSize).map { point(item * Self.batchSize + $0) }
            return try await http.post(
                RawHTTP.mlflow + "/runs/log-batch",
                [
                    "run_id": .string(run), "metrics": .array(points),
                    "params": [["key": .string("p\(number)-\(item)"), "value": .string("\(item)")]],
                    "tags": [["key": .string("t\(number)-\(item)"), "value": .string("\(item)")]],
                ]
            )
        case .points:
            var body = point(item).object ?? [:]
            body["run_id"] = .string(run)
            return try await http.post(RawHTTP.mlflow + "/runs/log-metric", .object(body))
        case .runs:
            return try await http.post(
                RawHTTP.mlflow + "/runs/create",
                ["experiment_id": "0", "run_name": .string("crash-\(number)-\(item)")]
            )
        case .tags:
            return try await http.post(
                RawHTTP.mlflow + "/runs/set-tag",
                ["run_id": .string(run), "key": .string("last\(number)"), "value": .string("\(item)")]
            )
        }
    }

    private var key: String { "\(kind)\(number)" }

    private func point(_ step: Int) -> JSONValue {
        [
            "key": .string(key), "value": .number(Double(step) / 4), "timestamp": .integer(1_700_000_000_000),
            "step": .integer(Int64(step)),
        ]
    }

    // MARK: What must be there

    /// Checks the server against what this client was told; when the last item was sent again, that must be there too.
    func expectKept(_ http: RawHTTP, isRepeated: Bool, _ place: String) async throws {
        let place = "\(place), \(kind) \(number)"
        let wanted = Set(acknowledged).union(isRepeated && kind != .runs ? [sent - 1] : [])
        switch kind {
        case .points:
            let steps = try await steps(http, place)
            #expect(wanted.isSubset(of: steps), "\(place): lost \(wanted.subtracting(steps).sorted())")
            #expect(steps.allSatisfy { $0 < sent }, "\(place): points that nobody sent")
        case .batches: try await expectBatches(http, wanted, place)
        case .runs:
            let search: JSONValue = [
                "experiment_ids": ["0"], "max_results": 50_000,
                "filter": .string("attributes.run_name LIKE 'crash-\(number)-%'"),
            ]
            let found = try await http.post(RawHTTP.mlflow + "/runs/search", search).json?["runs"]?.array ?? []
            let items = found.compactMap { $0["info"]?["run_name"]?.string?.split(separator: "-").last }.compactMap {
                Int($0)
            }
            #expect(Set(items).count == items.count, "\(place): a run stands twice")
            #expect(wanted.isSubset(of: items), "\(place): lost \(wanted.subtracting(items).sorted())")
            #expect(items.allSatisfy { $0 < sent }, "\(place): runs that nobody made")
        case .tags:
            let value = try await texts("tags", http)["last\(number)"].flatMap { Int($0) } ?? -1
            let last = wanted.max() ?? -1
            #expect((last..<sent).contains(value), "\(place): the tag is \(value), not \(last) to \(sent - 1)")
        }
    }

    /// Every batch is there with all of its points, its param and its tag, or not at all.
    private func expectBatches(_ http: RawHTTP, _ wanted: Set<Int>, _ place: String) async throws {
        let steps = try await steps(http, place)
        let params = try await texts("params", http)
        let tags = try await texts("tags", http)
        for item in 0..<sent {
            let points = (0..<Self.batchSize).filter { steps.contains(item * Self.batchSize + $0) }.count
            let param = params["p\(number)-\(item)"]
            let tag = tags["t\(number)-\(item)"]
            let isWhole = points == Self.batchSize && param == "\(item)" && tag == "\(item)"
            let isNowhere = points == 0 && param == nil && tag == nil
            let parts = "\(points) points, param \(param ?? "none"), tag \(tag ?? "none")"
            #expect(isWhole || (isNowhere && !wanted.contains(item)), "\(place), batch \(item): \(parts)")
        }
        #expect(steps.allSatisfy { $0 < sent * Self.batchSize }, "\(place): points that nobody sent")
    }

    /// The steps of this client's metric, each of which must stand once and with its value.
    private func steps(_ http: RawHTTP, _ place: String) async throws -> Set<Int> {
        let path = "\(RawHTTP.mlflow)/metrics/get-history?run_id=\(run)&metric_key=\(key)"
        let points = try await http.get(path).json?["metrics"]?.array ?? []
        var steps: Set<Int> = []
        for point in points {
            let step = try #require(point["step"]?.integer.map { Int($0) })
            #expect(steps.insert(step).inserted, "\(place): step \(step) stands twice")
            #expect(point["value"]?.number == Double(step) / 4, "\(place): step \(step) has another value")
        }
        return steps
    }

    private func texts(_ list: String, _ http: RawHTTP) async throws -> [String: String] {
        let data = try await http.get("\(RawHTTP.mlflow)/runs/get?run_id=\(run)").json?["run"]?["data"]
        let pairs = (data?[list]?.array ?? []).map { ($0["key"]?.string ?? "", $0["value"]?.string ?? "") }
        return Dictionary(pairs) { $1 }
    }
}
