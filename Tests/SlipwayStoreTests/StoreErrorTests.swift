import Foundation
import SlipwayStore
import Testing

@testable import SlipwaySQLite

@Suite("Store errors")
struct StoreErrorTests {
    private static let seed = "INSERT INTO things (id, name) VALUES (1, 'one')"

    @Test(
        "a broken rule is a constraint, and the transaction of the body goes",
        arguments: [
            "INSERT INTO things (id) VALUES (1)", "INSERT INTO things (id, name) VALUES (2, 'one')",
            "INSERT INTO things (id, weight) VALUES (2, 100)", "INSERT INTO parts (thing) VALUES (77)",
            "INSERT INTO parts (thing) VALUES (NULL)", "DELETE FROM things WHERE id = 1",
        ]
    )
    func constraint(_ sql: String) async throws {
        let temporary = try TemporaryDatabase()
        try await temporary.makeTable()
        try await temporary.database.write { connection in
            try connection.execute(Self.seed)
            try connection.execute("INSERT INTO parts (thing) VALUES (1)")
        }
        let error = await #expect(throws: StoreError.self) {
            try await temporary.database.write { connection in
                try connection.execute("INSERT INTO things (id) VALUES (50)")
                try connection.execute(sql)
            }
        }
        guard case .constraint = error else {
            Issue.record("\(sql) gave \(String(describing: error))")
            return
        }
        #expect(try await temporary.count() == 1)
    }

    @Test("SQL that cannot be understood is a store error in a write and in a read")
    func notUnderstood() async throws {
        let temporary = try TemporaryDatabase()
        await #expect(throws: StoreError.self) {
            try await temporary.database.write { _ = try $0.execute("INSERT INTO nowhere VALUES (1)") }
        }
        await #expect(throws: StoreError.self) {
            try await temporary.database.read { _ = try $0.rows("SELECT nothing FROM nowhere") }
        }
    }

    @Test("a reader cannot write")
    func readOnly() async throws {
        let temporary = try TemporaryDatabase()
        try await temporary.makeTable()
        await #expect(throws: StoreError.self) {
            try await temporary.database.read { _ = try $0.rows("INSERT INTO things (id) VALUES (1) RETURNING id") }
        }
        #expect(try await temporary.count() == 0)
    }

    @Test("a file that is no database is called corrupt, a folder that is missing unavailable")
    func badFiles() throws {
        let folder = try TemporaryDatabase.newFolder()
        // What cannot be removed from the temporary folder harms nobody.
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appending(path: "noise.sqlite").path
        try Data(repeating: 0x5A, count: 10_000).write(to: URL(filePath: path))
        #expect { _ = try SQLiteDatabase(path: path) } throws: { error in
            if case .corrupt = error as? StoreError { true } else { false }
        }
        #expect { _ = try SQLiteDatabase(path: folder.appending(path: "no/such/folder.sqlite").path) } throws: {
            error in
            if case .unavailable = error as? StoreError { true } else { false }
        }
    }

    @Test(
        "SQLite's codes and their extensions map to one kind each",
        arguments: [
            (19, "constraint"), (19 | 8 << 8, "constraint"), (11, "corrupt"), (26, "corrupt"), (13, "unavailable"),
            (10 | 3 << 8, "unavailable"), (5, "unavailable"), (1, "corrupt"),
        ]
    )
    func codes(_ code: Int, _ kind: String) {
        let error = SQLiteFailure.storeError(code: Int32(code), message: "said SQLite")
        let name =
            switch error {
            case .constraint: "constraint"
            case .corrupt: "corrupt"
            case .unavailable: "unavailable"
            default: "another"
            }
        #expect(name == kind)
        #expect(error.description.contains("said SQLite"))
    }

    @Test("a store error keeps what it is when it is mapped again")
    func mappedTwice() {
        #expect(SQLiteFailure.storeError(StoreError.conflict("x") as any Error) == .conflict("x"))
    }
}
