import SlipwayDomain
import SlipwaySQLite
import SlipwayStore
import Testing

@Suite("Releases and endpoints as they are stored")
struct GovernanceTableTests {
    private static let now = Instant(milliseconds: 1_364_774_400_000)

    private func migrated() async throws -> TemporaryDatabase {
        let temporary = try TemporaryDatabase()
        try await Migrator.migrate(temporary.database)
        return temporary
    }

    @Test("an effect changes the share only if no newer one of its release did")
    func fencing() async throws {
        let temporary = try await migrated()
        try await temporary.database.write { connection in
            try EndpointTable.begin(model: "m", release: "r1", candidate: 2, in: connection)
            func percent(_ percent: Int, _ release: String, _ revision: Int, _ index: Int) throws -> Int? {
                try EndpointTable.setPercent(
                    percent,
                    model: "m",
                    release: release,
                    effect: (revision, index),
                    in: connection
                )
                return try EndpointTable.row("m", in: connection)?.candidatePercent
            }
            #expect(try percent(5, "r1", 3, 1) == 5)
            #expect(try percent(25, "r1", 3, 1) == 25, "the same effect again is carried out again")
            #expect(try percent(1, "r1", 3, 0) == 25, "an older place of the same revision")
            #expect(try percent(2, "r1", 2, 9) == 25, "an older revision, whatever its place")
            #expect(try percent(50, "r1", 10, 0) == 50, "revisions compare as numbers")
            #expect(try percent(3, "r1", 9, 9) == 50)
            #expect(try percent(99, "r0", 99, 0) == 50, "another release")
            // The next release counts its effects from the start.
            try EndpointTable.finish(model: "m", release: "r1", promoted: true, in: connection)
            try EndpointTable.begin(model: "m", release: "r2", candidate: 3, in: connection)
            #expect(try percent(99, "r1", 99, 0) == 0)
            #expect(try percent(5, "r2", 1, 0) == 5)
        }
    }

    @Test("a promoted candidate becomes stable and the old one previous; any other end changes neither")
    func finish() async throws {
        let temporary = try await migrated()
        try await temporary.database.write { connection in
            for (candidate, promoted) in [(1, true), (2, true), (3, false)] {
                let release = "r\(candidate)"
                try EndpointTable.begin(model: "m", release: release, candidate: candidate, in: connection)
                try EndpointTable.finish(model: "m", release: "r0", promoted: true, in: connection)
                #expect(try EndpointTable.row("m", in: connection)?.release == release)
                try EndpointTable.finish(model: "m", release: release, promoted: promoted, in: connection)
                // Finishing twice is finishing once.
                try EndpointTable.finish(model: "m", release: release, promoted: promoted, in: connection)
            }
            let row = try EndpointTable.row("m", in: connection)
            #expect(row?.stable == 2 && row?.previous == 1 && row?.candidate == nil)
            #expect(row?.candidatePercent == 0 && row?.release == nil)
        }
    }

    @Test("a state is stored over the revision it was read at, and over no other")
    func update() async throws {
        let temporary = try await migrated()
        let id = ReleaseID("r1")
        try await temporary.database.write { connection in
            try ReleaseTable.insert(
                id: id,
                model: "m",
                environment: "production",
                candidate: 1,
                revision: 1,
                isActive: true,
                startedAt: Self.now,
                state: "one",
                in: connection
            )
            try ReleaseTable.update(id: id, from: 1, to: 2, isActive: true, state: "two", in: connection)
        }
        for (stale, name) in [(1, id), (3, id), (2, ReleaseID("other"))] {
            let error = await #expect(throws: StoreError.self) {
                try await temporary.database.write {
                    try ReleaseTable.update(id: name, from: stale, to: 9, isActive: false, state: "bad", in: $0)
                }
            }
            guard case .conflict = error else {
                Issue.record("\(String(describing: error)) is no conflict")
                continue
            }
        }
        let row = try await temporary.database.read { try ReleaseTable.row(id, in: $0) }
        #expect(row?.state == "two" && row?.revision == 2 && row?.isActive == true)
    }

    @Test("a model has one active release, and the next only after it")
    func oneActive() async throws {
        let temporary = try await migrated()
        let insert: @Sendable (String, any SQLWriter) throws -> Void = { id, connection in
            try ReleaseTable.insert(
                id: ReleaseID(id),
                model: "m",
                environment: "production",
                candidate: 1,
                revision: 1,
                isActive: true,
                startedAt: Self.now,
                state: "s",
                in: connection
            )
        }
        try await temporary.database.write { try insert("r1", $0) }
        await #expect(throws: StoreError.self) { try await temporary.database.write { try insert("r2", $0) } }
        try await temporary.database.write { connection in
            try ReleaseTable.update(
                id: ReleaseID("r1"),
                from: 1,
                to: 2,
                isActive: false,
                state: "over",
                in: connection
            )
            try insert("r2", connection)
        }
        let active = try await temporary.database.read { try ReleaseTable.active(model: "m", in: $0)?.id }
        #expect(active == ReleaseID("r2"))
    }
}
