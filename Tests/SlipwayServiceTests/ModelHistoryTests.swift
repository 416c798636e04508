import SlipwayDomain
import SlipwayLedger
import SlipwayRelease
import SlipwayService
import Testing

@Suite("History of a model")
struct ModelHistoryTests {
    @Test("as of an instant, history knows what was known then and nothing more")
    func asOf() async throws {
        let world = try await World.qualified(["fake one", "fake two"])
        let server = world.start()
        let before = world.clock.now
        world.clock.advance(.minutes(1))
        _ = try await server.finish(server.ship(1).plan.release)
        world.clock.advance(.minutes(1))
        let between = world.clock.now
        world.clock.advance(.minutes(1))
        _ = try await server.finish(server.ship(2).plan.release)

        let early = try await server.reports.history(of: World.model, asOf: before)
        #expect(early.versions.map(\.number) == [1, 2] && early.releases.isEmpty && early.serving == nil)
        let middle = try await server.reports.history(of: World.model, asOf: between)
        #expect(middle.serving?.version == 1 && middle.releases.count == 1 && middle.activeRelease == nil)
        let now = try await server.reports.history(of: World.model)
        #expect(now.serving?.version == 2 && now.releases.map(\.outcome) == ["promoted", "promoted"])
        #expect(now.releases.last?.steps.map(\.percent) == [20, 50, 100] && now.releases.last?.stable == 1)
        #expect(now.versions.first?.approvedBy == ["bob"] && now.versions.allSatisfy(\.hasReference))
        #expect(!now.isDrill)
        #expect(try await server.reports.models() == [World.model])
    }

    @Test("a model keeps its history under a new name, and one without a version or deleted is not listed")
    func renames() async throws {
        let world = try await World()
        let server = world.start()
        _ = try await server.registry.createModel(caller: World.alice, name: "empty", description: nil, tags: [])
        #expect(try await server.reports.models() == [])
        try await world.register("fake one")
        world.clock.advance(.minutes(1))
        _ = try await server.registry.renameModel(caller: World.alice, World.model, to: "renamed")
        #expect(try await server.reports.models() == ["renamed"])
        #expect(try await server.reports.history(of: "renamed").versions.map(\.number) == [1])
        // The old name is free for another model, whose history begins anew.
        try await world.register("fake two")
        #expect(try await server.reports.models() == [World.model, "renamed"].sorted())
        #expect(try await server.reports.history(of: World.model).versions.count == 1)
        #expect(try await server.reports.history(of: "renamed").versions.map(\.number) == [1])
        let all = try await server.reports.histories()
        #expect(all.map(\.model) == [World.model, "renamed"].sorted() && all.allSatisfy { $0.versions.count == 1 })
        for name in ["renamed", World.model] { try await server.registry.deleteModel(caller: World.alice, name) }
        #expect(try await server.reports.models() == [])
    }

    @Test("what did not exist at that instant is not found")
    func tooEarly() async throws {
        let world = try await World()
        let server = world.start()
        let before = world.clock.now
        world.clock.advance(.minutes(1))
        try await world.register("fake one")
        _ = try await server.reports.history(of: World.model)
        for (model, instant) in [(World.model, before), ("other", nil)] as [(String, Instant?)] {
            let error = await #expect(throws: ServiceError.self) {
                try await server.reports.history(of: model, asOf: instant)
            }
            #expect(error?.kind == .notFound)
        }
    }

    @Test("history never depends on entries that come later", arguments: [1, 5, 9, 14])
    func prefix(_ count: Int) async throws {
        let world = try await World.qualified(["fake one"])
        let entries = try await world.start().ledger.entries()
        let known = Array(entries.prefix(min(count, entries.count)))
        let instant = try #require(known.last?.time)
        let upTo = entries.filter { $0.time <= instant }
        let whole = ModelHistory(model: World.model, entries: entries, asOf: instant)
        let part = ModelHistory(model: World.model, entries: upTo)
        #expect(whole.versions.map(\.number) == part.versions.map(\.number))
        #expect(whole.manifest == part.manifest && whole.releases.count == part.releases.count)
    }
}
