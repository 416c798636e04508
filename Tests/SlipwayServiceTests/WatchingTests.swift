import SlipwayDomain
import SlipwayLedger
import SlipwayRelease
import SlipwaySQLite
import SlipwayService
import SlipwayStatistics
import SlipwayStore
import Testing

@Suite("Telling causes apart, and whether alerts were worth waking for")
struct WatchingTests {
    private func serving() async throws -> Server {
        let world = try await World.qualified(["fake one"])
        let server = world.start()
        _ = try await server.finish(server.ship(1).plan.release)
        world.clock.advance(.minutes(5))
        return server
    }

    private func window(_ server: Server, _ number: Int, shift: Double = 0) async throws {
        try await server.traffic(300, named: "w\(number)", shift: shift)
        server.world.clock.advance(.minutes(61))
        try await server.monitoring.look()
    }

    @Test("answers that change while the inputs do not are the model's doing")
    func model() async throws {
        let server = try await serving()
        for number in 0..<6 { try await window(server, number) }
        #expect(try await server.entries("alert.fired").isEmpty)
        server.world.engine.set("fake one") { $0.bias = 0.3 }
        for number in 6..<9 { try await window(server, number) }
        let alerts = try await server.entries("alert.fired")
        #expect(alerts.map { $0.data["kind"]?.string } == ["output"])
        #expect(alerts.first?.data["origin"]?.string == "model")
        let incident = try #require(try await server.monitoring.incidents(model: World.model).first)
        #expect(incident["origin"]?.string == "model" && incident["alert"] == alerts.first?.data["alert"])
        #expect(alerts.first?.data["incident"] == incident["incident"])
        let last = try await server.entries("drift.recorded").last?.data
        #expect(last?["verdict"]?.string == "stable" && last?["outputs"]?["verdict"]?.string == "drifted")
    }

    @Test("answers that follow changed inputs are nobody's alarm but the inputs'")
    func upstream() async throws {
        let server = try await serving()
        for number in 0..<6 { try await window(server, number) }
        for number in 6..<10 { try await window(server, number, shift: 0.5) }
        let alerts = try await server.entries("alert.fired")
        #expect(alerts.map { $0.data["kind"]?.string } == ["drift"])
        #expect(alerts.first?.data["origin"]?.string == "upstream")
    }

    @Test("an alert beside an open incident joins it")
    func joins() async throws {
        let server = try await serving()
        for number in 0..<6 { try await window(server, number) }
        server.world.engine.set("fake one") { $0.bias = 0.3 }
        for number in 6..<9 { try await window(server, number) }
        for number in 9..<12 { try await window(server, number, shift: 0.6) }
        let alerts = try await server.entries("alert.fired")
        #expect(alerts.map { $0.data["kind"]?.string } == ["output", "drift"])
        #expect(Set(alerts.map { $0.data["incident"] }).count == 1)
        let incidents = try await server.monitoring.incidents(model: World.model)
        #expect(incidents.count == 1)
        #expect(incidents.first?["columns"]?.array?.map { $0["name"]?.string } == ["output", "delay"])
    }

    @Test("a change too small for one window is told by what lasts, and survives restarts")
    func lasting() async throws {
        let server = try await serving()
        for number in 0..<3 { try await window(server, number) }
        var fired = 0
        for number in 3..<40 where fired == 0 {
            let next = server.world.start()
            try await next.boot()
            // A distance of 0.12: with 300 rows chance does as much, in the long run it does not.
            try await window(next, number, shift: 0.12)
            fired = try await next.entries("alert.fired").count
        }
        #expect(fired == 1)
    }

    @Test("a reference with a rhythm is read, and windows count their hours")
    func hours() async throws {
        let server = try await serving()
        try await window(server, 0)
        let stored = try await server.world.database.read {
            try $0.row("SELECT hours FROM live_windows WHERE is_closed = 1")?.optionalText(0)
        }
        let hours = try JSONValue(parsing: Array(try #require(stored).utf8)).decode(HourCounts.self)
        #expect(hours.total == 300)
        #expect(try await server.entries("drift.recorded").first?.data["seasonal"]?.bool == false)
    }

    @Test("people mark incidents; the last mark counts, the ledger keeps all")
    func marks() async throws {
        let server = try await serving()
        for number in 0..<3 { try await window(server, number, shift: 0.6) }
        let incident = try #require(try await server.monitoring.incidents(model: World.model).first)
        let id = IncidentID(try #require(incident["incident"]?.string))
        let marks = IncidentMarks(
            database: server.world.database,
            ledger: server.ledger,
            runtime: server.world.clock.runtime
        )
        for outcome in ["", "maybe", "Actionable"] {
            let refused = await #expect(throws: ServiceError.self) {
                try await marks.mark(id, as: outcome, caller: World.bob)
            }
            #expect(refused?.kind == .invalid)
        }
        let long = await #expect(throws: ServiceError.self) {
            try await marks.mark(id, as: "noise", note: String(repeating: "x", count: 2001), caller: World.bob)
        }
        #expect(long?.kind == .invalid)
        let unknown = await #expect(throws: ServiceError.self) {
            try await marks.mark(IncidentID("nope"), as: "noise", caller: World.bob)
        }
        #expect(unknown?.kind == .notFound)
        #expect(try await server.entries("alert.triaged").isEmpty)
        _ = try await marks.mark(id, as: "noise", caller: World.alice)
        _ = try await marks.mark(id, as: "actionable", note: "the feed sent kilometres", caller: World.bob)
        let triaged = try await server.entries("alert.triaged")
        #expect(triaged.map(\.actor) == ["alice", "bob"])
        #expect(triaged.last?.data["alert"] == incident["alert"])
        let seen = try await server.monitoring.incidents(model: World.model).first
        #expect(seen?["outcome"]?.string == "actionable" && seen?["outcomeBy"]?.string == "bob")
        #expect(try await server.ledger.verify().isIntact)
    }
}
