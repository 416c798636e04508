import Foundation
import SlipwayDomain
import Testing

/// Each strategy to its good and its bad end, by the command line, against live traffic of the real binary.
@Suite struct StrategyCommandTests {
    /// What live clients ask, and what they find in the end.
    enum Traffic: Sendable {
        /// Both versions give the same class.
        case agreeing
        /// The versions give different classes.
        case disagreeing
        /// Labels that are 1 where the given version answered.
        case labelled(winner: Int)

        var inputs: JSONValue {
            switch self {
            case .disagreeing: [2, -3]
            case .agreeing, .labelled: [1, 2]
            }
        }
    }

    private struct Story: Sendable, CustomTestStringConvertible {
        let name: String
        let release: String
        let traffic: Traffic
        let outcome: String
        var testDescription: String { name }
    }

    private static let analysis = "analysis: [{metric: disagreement, max: 0.4}], "

    private static let stories = [
        Story(
            name: "canary, good",
            release: "strategy: canary, steps: [20, 100]",
            traffic: .agreeing,
            outcome: "promoted"
        ),
        Story(
            name: "canary, bad",
            release: "strategy: canary, steps: [20, {percent: 50, pause: 1s}, 100]",
            traffic: .disagreeing,
            outcome: "rolledBack"
        ),
        Story(
            name: "shadow by plan, good",
            release: "strategy: shadow, shadow: {then: promote}, steps: [50, 100]",
            traffic: .agreeing,
            outcome: "promoted"
        ),
        Story(name: "shadow, bad", release: "strategy: shadow", traffic: .disagreeing, outcome: "rolledBack"),
        Story(name: "blue/green, good", release: "strategy: blue-green", traffic: .agreeing, outcome: "promoted"),
        Story(name: "blue/green, bad", release: "strategy: blue-green", traffic: .disagreeing, outcome: "rolledBack"),
        Story(
            name: "A/B, won",
            release: "strategy: ab, ab: {metric: label_rate, goal: higher}",
            traffic: .labelled(winner: 2),
            outcome: "promoted"
        ),
        Story(
            name: "A/B, lost",
            release: "strategy: ab, ab: {metric: label_rate, goal: higher}",
            traffic: .labelled(winner: 1),
            outcome: "rolledBack"
        ),
    ]

    func run(
        _ arguments: [String],
        _ server: ServerProcess,
        token: String? = nil
    ) async throws -> (code: Int32, output: String) {
        var environment = ["SLIPWAY_URL": "http://127.0.0.1:\(server.port)"]
        environment["SLIPWAY_TOKEN"] = token
        let child = try ChildProcess(try Checkout.binary(), arguments, environment: environment)
        let code = try await child.exitCode(within: 60)
        return (code, child.output + child.errors)
    }

    /// A server on which version 1 serves and version 2 is released by `release`.
    func withReleases(
        _ release: String,
        pace: String = "stepDuration: 1s, minRequests: 30",
        _ body: (ServerProcess) async throws -> Void
    ) async throws {
        try await withServer { server in
            try await server.http.makeTinyModel()
            let manifest = """
                apiVersion: slipway/v1
                kind: Model
                metadata: {name: tiny, owner: team-tests, tier: 3}
                spec:
                  task: binary-classification
                  release: {\(release), \(Self.analysis)\(pace), deadline: 1h}
                """
            try await server.http.demand(
                "POST",
                RawHTTP.native + "/manifests?file=slipway.yaml",
                .bytes(Array(manifest.utf8))
            )
            try await server.http.serveFirstVersion()
            try await body(server)
        }
    }

    /// Asks until it is cancelled; a question that finds no answer is a failure.
    static func ask(_ http: RawHTTP, _ traffic: Traffic, client: Int) async throws {
        var labels: [JSONValue] = []
        for number in 0... {
            if Task.isCancelled { return }
            let question: JSONValue = [
                "inputs": [["name": "features", "datatype": "FP32", "shape": [1, 2], "data": traffic.inputs]],
                "parameters": ["key": .string("c\(client)-\(number)")],
            ]
            let answer = try await http.post("/v2/models/tiny/infer", question)
            #expect(answer.isSuccess, "\(answer)")
            guard case .labelled(let winner) = traffic, let id = answer.json?["parameters"]?["prediction_id"]?.string
            else { continue }
            let isGood = answer.json?["model_version"]?.string == String(winner)
            labels.append(["prediction": .string(id), "label": isGood ? 1 : 0])
            if labels.count == 20 {
                try await http.demand(
                    "POST",
                    RawHTTP.native + "/models/tiny/labels",
                    RawHTTP.json(["labels": .array(labels)])
                )
                labels = []
            }
        }
    }

    /// Runs `body` while clients ask.
    func under(_ traffic: Traffic, _ server: ServerProcess, _ body: () async throws -> Void) async throws {
        let http = server.http
        let clients = (0..<3).map { client in Task { try await Self.ask(http, traffic, client: client) } }
        do {
            try await body()
        } catch {
            for client in clients { client.cancel() }
            throw error
        }
        for client in clients { client.cancel() }
        for client in clients { try await client.value }
    }

    @Test(arguments: stories.indices)
    func `a release comes to its end by what live traffic shows, and the command says which`(_ index: Int) async throws
    {
        let story = Self.stories[index]
        try await withReleases(story.release) { server in
            try await under(story.traffic, server) {
                let ship = try await run(["ship", "tiny@2", "--to", "production", "--watch"], server)
                #expect(ship.code == (story.outcome == "promoted" ? 0 : 2), "\(story.name): \(ship)")
            }
            let report = try #require(try await server.http.get(RawHTTP.native + "/models/tiny").json)
            #expect(report["releases"]?.array?.last?["outcome"]?.string == story.outcome, "\(story.name): \(report)")
            #expect(report["serving"]?["version"]?.integer == (story.outcome == "promoted" ? 2 : 1), "\(story.name)")
            #expect(try await run(["ledger", "verify"], server).code == 0)
        }
    }

    @Test func `a shadow is ready, frozen, thawed and promoted by people`() async throws {
        try await withReleases("strategy: shadow") { server in
            try await under(.agreeing, server) {
                let ship = try await run(["ship", "tiny@2", "--to", "production", "--json"], server)
                let answer = try JSONValue(parsing: Array(ship.output.utf8))
                let id = try #require(answer["release"]?["release"]?.string, "\(ship)")
                try await eventually {
                    let state = try await server.http.get("\(RawHTTP.native)/releases/\(id)").json
                    return state?["waiting"]?["kind"]?.string == "person"
                }
                let preview = try await server.http.send(
                    "POST",
                    "/v2/models/tiny/infer",
                    RawHTTP.json(TinyModel.question),
                    headers: ["Content-Type": "application/json", "slipway-version": "candidate"]
                )
                #expect(preview.json?["model_version"]?.string == "2", "\(preview)")
                #expect(try await run(["freeze", "production", "--reason", "month end"], server).code == 0)
                let refused = try await run(["promote", id], server)
                #expect(refused.code == 1 && refused.output.contains("slipway thaw production"), "\(refused)")
                #expect(try await run(["thaw", "production"], server).code == 0)
                #expect(try await run(["pause", "tiny"], server).code == 0)
                #expect(try await run(["resume", id], server).code == 0)
                #expect(try await run(["promote", "tiny"], server).code == 0)
                _ = try await server.http.finished(id)
                let over = try await run(["promote", "tiny"], server)
                #expect(over.code == 1 && over.output.contains("no release of 'tiny' is under way"), "\(over)")
                let late = try await run(["pause", id], server)
                #expect(late.code == 1 && late.output.contains("slipway rollback tiny"), "\(late)")
            }
        }
    }

    @Test func `one rollback takes effect for new requests within a second, also when pressed twice`() async throws {
        try await withReleases("strategy: canary, steps: [100]") { server in
            try await under(.agreeing, server) {
                #expect(try await run(["ship", "tiny@2", "--watch"], server).code == 0)
                #expect(try await Self.version(server.http) == "2")
                let clock = ContinuousClock()
                let pressed = clock.now
                let first = try await server.http.post(RawHTTP.native + "/models/tiny/rollback")
                while try await Self.version(server.http) != "1" {
                    guard clock.now - pressed < .seconds(1) else { break }
                }
                #expect(clock.now - pressed < .seconds(1), "what the issue promises")
                let second = try await server.http.post(RawHTTP.native + "/models/tiny/rollback")
                #expect(first.isSuccess && first.json?["release"] == second.json?["release"])
                for _ in 0..<50 { #expect(try await Self.version(server.http) == "1") }
            }
        }
    }

    static func version(_ http: RawHTTP) async throws -> String? {
        try await http.post("/v2/models/tiny/infer", TinyModel.question).json?["model_version"]?.string
    }
}
