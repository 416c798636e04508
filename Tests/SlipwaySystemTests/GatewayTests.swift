import Foundation
import SlipwayDomain
import SlipwayWire
import Synchronization
import Testing

/// What the clients of a test have seen, and whether they are to go elsewhere.
private final class Tally: Sendable {
    let answered = Mutex(0)
    let isGone = Mutex(false)
}

/// A control plane and its gateways, as processes.
@Suite struct GatewayTests {
    private static let canary = "strategy: canary, steps: [50, 100], "

    private static func manifest(_ release: String) -> String {
        """
        apiVersion: slipway/v1
        kind: Model
        metadata: {name: tiny, owner: team-tests, tier: 3}
        spec:
          task: binary-classification
          release: {\(release)analysis: [{metric: disagreement, max: 0.4}], stepDuration: 1s, minRequests: 30, deadline: 1h}
        """
    }

    /// A server on which version 1 serves, and two gateways of it.
    private func fleet(
        _ release: String,
        _ body: (ServerProcess, [GatewayProcess], TemporaryFolder) async throws -> Void
    ) async throws {
        let folder = try TemporaryFolder()
        let server = try await ServerProcess.start(in: folder)
        try await server.http.makeTinyModel()
        let manifest = Payload.bytes(Array(Self.manifest(release).utf8))
        try await server.http.demand("POST", RawHTTP.native + "/manifests?file=slipway.yaml", manifest)
        try await server.http.serveFirstVersion()
        var gateways: [GatewayProcess] = []
        for name in ["a", "b"] {
            gateways.append(try await GatewayProcess.start(of: server.port, in: folder, data: name))
        }
        for gateway in gateways { try await gateway.ready() }
        try await body(server, gateways, folder)
        for gateway in gateways { try await gateway.kill9() }
        try await server.kill9()
    }

    /// Clients that ask the gateways while `body` runs; every question must find an answer.
    private func under(
        _ row: JSONValue,
        _ gateways: [GatewayProcess],
        _ body: () async throws -> Void
    ) async throws {
        let clients = gateways.enumerated().map { place, gateway in
            Task {
                for number in 0... {
                    if Task.isCancelled { return }
                    let question = TinyModel.question("c\(place)-\(number)", row)
                    let answer = try await gateway.http.post("/v2/models/tiny/infer", question)
                    #expect(answer.isSuccess, "\(answer)")
                }
            }
        }
        do {
            try await body()
        } catch {
            for client in clients { client.cancel() }
            throw error
        }
        for client in clients { client.cancel() }
        for client in clients { try await client.value }
    }

    private func ship(_ version: Int, _ http: RawHTTP) async throws -> String {
        let answer = try await http.post("\(RawHTTP.native)/models/tiny/versions/\(version)/ship")
        return try #require(answer.json?["release"]?["release"]?.string, "\(answer)")
    }

    @Test func `a canary that only gateways serve is promoted, and taken back within a second`() async throws {
        try await fleet(Self.canary) { server, gateways, _ in
            try await under([1, 2], gateways) {
                let end = try await server.http.finished(try await ship(2, server.http))
                #expect(end["outcome"]?.string == "promoted", "\(end)")
                for gateway in gateways { try await eventually { try await gateway.version() == "2" } }
                let clock = ContinuousClock()
                let pressed = clock.now
                try await server.http.demand("POST", RawHTTP.native + "/models/tiny/rollback", RawHTTP.json([:]))
                for gateway in gateways {
                    while try await gateway.version() != "1" {
                        guard clock.now - pressed < .seconds(1) else { break }
                    }
                }
                #expect(clock.now - pressed < .seconds(1), "what the issue promises")
            }
            let list = try await server.http.get(RawHTTP.native + "/gateways")
            #expect(list.json?["gateways"]?.array?.count == 2, "\(list)")
        }
    }

    @Test func `a version that disagrees at the gateways is rolled back there`() async throws {
        try await fleet(Self.canary) { server, gateways, _ in
            try await under([2, -3], gateways) {
                let end = try await server.http.finished(try await ship(2, server.http))
                #expect(end["outcome"]?.string == "rolledBack", "\(end)")
            }
            for gateway in gateways { #expect(try await gateway.version() == "1") }
        }
    }

    @Test func `without the control plane gateways go on, also after a kill, and report when it is back`() async throws
    {
        try await fleet(Self.canary) { server, gateways, folder in
            let port = server.port
            try await server.kill9()
            for gateway in gateways { #expect(try await gateway.version() == "1") }
            try await gateways[0].kill9()
            let again = try await GatewayProcess.start(of: port, in: folder, data: "a")
            try await again.ready()
            var ids: [String] = []
            for number in 0..<20 {
                let answer = try await again.http.post("/v2/models/tiny/infer", TinyModel.question("k\(number)"))
                #expect(answer.json?["model_version"]?.string == "1", "\(answer)")
                ids.append(try #require(answer.json?["parameters"]?["prediction_id"]?.string))
            }
            let metrics = try await again.http.get("/metrics").text
            for line in ["predictions_logged_total 20", "served_models 1", "gateway_table_known 1"] {
                #expect(metrics.contains("\nslipway_\(line)\n"), "\(metrics)")
            }
            let back = try await ServerProcess.start(in: folder, ["--port", "\(port)"])
            // What was asked meanwhile is there to be labelled.
            try await eventually {
                let labels = ids.map { JSONValue.object(["prediction": .string($0), "label": 1]) }
                let answer = try await back.http.post(
                    RawHTTP.native + "/models/tiny/labels",
                    ["labels": .array(labels)]
                )
                return answer.json?["joined"]?.integer == 20
            }
            #expect(try await again.terminate() == 0, "\(again.log)")
            try await back.kill9()
        }
    }

    @Test func `a gateway that is told to end says so first, and loses no answer`() async throws {
        try await fleet(Self.canary) { _, gateways, _ in
            let gateway = gateways[0]
            let tally = Tally()
            let clients = (0..<4).map { client in
                Task {
                    for number in 0... {
                        // What a load balancer does when it hears that somebody is not ready.
                        if tally.isGone.withLock({ $0 }) { return }
                        let question = TinyModel.question("c\(client)-\(number)")
                        let answer = try await gateway.http.post("/v2/models/tiny/infer", question)
                        #expect(answer.isSuccess, "\(answer)")
                        tally.answered.withLock { $0 += 1 }
                    }
                }
            }
            try await eventually { tally.answered.withLock { $0 } > 100 }
            let before = tally.answered.withLock { $0 }
            gateway.askToEnd()
            try await eventually { try await gateway.http.get("/v2/health/ready").status == 503 }
            try await eventually { tally.answered.withLock { $0 } > before + 20 }
            tally.isGone.withLock { $0 = true }
            for client in clients { try await client.value }
            #expect(try await gateway.exitCode() == 0, "\(gateway.log)")
        }
    }

    @Test func `a gateway's token opens the calls of gateways and nothing else`() async throws {
        let folder = try TemporaryFolder()
        let server = try await ServerProcess.start(in: folder)
        let made = try await server.http.post(RawHTTP.native + "/users", ["user": "alice"])
        let alice = try #require(made.json?["token"]?.string)
        var admin = server.http
        admin.token = alice
        let issued = try await admin.post(RawHTTP.native + "/users/alice/tokens", ["purpose": "gateway"])
        let token = try #require(issued.json?["token"]?.string, "\(issued)")
        var gateway = server.http
        gateway.token = token
        for route in try await RouteTable.all() where route.access != .open {
            let answer = try await gateway.send(route.method, route.example)
            #expect((answer.status == 403) == (route.access != .gateway), "\(route.line): \(answer)")
            guard route.access == .gateway else { continue }
            // Neither a person nor nobody may be a gateway.
            #expect(try await admin.send(route.method, route.example).status == 403, "\(route.line)")
            #expect(try await server.http.send(route.method, route.example).status == 403, "\(route.line)")
        }
        // The gateway asks its own clients for tokens that the control plane knows.
        let process = try await GatewayProcess.start(
            of: server.port,
            in: folder,
            data: "g",
            token: token,
            ["--require-token"]
        )
        try await process.ready()
        var client = process.http
        #expect(try await client.get("/v2").status == 401)
        client.token = token
        #expect(try await client.get("/v2").status == 401)
        client.token = alice
        // Gateways hear of new tokens within a second.
        try await eventually { [client] in try await client.get("/v2").status == 200 }
        #expect(try await process.terminate() == 0, "\(process.log)")
        try await server.kill9()
    }
}
