import Foundation
import SlipwayDomain
import Testing

/// Live traffic through the real gateway: from the first bad request to the one incident that names the right column.
@Suite struct LiveFaultTests {
    private static let start = "2026-03-02T00:00:00Z"
    private static let clock = ["--clock", "\(start),1000000"]
    private static let manifest = """
        apiVersion: slipway/v1
        kind: Model
        metadata: {name: tiny, owner: team-tests, tier: 3}
        spec:
          task: binary-classification
          release: {strategy: canary, steps: [50, 100], stepDuration: 1s, minRequests: 1000000, deadline: 1h}
          monitors:
            drift: {features: all, window: 1h, minRows: 400}
          runbook: runbook.md
        """

    /// Rows with a fixed seed: `a` is uniform, `b` is a triangle around 0.
    private struct Rows {
        var state: UInt64 = 7
        var scale = 1.0

        private mutating func uniform() -> Double {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Double(state >> 11) / Double(1 << 53)
        }

        mutating func next() -> (a: Double, b: Double) {
            (uniform() * 4 - 2, (uniform() + uniform() - 1) * 3 * scale)
        }
    }

    private func run(_ arguments: [String], _ server: ServerProcess) async throws -> (code: Int32, output: String) {
        let environment = ["SLIPWAY_URL": "http://127.0.0.1:\(server.port)"]
        let child = try ChildProcess(try Checkout.binary(), arguments, environment: environment)
        let code = try await child.exitCode(within: 60)
        return (code, child.output + child.errors)
    }

    /// Leads the drill's clock and tells what it then shows.
    private func lead(_ server: ServerProcess, by minutes: Int) async throws -> Instant {
        func now() async throws -> Instant {
            let text = try await server.http.get(RawHTTP.native + "/clock").json?["now"]?.string
            return try #require(text.flatMap { Instant($0) })
        }
        let target = try await now() + .minutes(Int64(minutes))
        try await eventually {
            try await server.http.demand(
                "POST",
                RawHTTP.native + "/clock",
                try RawHTTP.json(["towards": .string(target.description)])
            )
            return try await now() >= target
        }
        return try await now()
    }

    /// One window: four requests of a hundred rows, then its hour passes; returns when the rows began to come.
    private func window(_ server: ServerProcess, _ rows: inout Rows, number: Int) async throws -> Instant {
        let text = try await server.http.get(RawHTTP.native + "/clock").json?["now"]?.string
        let began = try #require(text.flatMap { Instant($0) })
        for _ in 0..<4 {
            var data: [JSONValue] = []
            for _ in 0..<100 {
                let row = rows.next()
                data += [.number(row.a), .number(row.b)]
            }
            try await server.http.demand(
                "POST",
                "/v2/models/tiny/infer",
                try RawHTTP.json([
                    "inputs": [
                        [
                            "name": "features", "datatype": "FP32", "shape": [100, 2], "data": .array(data),
                        ]
                    ]
                ])
            )
        }
        _ = try await lead(server, by: 61)
        try await eventually {
            let report = try await server.http.get(RawHTTP.native + "/models/tiny").json
            return report?["drift"]?.array?.count == number
        }
        return began
    }

    private func serve(_ server: ServerProcess, folder: TemporaryFolder) async throws {
        try await server.http.makeTinyModel()
        try await server.http.demand(
            "POST",
            RawHTTP.native + "/manifests?file=slipway.yaml",
            .bytes(Array(Self.manifest.utf8))
        )
        var rows = Rows(state: 1)
        let lines = (0..<6000).map { _ in
            let row = rows.next()
            return "\(row.a),\(row.b)"
        }
        let file = folder.path + "/train.csv"
        try ("a,b\n" + lines.joined(separator: "\n") + "\n").write(toFile: file, atomically: true, encoding: .utf8)
        let profile = try await run(["profile", file, "--as-reference", "tiny@1"], server)
        try #require(profile.code == 0, "\(profile)")
        try await server.http.serveFirstVersion()
    }

    @Test func `a fault in live traffic becomes one incident that names the right column first`() async throws {
        let folder = try TemporaryFolder()
        try await withServer(Self.clock) { server in
            try await serve(server, folder: folder)
            var rows = Rows()
            for number in 1...4 { _ = try await window(server, &rows, number: number) }
            let clean = try await server.http.get(RawHTTP.native + "/models/tiny").json
            #expect(clean?["alerts"]?.array?.isEmpty == true, "\(clean?["alerts"] ?? .null)")

            // The feed of b begins to send another unit.
            rows.scale = 1.609
            let onset = try await window(server, &rows, number: 5)
            for number in 6...7 { _ = try await window(server, &rows, number: number) }
            let report = try #require(try await server.http.get(RawHTTP.native + "/models/tiny").json)
            let incidents = report["incidents"]?.array ?? []
            #expect(incidents.count == 1, "\(incidents)")
            let incident = try #require(incidents.first)
            #expect(incident["columns"]?.array?.first?["name"]?.string == "b", "\(incident)")
            #expect(incident["origin"]?.string == "upstream" && incident["owner"]?.string == "team-tests")
            let began = try #require(incident["startedAt"]?.string.flatMap { Instant($0) })
            #expect(began >= onset - .minutes(1), "it began at \(began), the first bad request came at \(onset)")
            #expect(began <= onset + .minutes(61))
            let alert = try #require(report["alerts"]?.array?.first)
            #expect(report["alerts"]?.array?.count == 1 && alert["columns"]?.array?.first?["name"]?.string == "b")

            try await judged(server, incident: try #require(incident["incident"]?.string))

            // The feed is mended: the alert ends, and nothing else is told.
            rows.scale = 1
            for number in 8...12 { _ = try await window(server, &rows, number: number) }
            let entries = try await run(["ledger", "export"], server)
            #expect(entries.output.components(separatedBy: "\n").count { $0.contains("alert.resolved") } == 1)
            #expect(entries.output.components(separatedBy: "\n").count { $0.contains("incident.opened") } == 1)
            #expect(try await run(["ledger", "verify"], server).code == 0)
        }
    }

    /// Triage, marks from the command line and from the page, and what the scorecard makes of them.
    private func judged(_ server: ServerProcess, incident id: String) async throws {
        let triage = try await run(["triage", "tiny"], server)
        #expect(triage.code == 0 && triage.output.contains("Drift of b"), "\(triage)")
        let page = "/models/tiny/incidents/\(id)"
        let origin = ["Origin": "http://127.0.0.1:\(server.port)"]
        #expect(try await server.http.send("POST", "\(page)/noise", .none, headers: origin).status == 303)
        #expect(try await server.http.send("POST", "\(page)/noise", .none, headers: [:]).status == 400)
        #expect(try await server.http.send("POST", "\(page)/maybe", .none, headers: origin).status == 400)
        #expect(
            try await server.http.send("POST", "\(page)/noise", .none, headers: ["Origin": "http://evil.example"])
                .status == 403
        )
        let noise = try await run(["scorecard", "--json"], server)
        #expect(try precision(noise.output) == 0, "\(noise)")
        let marked = try await run(["incidents", "mark", id, "actionable", "--note", "kilometres"], server)
        #expect(marked.code == 0 && marked.output.contains("marked"), "\(marked)")
        #expect(try await run(["incidents", "mark", "nope", "noise"], server).code == 1)
        let card = try await run(["scorecard", "--json"], server)
        #expect(try precision(card.output) == 1, "\(card)")
        let listed = try await run(["incidents"], server)
        #expect(listed.output.contains("marked actionable by"), "\(listed)")
        let html = try await server.http.get("/models/tiny").text
        #expect(html.contains("Marked actionable by") && html.contains("\(page)/noise"))
    }

    private func precision(_ text: String) throws -> Double? {
        let card = try JSONValue(parsing: Array(text.utf8))
        return card["kpis"]?.array?.first { $0["id"]?.string == "alert-precision" }?["value"]?.number
    }
}

extension Instant {
    fileprivate static func - (instant: Instant, span: Span) -> Instant {
        Instant(milliseconds: instant.milliseconds - span.milliseconds)
    }
}
