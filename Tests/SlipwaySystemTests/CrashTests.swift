import Foundation
import SlipwayDomain
import Testing

@Suite struct CrashTests {
    @Test func `no acknowledged write is lost and every release ends as it was told, over 50 power cuts`() async throws
    {
        let text = ProcessInfo.processInfo.environment["SLIPWAY_SEED"] ?? ""
        let seed = UInt64(text) ?? UInt64.random(in: 0..<1_000_000)
        print("CrashTests: seed \(seed) (SLIPWAY_SEED=\(seed) repeats it)")
        var random = SeededGenerator(seed: seed)
        let folder = try TemporaryFolder()
        let memory = ClientMemory()
        var server = try await ServerProcess.start(in: folder)
        try await server.http.makeTinyModel()
        try await server.http.serveFirstVersion()
        let run = try await CrashTraffic.makeRun(server.http)
        var ledgerSize: Int64 = 0
        for round in 1...50 {
            let life = Int.random(in: 30...400, using: &random)
            let orders = SeededGenerator(seed: random.next())
            let traffic = CrashTraffic(http: server.http, run: run, memory: memory)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for writer in 0..<3 { group.addTask { await traffic.logMetrics(writer: writer) } }
                group.addTask { try await traffic.release(orders) }
                let current = server
                group.addTask {
                    try await pause(milliseconds: life)
                    try await current.kill9()
                }
                try await group.waitForAll()
            }
            server = try await ServerProcess.start(in: folder)
            let verdict = try #require(try await server.http.get(RawHTTP.native + "/ledger/verify").json)
            #expect(verdict["intact"]?.bool == true, "seed \(seed), round \(round): \(verdict)")
            let size = try #require(verdict["size"]?.integer)
            #expect(size > ledgerSize, "seed \(seed), round \(round): the ledger lost entries")
            ledgerSize = size
            try await expectOutcomes(server, memory, "seed \(seed), round \(round)")
        }
        try await expectMetrics(server, run, memory, "seed \(seed)")
        let told = memory.counts
        print("CrashTests: \(told.points) points and \(told.orders) orders acknowledged, \(ledgerSize) ledger entries")
        // So that a run in which nothing happened does not count as a success.
        #expect(told.points > 200 && told.orders > 15, "seed \(seed)")
        #expect(try await server.terminate() == 0, "\(server.log)")
    }

    /// Every acknowledged order that is not yet proven must have come true.
    private func expectOutcomes(_ server: ServerProcess, _ memory: ClientMemory, _ place: String) async throws {
        for (release, expected) in memory.takeOrders() {
            let end = try await server.http.finished(release)
            #expect(end["outcome"]?.string == expected, "\(place): \(release) was told \(expected), ended as \(end)")
            let report = try #require(try await server.http.get(RawHTTP.native + "/models/tiny").json)
            guard report["releases"]?.array?.last?["release"]?.string == release else { continue }
            let plan = try #require(end["plan"])
            let serving = try #require((expected == "promoted" ? plan["candidate"] : plan["stable"])?.integer)
            #expect(report["serving"]?["version"]?.integer == serving, "\(place): \(release) ended \(expected)")
            // The server listens before it has loaded what serves.
            try await eventually {
                let answer = try await server.http.post("/v2/models/tiny/versions/\(serving)/infer", TinyModel.question)
                return answer.isSuccess
            }
        }
    }

    /// Every acknowledged point must be in the history, once, and nothing that nobody sent.
    private func expectMetrics(
        _ server: ServerProcess,
        _ run: String,
        _ memory: ClientMemory,
        _ place: String
    ) async throws {
        for writer in 0..<3 {
            var found: [Int64: Int64] = [:]
            var token = ""
            repeat {
                let query = "run_id=\(run)&metric_key=m\(writer)&max_results=1000&page_token=\(token)"
                let answer = try await server.http.get(RawHTTP.mlflow + "/metrics/get-history?\(query)")
                let page = try #require(answer.json, "\(answer)")
                for point in page["metrics"]?.array ?? [] {
                    let step = try #require(point["step"]?.integer)
                    #expect(found[step] == nil, "\(place): step \(step) stands twice")
                    found[step] = point["value"]?.integer
                }
                token = page["next_page_token"]?.string ?? ""
            } while !token.isEmpty
            let (acknowledged, sent) = memory.points(writer: writer)
            for step in acknowledged {
                #expect(found[step] == step * 2, "\(place): step \(step) of m\(writer) was acknowledged and is lost")
            }
            #expect(found.keys.allSatisfy { $0 < sent }, "\(place): a point of m\(writer) that nobody sent")
        }
    }
}
