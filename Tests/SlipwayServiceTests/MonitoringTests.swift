import SlipwayDomain
import SlipwayLedger
import SlipwayRelease
import SlipwaySQLite
import SlipwayService
import SlipwayStore
import Testing

@Suite("Watching live traffic")
struct MonitoringTests {
    private func serving() async throws -> Server {
        let world = try await World.qualified(["fake one"])
        let server = world.start()
        _ = try await server.finish(server.ship(1).plan.release)
        world.clock.advance(.minutes(5))
        return server
    }

    /// One window of an hour, and the look that judges it.
    private func window(_ server: Server, _ number: Int, rows: Int = 300, shift: Double = 0) async throws {
        try await server.traffic(rows, named: "w\(number)", shift: shift)
        server.world.clock.advance(.minutes(61))
        try await server.monitoring.look()
    }

    @Test("a window ends with its hour, and clean traffic is no drift")
    func clean() async throws {
        let server = try await serving()
        let start = server.world.clock.now
        try await server.traffic(300, named: "a")
        try await server.monitoring.look()
        #expect(try await server.entries("drift.recorded").isEmpty, "the hour is not over")
        server.world.clock.advance(.minutes(61))
        try await server.monitoring.look()
        try await server.monitoring.look()
        let recorded = try await server.entries("drift.recorded")
        #expect(recorded.count == 1)
        #expect(recorded.first?.data["rows"]?.integer == 300 && recorded.first?.data["verdict"]?.string == "stable")
        #expect(recorded.first?.data["window"]?["from"]?.string == start.description)
        #expect(recorded.first?.data["columns"]?.array?.count == 2)
    }

    @Test("a window with too few rows waits for more, and says until when it went on")
    func tooFew() async throws {
        let server = try await serving()
        try await window(server, 0, rows: 60)
        #expect(try await server.entries("drift.recorded").isEmpty)
        server.world.clock.advance(.minutes(30))
        let last = server.world.clock.now
        try await window(server, 1, rows: 60)
        let recorded = try await server.entries("drift.recorded")
        #expect(recorded.map { $0.data["rows"]?.integer } == [100], "it ended when it had enough")
        let to = try #require(recorded.first?.data["window"]?["to"]?.string.flatMap { Instant($0) })
        #expect(to >= last, "rows of \(last) are in a window that says it ended at \(to)")
    }

    @Test("drift names its columns; two bad windows of three fire one alert and open one incident with an owner")
    func drift() async throws {
        let server = try await serving()
        try await window(server, 0)
        try await window(server, 1, shift: 0.6)
        #expect(try await server.entries("alert.fired").isEmpty)
        try await window(server, 2, shift: 0.6)
        try await window(server, 3, shift: 0.6)
        let drifted = try await server.entries("drift.recorded").last?.data["columns"]?.array ?? []
        for column in drifted {
            #expect((column["verdict"]?.string == "drifted") == (column["name"]?.string == "delay"))
            #expect(column["effect"]?.number != nil)
        }
        let alerts = try await server.entries("alert.fired")
        #expect(alerts.count == 1)
        #expect(alerts.first?.data["columns"]?.array?.map { $0["name"]?.string } == ["delay"])
        let incidents = try await server.monitoring.incidents(model: World.model)
        #expect(incidents.count == 1 && incidents.first?["owner"]?.string == "team-ops")
        #expect(incidents.first?["runbook"]?.string == "runbook.md" && incidents.first?["resolvedAt"] == .null)
        #expect(incidents.first?["startedAt"]?.string == alerts.first?.data["onset"]?.string)
        let triage = try await server.monitoring.triage(model: World.model)
        #expect(triage["suspects"]?.array?.isEmpty == false)

        let id = IncidentID(try #require(incidents.first?["incident"]?.string))
        _ = try await server.monitoring.resolve(id, caller: World.bob)
        let again = await #expect(throws: ServiceError.self) {
            try await server.monitoring.resolve(id, caller: World.bob)
        }
        #expect(again?.kind == .conflict)
        #expect(try await server.entries("incident.resolved").first?.actor == "bob")
        #expect(try await server.ledger.verify().isIntact)
    }

    @Test("an alert ends after clean windows")
    func resolved() async throws {
        let server = try await serving()
        for number in 0..<2 { try await window(server, number, shift: 0.6) }
        #expect(try await server.entries("alert.fired").count == 1)
        // A window is clean when the last three together are, and what was gathered over time is gone.
        var number = 2
        while try await server.entries("alert.resolved").isEmpty, number < 12 {
            try await window(server, number)
            number += 1
        }
        #expect((5...10).contains(number), "it ended after \(number - 2) windows")
        // Answers to the drifted inputs are not what later answers are compared with.
        for number in number..<(number + 7) { try await window(server, number) }
        #expect(try await server.entries("alert.fired").count == 1)
        #expect(try await server.entries("alert.resolved").count == 1)
    }

    @Test("a restart goes on with the window that was filling")
    func restart() async throws {
        let server = try await serving()
        let start = server.world.clock.now
        try await server.traffic(200, named: "before")
        let monitoring = server.monitoring
        try await Task { try await monitoring.run() }.value
        server.world.clock.advance(.minutes(20))
        let next = server.world.start()
        try await next.boot()
        try await next.traffic(150, named: "after")
        next.world.clock.advance(.minutes(41))
        try await next.monitoring.look()
        let recorded = try await next.entries("drift.recorded")
        #expect(recorded.map { $0.data["rows"]?.integer } == [350])
        #expect(recorded.first?.data["window"]?["from"]?.string == start.description)
    }

    @Test("a window that is full when the process dies is judged after the restart")
    func crash() async throws {
        let world = try await World.qualified(["fake one"])
        let first = world.start()
        _ = try await first.finish(first.ship(1).plan.release)
        // Enough for the day's serving.observed, the rows, and the closing of the window, but not for its verdict.
        for writes in 1..<6 {
            let faulty = FaultyDatabase(world.database, dyingAfter: writes)
            let doomed = world.start(on: faulty)
            doomed.routing.set(try #require(first.routing.endpoint(World.model)))
            // What the dying process says is of no interest.
            try? await doomed.traffic(150, named: "c\(writes)")
            try? await Task { [monitoring = doomed.monitoring] in try await monitoring.run() }.value
            world.clock.advance(.minutes(61))
            try? await doomed.monitoring.look()
            let next = world.start()
            try await next.boot()
            try await next.monitoring.look()
            try await next.traffic(1, named: "n\(writes)")
            world.clock.advance(.minutes(61))
            try await next.monitoring.look()
        }
        let closed = try await world.database.read {
            Int(try $0.row("SELECT COUNT(*) FROM live_windows WHERE is_closed = 1")?.integer(0) ?? -1)
        }
        #expect(try await world.start().entries("drift.recorded").count == closed, "each closed window has its verdict")
    }

    @Test("two who flush and look at the same time record no window twice and lose no row")
    func concurrent() async throws {
        let server = try await serving()
        for round in 0..<6 {
            for index in 0..<200 { try await server.ask("c\(round)-\(index)", delay: Double(index % 100) / 100) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<4 {
                    group.addTask { try await server.recorder.flush() }
                    group.addTask { try await server.monitoring.look() }
                }
                try await group.waitForAll()
            }
            server.world.clock.advance(.minutes(61))
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<4 { group.addTask { try await server.monitoring.look() } }
                try await group.waitForAll()
            }
        }
        let recorded = try await server.entries("drift.recorded")
        #expect(recorded.map { $0.data["rows"]?.integer } == Array(repeating: 200, count: 6))
        #expect(Set(recorded.map { $0.data["window"]?["from"]?.string }).count == recorded.count)
    }

    @Test("live performance is computed a week at a time once the late labels are due")
    func performance() async throws {
        let server = try await serving()
        let start = server.world.clock.now
        var labels: [(id: String, label: Double)] = []
        for index in 0..<300 {
            let delay = Double(index * 37 % 100) / 100
            let answer = try await server.ask("p\(index)", delay: delay)
            // The answers are upside down: what scores high is on time.
            labels.append((answer.predictionID, delay > 0.5 ? 0 : 1))
        }
        server.world.clock.advance(.days(2))
        #expect(try await server.labels.add(labels, model: World.model) == 300)
        server.world.clock.advance(.days(5) + .hours(35))
        try await server.monitoring.look()
        #expect(try await server.entries("performance.recorded").isEmpty, "labels may still come")
        server.world.clock.advance(.hours(2))
        for _ in 0..<3 { try await server.monitoring.look() }
        let recorded = try await server.entries("performance.recorded")
        #expect(recorded.count == 1)
        let data = try #require(recorded.first?.data)
        #expect(data["labels"]?.integer == 300 && data["predictions"]?.integer == 300)
        #expect(data["value"]?.number == 0 && data["verdict"]?.string == "breached")
        #expect(data["window"]?["from"]?.string == start.description)
    }

    @Test("what serves is observed once a day, also after a restart")
    func observed() async throws {
        let server = try await serving()
        for _ in 0..<3 { try await server.monitoring.look() }
        let again = server.world.start()
        try await again.boot()
        try await again.monitoring.look()
        #expect(try await again.entries("serving.observed").count == 1)
        server.world.clock.advance(.days(1))
        try await again.monitoring.look()
        let observed = try await again.entries("serving.observed")
        #expect(observed.map { $0.data["registered"]?.bool } == [true, true])
    }
}

extension Span {
    fileprivate static func + (left: Span, right: Span) -> Span {
        Span(milliseconds: left.milliseconds + right.milliseconds)
    }
}
