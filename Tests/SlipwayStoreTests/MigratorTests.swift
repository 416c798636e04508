import Foundation
import SlipwaySQLite
import SlipwayStore
import Testing

@Suite("Migrations")
struct MigratorTests {
    @Test("a fresh database gets every step in order, the second run none")
    func fresh() async throws {
        let temporary = try TemporaryDatabase()
        #expect(try await Migrator.migrate(temporary.database) == Migration.all.map(\.name))
        #expect(try await Migrator.migrate(temporary.database).isEmpty)
        let marks = try await temporary.database.read {
            try $0.rows("SELECT name FROM migrations ORDER BY position").map { $0.text(0) }
        }
        #expect(marks == Migration.all.map(\.name))
    }

    @Test(
        "a database that lacks only the newest steps gets those and keeps its rows",
        arguments: 0..<Migration.all.count
    )
    func partial(_ known: Int) async throws {
        let temporary = try TemporaryDatabase()
        try await Migrator.migrate(temporary.database, steps: Array(Migration.all.prefix(known)))
        if known > 0 {
            try await temporary.database.write { try LedgerTable.setFrontier("kept", in: $0) }
        }
        let added = try await Migrator.migrate(temporary.database)
        #expect(added == Migration.all.dropFirst(known).map(\.name))
        if known > 0 { #expect(try await temporary.database.read { try LedgerTable.frontier(in: $0) } == "kept") }
    }

    @Test("a database of a newer Slipway is refused by the name of the unknown step, and nothing is changed")
    func tooNew() async throws {
        let temporary = try TemporaryDatabase()
        let future = Migration("9999_teleport", ["CREATE TABLE teleports (id INTEGER)"])
        try await Migrator.migrate(temporary.database, steps: [Migration.all[0], future])
        let refused = StoreError.tooNew(unknown: ["9999_teleport"])
        await #expect(throws: refused) { try await Migrator.migrate(temporary.database) }
        #expect(refused.description.contains("9999_teleport"))
        let tables = try await temporary.database.read {
            try $0.rows("SELECT name FROM sqlite_master WHERE type = 'table'").map { $0.text(0) }
        }
        #expect(!tables.contains("releases"))
    }

    @Test("a step that fails leaves neither its tables nor its mark, nor those of the steps before it")
    func failing() async throws {
        let temporary = try TemporaryDatabase()
        let steps = [
            Migration("a", ["CREATE TABLE first (id INTEGER)"]),
            Migration("b", ["CREATE TABLE second (id INTEGER)", "CREATE TABLE first (id INTEGER)"]),
        ]
        await #expect(throws: StoreError.self) { try await Migrator.migrate(temporary.database, steps: steps) }
        #expect(try await temporary.count("sqlite_master") == 0)
    }

    @Test("step names are unique and sorted, so that their order is plain")
    func names() {
        let names = Migration.all.map(\.name)
        #expect(names == names.sorted() && Set(names).count == names.count)
    }

    @Test("a shipped step never changes: Golden/migrations.txt pins each by its digest")
    func pinned() throws {
        let table = Migration.all.map { step in
            "\(step.name) \(SHA256.hex(([step.name] + step.statements).joined(separator: "\n;\n")))\n"
        }.joined()
        let golden = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden/migrations.txt")
        if ProcessInfo.processInfo.environment["SLIPWAY_RECORD"] == "1" {
            try Data(table.utf8).write(to: golden)
            Issue.record("recorded migrations.txt; run again without SLIPWAY_RECORD")
            return
        }
        let pinned = try String(contentsOf: golden, encoding: .utf8)
        #expect(
            table == pinned,
            "a step that was shipped must stay as it is: add a new one. Before the first ship, SLIPWAY_RECORD=1 records anew"
        )
    }

    @Test("the digest is SHA-256, by the examples of FIPS 180-4")
    func digest() {
        #expect(SHA256.hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(
            SHA256.hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")
                == "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        )
    }
}
