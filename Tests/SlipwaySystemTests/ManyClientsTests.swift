import Foundation
import SlipwayDomain
import Testing

@Suite struct ManyClientsTests {
    @Test func `64 clients that log at once are all answered, and no point is lost`() async throws {
        try await withServer { server in
            let http = server.http
            var runs: [String] = []
            for _ in 0..<8 { runs.append(try await CrashTraffic.makeRun(http)) }
            let made = runs
            try await withThrowingTaskGroup(of: Void.self) { group in
                for client in 0..<64 {
                    group.addTask { try await Self.log(as: client, to: made[client % 8], http) }
                }
                try await group.waitForAll()
            }
            for client in 0..<64 {
                let path = "\(RawHTTP.mlflow)/metrics/get-history?run_id=\(made[client % 8])&metric_key=m\(client)"
                let points = try await http.get(path).json?["metrics"]?.array ?? []
                let steps = points.compactMap { $0["step"]?.integer }.sorted()
                #expect(steps == Array(0..<Self.pointsEach), "client \(client)")
                #expect(points.allSatisfy { $0["value"]?.number == $0["step"]?.number }, "client \(client)")
            }
            for (index, run) in made.enumerated() {
                let data = try await http.get("\(RawHTTP.mlflow)/runs/get?run_id=\(run)").json?["run"]?["data"]
                for client in stride(from: index, to: 64, by: 8) {
                    let latest = data?["metrics"]?.array?.first { $0["key"]?.string == "m\(client)" }
                    #expect(latest?["step"]?.integer == Self.pointsEach - 1, "client \(client)")
                    let tag = data?["tags"]?.array?.first { $0["key"]?.string == "t\(client)" }
                    #expect(tag?["value"]?.string == "9", "client \(client)")
                }
                // One metric that all clients of the run write: the largest step is the latest, whoever came last.
                let shared = data?["metrics"]?.array?.first { $0["key"]?.string == "shared" }
                #expect(shared?["step"]?.integer == 9)
            }
        }
    }

    /// Ten rounds of a point, a batch of twenty and a tag.
    private static let pointsEach: Int64 = 210

    private static func log(as client: Int, to run: String, _ http: RawHTTP) async throws {
        func point(_ step: Int) -> JSONValue {
            [
                "key": .string("m\(client)"), "value": .number(Double(step)), "timestamp": 5,
                "step": .integer(Int64(step)),
            ]
        }
        for round in 0..<10 {
            var single = point(round * 21).object ?? [:]
            single["run_id"] = .string(run)
            let batch = (1...20).map { point(round * 21 + $0) }
            let shared: JSONValue = [
                "key": "shared", "value": .number(Double(client)), "timestamp": 5, "step": .integer(Int64(round)),
            ]
            let bodies: [(String, JSONValue)] = [
                ("log-metric", .object(single)),
                ("log-batch", ["run_id": .string(run), "metrics": .array(batch + [shared])]),
                ("set-tag", ["run_id": .string(run), "key": .string("t\(client)"), "value": .string("\(round)")]),
            ]
            for (call, body) in bodies {
                let answer = try await http.post("\(RawHTTP.mlflow)/runs/\(call)", body)
                #expect(answer.status == 200, "client \(client), \(call): \(answer)")
            }
        }
    }
}
