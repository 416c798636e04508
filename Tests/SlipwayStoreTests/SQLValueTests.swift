import SlipwayStore
import Testing

@testable import SlipwaySQLite

@Suite("Values through SQLite")
struct SQLValueTests {
    static let values: [SQLValue] = [
        .null, .integer(0), .integer(Int64.max), .integer(Int64.min), .real(0.1), .real(-.infinity),
        .real(.leastNonzeroMagnitude), .text(""), .text("a\0b\0"), .text("Gräß 🛫 \u{301}"),
        .text("'; DROP TABLE things; --"),
        .blob([]), .blob([0]), .blob([0, 255, 0, 1]), .blob(Array(repeating: 7, count: 100_000)),
    ]

    @Test("every value comes back as it went in", arguments: values.indices)
    func roundTrip(_ index: Int) async throws {
        let value = Self.values[index]
        let temporary = try TemporaryDatabase()
        try await temporary.database.write { connection in
            try connection.execute("CREATE TABLE anything (value)")
            try connection.execute("INSERT INTO anything VALUES (?)", [value])
        }
        let back = try await temporary.database.read { try $0.row("SELECT value FROM anything")?[0] }
        #expect(back == value)
    }

    @Test("an empty text and an empty blob are not NULL")
    func emptyIsNotNull() async throws {
        let temporary = try TemporaryDatabase()
        try await temporary.makeTable()
        let nulls = try await temporary.database.write { connection in
            try connection.execute("INSERT INTO things (id, name, data) VALUES (1, ?, ?)", [.text(""), .blob([])])
            return try connection.row("SELECT COUNT(*) FROM things WHERE name IS NULL OR data IS NULL")?.integer(0)
        }
        #expect(nulls == 0)
    }

    @Test("not-a-number becomes NULL, as SQLite keeps none")
    func notANumber() async throws {
        let temporary = try TemporaryDatabase()
        try await temporary.makeTable()
        let stored = try await temporary.database.write { connection in
            try connection.execute("INSERT INTO things (id, weight) VALUES (1, ?)", [.real(.nan)])
            return try connection.row("SELECT weight FROM things")?[0]
        }
        #expect(stored == .null)
    }

    @Test("a hundred thousand rows go in by one executeEach, and a bad one takes all of them out")
    func manyRows() async throws {
        let temporary = try TemporaryDatabase()
        try await temporary.makeTable()
        let sql = "INSERT INTO things (id, name) VALUES (?, ?)"
        let changes = try await temporary.database.write { connection in
            try connection.executeEach(sql, (0..<100_000).map { [.integer($0), .text("thing \($0)")] })
        }
        #expect(changes == 100_000)
        await #expect(throws: StoreError.self) {
            try await temporary.database.write { connection in
                // The last one stands there already.
                _ = try connection.executeEach(
                    sql,
                    (100_000..<100_100).map { [.integer($0), .null] } + [[.integer(5), .null]]
                )
            }
        }
        #expect(try await temporary.count() == 100_000)
        let last = try await temporary.database.read { try $0.row("SELECT name FROM things WHERE id = 99999")?.text(0) }
        #expect(last == "thing 99999")
    }

    @Test("Many rows to a statement: each one stands there, whatever their number, and what was there is not counted")
    func insertMany() async throws {
        let temporary = try TemporaryDatabase()
        try await temporary.makeTable()
        for count in [0, 1, 49, 50, 51, 100, 173] {
            let (changes, stored) = try await temporary.database.write { connection in
                try connection.execute("DELETE FROM things")
                try connection.execute("INSERT INTO things (id, name) VALUES (40, 'first')")
                let changes = try connection.insertMany(
                    "INSERT OR IGNORE INTO things (id, name)",
                    count: count,
                    width: 2
                ) { $1 += [.integer($0), .text("thing \($0)")] }
                return (changes, try connection.rows("SELECT id, name FROM things WHERE id <> 40 ORDER BY id"))
            }
            #expect(changes == count - (count > 40 ? 1 : 0))
            #expect(stored.map { $0.text(1) } == (0..<count).filter { $0 != 40 }.map { "thing \($0)" })
        }
    }

    @Test("execute and executeEach tell how many rows they changed")
    func changes() async throws {
        let temporary = try TemporaryDatabase()
        try await temporary.makeTable()
        let changes = try await temporary.database.write { connection in
            [
                try connection.executeEach("INSERT OR IGNORE INTO things (id) VALUES (?)", [[1], [1], [2]]),
                try connection.execute("UPDATE things SET weight = 1"),
                try connection.execute("DELETE FROM things WHERE id = 7"),
            ]
        }
        #expect(changes == [2, 2, 0])
    }
}
