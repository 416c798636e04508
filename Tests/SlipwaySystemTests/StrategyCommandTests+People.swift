import Foundation
import SlipwayDomain
import Testing

/// What people do to a release by the command line, while clients ask.
extension StrategyCommandTests {
    private func begin(_ server: ServerProcess, token: String? = nil) async throws -> String {
        let ship = try await run(["ship", "tiny@2", "--to", "production", "--json"], server, token: token)
        let answer = try JSONValue(parsing: Array(ship.output.utf8))
        return try #require(answer["release"]?["release"]?.string, "\(ship)")
    }

    /// A client that notes when it asked and who answered.
    private static func note(_ http: RawHTTP, client: Int) async throws -> [(
        asked: ContinuousClock.Instant, by: String
    )] {
        var seen: [(ContinuousClock.Instant, String)] = []
        var number = 0
        while !Task.isCancelled {
            let question: JSONValue = [
                "inputs": [["name": "features", "datatype": "FP32", "shape": [1, 2], "data": [1, 2]]],
                "parameters": ["key": .string("n\(client)-\(number)")],
            ]
            number += 1
            let asked = ContinuousClock.now
            let answer = try await http.post("/v2/models/tiny/infer", question)
            #expect(answer.isSuccess, "\(answer)")
            seen.append((asked, answer.json?["model_version"]?.string ?? ""))
        }
        return seen
    }

    @Test func `a rollback in the middle of a running analysis holds for every question asked a second later`()
        async throws
    {
        // A step of an hour: the analysis runs all the while and decides nothing.
        try await withReleases("strategy: canary, steps: [50, 100]", pace: "stepDuration: 30m, minRequests: 30") {
            server in
            let id = try await begin(server)
            try await eventually {
                let state = try await server.http.get("\(RawHTTP.native)/releases/\(id)").json
                return state?["candidatePercent"]?.integer == 50
            }
            let http = server.http
            let clients = (0..<4).map { client in Task { try await Self.note(http, client: client) } }
            try await eventually { try await Self.judged(http, id) }
            let pressed = ContinuousClock.now
            async let first = run(["rollback", "tiny", "--reason", "complaints"], server)
            async let second = run(["rollback", "tiny", "--reason", "complaints"], server)
            let codes = try await [first.code, second.code]
            #expect(codes == [0, 0])
            for _ in 0..<100 { #expect(try await Self.version(http) == "1") }
            for client in clients { client.cancel() }
            var (before, late) = (0, 0)
            for client in clients {
                for (asked, version) in try await client.value {
                    if asked < pressed, version == "2" { before += 1 }
                    if asked > pressed + .seconds(1), version != "1" { late += 1 }
                }
            }
            #expect(before > 0, "the candidate answered before")
            #expect(late == 0, "questions that were asked a second after the press")
            let end = try await server.http.finished(id)
            #expect(end["outcome"]?.string == "rolledBack")
            #expect(try await run(["ledger", "verify"], server).code == 0)
        }
    }

    private static func judged(_ http: RawHTTP, _ id: String) async throws -> Bool {
        let state = try await http.get("\(RawHTTP.native)/releases/\(id)").json
        return (state?["lastVerdict"]?["evidence"]?["candidate"]?["requests"]?.integer ?? 0) > 30
    }

    @Test func `a release is called off, tried again, approved by another person and promoted, all by the command`()
        async throws
    {
        let release = "strategy: canary, steps: [{percent: 20, pause: person}, {percent: 50, approve: peer}, 100]"
        try await withReleases(release) { server in
            let alice = try await token("alice", server, by: nil)
            let bob = try await token("bob", server, by: alice)
            try await under(.agreeing, server) {
                let first = try await begin(server, token: alice)
                let abort = try await run(["abort", "tiny", "--reason", "wrong file"], server, token: alice)
                #expect(abort.code == 0, "\(abort)")
                #expect(try await server.http.finished(first)["outcome"]?.string == "aborted")
                let retry = try await run(["retry", "tiny", "--json"], server, token: alice)
                let id = try #require(
                    try JSONValue(parsing: Array(retry.output.utf8))["release"]?["release"]?.string,
                    "\(retry)"
                )
                let twice = try await run(["ship", "tiny@2"], server, token: alice)
                #expect(twice.code == 1 && twice.output.contains("still under way"), "\(twice)")
                try await waits(server, id, for: "person")
                let status = try await run(["status", "tiny"], server)
                #expect(
                    status.output.contains("step 1 of 3 at 20 %") && status.output.contains("slipway resume"),
                    "\(status)"
                )
                #expect(try await run(["resume", id], server, token: alice).code == 0)
                try await waits(server, id, for: "approval")
                let own = try await run(["approve", id], server, token: alice)
                #expect(own.code == 1 && own.output.contains("began the release"), "\(own)")
                let other = try await run(["approve", "tiny"], server, token: bob)
                #expect(other.code == 0, "\(other)")
                #expect(try await server.http.finished(id)["outcome"]?.string == "promoted")
            }
        }
    }

    private func token(_ name: String, _ server: ServerProcess, by admin: String?) async throws -> String {
        let made = try await run(["user", "create", name, "--json"], server, token: admin)
        let answer = try JSONValue(parsing: Array(made.output.utf8))
        return try #require(answer["token"]?.string, "\(made)")
    }

    private func waits(_ server: ServerProcess, _ id: String, for kind: String) async throws {
        try await eventually {
            let state = try await server.http.get("\(RawHTTP.native)/releases/\(id)").json
            return state?["waiting"]?["kind"]?.string == kind
        }
    }
}
