import Foundation
import SlipwayDomain
import Testing

/// What a release rests on, told and computed again by the real binary.
@Suite struct ReleaseEvidenceCommandTests {
    private func run(_ arguments: [String], _ server: ServerProcess?) async throws -> (code: Int32, output: String) {
        let environment = server.map { ["SLIPWAY_URL": "http://127.0.0.1:\($0.port)"] } ?? [:]
        let child = try ChildProcess(try Checkout.binary(), arguments, environment: environment)
        let code = try await child.exitCode(within: 60)
        return (code, child.output + child.errors)
    }

    @Test func `a release is explained, drawn, and computed again with and without the server`() async throws {
        let folder = try TemporaryFolder()
        try await withServer { server in
            try await server.http.makeTinyModel()
            let manifest = """
                apiVersion: slipway/v1
                kind: Model
                metadata: {name: tiny, owner: team-tests, tier: 3}
                spec:
                  task: binary-classification
                  release: {strategy: canary, steps: [50, 100], stepDuration: 1s, minRequests: 30, deadline: 1h,
                    analysis: [{metric: error_rate, max: 0.4}]}
                """
            try await server.http.demand(
                "POST",
                RawHTTP.native + "/manifests?file=slipway.yaml",
                .bytes(Array(manifest.utf8))
            )
            try await server.http.serveFirstVersion()
            let plan = try await run(["release", "plan", "tiny", "--rate", "40"], server)
            #expect(plan.code == 0 && plan.output.contains("at 40 requests/s and 50 % you need about"), "\(plan)")
            let ship = try await run(["ship", "tiny@2", "--json"], server)
            let answer = try JSONValue(parsing: Array(ship.output.utf8))
            let id = try #require(answer["release"]?["release"]?.string, "\(ship)")
            try await eventually {
                _ = try await server.http.post("/v2/models/tiny/infer", TinyModel.question)
                let state = try await server.http.get("\(RawHTTP.native)/releases/\(id)").json
                return state?["phase"]?.string == "finished"
            }
            let page = URL(filePath: folder.path + "/release.html")
            let told = try await run(["release", "explain", "tiny", "--html", page.path], server)
            #expect(told.code == 0 && told.output.contains("error_rate at most 40 %: pass"), "\(told)")
            let short = try await run(["release", "explain", String(id.prefix(20))], server)
            #expect(short.code == 0 && short.output.contains("error_rate at most 40 %: pass"), "\(short)")
            let html = try String(contentsOf: page, encoding: .utf8)
            #expect(html.contains("<svg") && html.contains("class=\"band\"") && html.contains("limit 0.4"))
            let replay = try await run(["release", "replay", id], server)
            #expect(replay.code == 0 && replay.output.contains("1 of 1 records are equal, byte for byte"), "\(replay)")
            let export = try await run(["ledger", "export"], server)
            let file = URL(filePath: folder.path + "/ledger.jsonl")
            try export.output.write(to: file, atomically: true, encoding: .utf8)
            let offline = try await run(["release", "replay", id, "--file", file.path], nil)
            #expect(offline.code == 0, "\(offline)")
            let flattered = export.output.replacing("\"limit\":0.4", with: "\"limit\":0.5")
            try #require(flattered != export.output)
            try flattered.write(to: file, atomically: true, encoding: .utf8)
            let found = try await run(["release", "replay", id, "--file", file.path], nil)
            #expect(found.code == 1 && found.output.contains("NOT EQUAL"), "\(found)")
            let unknown = try await run(["release", "explain", "nope"], server)
            #expect(unknown.code == 1 && unknown.output.contains("'nope' is no model, and no id"), "\(unknown)")
        }
    }

    @Test func `the calculator answers without a server, and says what a rule looks like`() async throws {
        let told = try await run(
            [
                "release", "power", "--rate", "40", "--percent", "5", "--usual", "0.005", "--rule",
                "metric=error_rate,against=stable,maxIncrease=0.01",
            ],
            nil
        )
        #expect(told.code == 0 && told.output.contains("at 40 requests/s and 5 % you need about"), "\(told)")
        for rule in ["mood", "metric=mood,max=1", "metric=error_rate", "metric=error_rate,metric=error_rate"] {
            let refused = try await run(["release", "power", "--rate", "40", "--percent", "5", "--rule", rule], nil)
            #expect(refused.code == 1, "\(rule): \(refused)")
        }
    }
}
