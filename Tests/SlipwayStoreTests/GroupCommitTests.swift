import SlipwayStore
import Synchronization
import Testing

@testable import SlipwaySQLite

@Suite("Group commit")
struct GroupCommitTests {
    @Test("the connection that writes syncs the log at every commit")
    func syncsEachCommit() async throws {
        let temporary = try TemporaryDatabase()
        let mode = try await temporary.database.write { try $0.row("PRAGMA synchronous")?.integer(0) }
        // 2 is FULL; 1, NORMAL, would lose acknowledged writes with the power.
        #expect(mode == 2)
    }

    @Test("rows that are handed out one by one are the rows of the list, also when they are kept")
    func eachRow() async throws {
        let temporary = try TemporaryDatabase()
        try await temporary.makeTable()
        for number in 0..<20 {
            try await temporary.database.write {
                _ = try $0.execute("INSERT INTO things (id) VALUES (?)", [.integer(number)])
            }
        }
        let (listed, handed) = try await temporary.database.read { reader in
            let sql = "SELECT id, 'thing ' || id, NULL FROM things WHERE id > ? ORDER BY id"
            var handed: [SQLRow] = []
            try reader.eachRow(sql, [.integer(3)]) { handed.append($0) }
            return (try reader.rows(sql, [.integer(3)]).map(\.values), handed.map(\.values))
        }
        #expect(listed.count == 16)
        #expect(handed == listed)
    }

    @Test("of a thousand concurrent writes, those that throw leave nothing and harm no neighbour")
    func concurrentWrites() async throws {
        let temporary = try TemporaryDatabase()
        try await temporary.makeTable()
        let database = temporary.database
        let outcomes = await withTaskGroup(of: (Int, Result<Int, any Error>).self) { group in
            for number in 0..<1000 {
                group.addTask {
                    do {
                        let value = try await database.write { connection in
                            try connection.execute("INSERT INTO things (id) VALUES (?)", [.integer(number)])
                            try connection.execute("INSERT INTO parts (thing) VALUES (?)", [.integer(number)])
                            if number % 7 == 0 { throw Refusal(number: number) }
                            return number * 2
                        }
                        return (number, .success(value))
                    } catch {
                        return (number, .failure(error))
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        for (number, outcome) in outcomes {
            switch outcome {
            case .success(let value): #expect(number % 7 != 0 && value == number * 2)
            case .failure(let error): #expect(error as? Refusal == Refusal(number: number) && number % 7 == 0)
            }
        }
        let rows = try await database.read {
            try $0.rows("SELECT id FROM things ORDER BY id").map { Int($0.integer(0)) }
        }
        #expect(rows == (0..<1000).filter { $0 % 7 != 0 })
        #expect(try await temporary.count("parts") == rows.count)
    }

    @Test("concurrent read-modify-write bodies lose no update")
    func noLostUpdate() async throws {
        let temporary = try TemporaryDatabase()
        try await temporary.makeTable()
        let database = temporary.database
        try await database.write { _ = try $0.execute("INSERT INTO things (id, weight) VALUES (1, 0)") }
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<300 {
                group.addTask {
                    // The throwing third must take its own increment back and nobody else's.
                    _ = try? await database.write { connection in
                        let old = try connection.row("SELECT weight FROM things WHERE id = 1")?.real(0) ?? 0
                        try connection.execute("UPDATE things SET weight = ? WHERE id = 1", [.real(old + 0.25)])
                        if number % 3 == 0 { throw Refusal(number: number) }
                    }
                }
            }
        }
        let weight = try await database.read { try $0.row("SELECT weight FROM things WHERE id = 1")?.real(0) }
        #expect(weight == 50)
    }

    @Test("afterCommit runs after the body and before the answer, and never after a throw")
    func afterCommit() async throws {
        let temporary = try TemporaryDatabase()
        try await temporary.makeTable()
        let seen = Mutex<[String]>([])
        try await temporary.database.write { connection in
            connection.afterCommit { seen.withLock { $0.append("first action") } }
            connection.afterCommit { seen.withLock { $0.append("second action") } }
            try connection.execute("INSERT INTO things (id) VALUES (1)")
            seen.withLock { $0.append("body") }
        }
        #expect(seen.withLock { $0 } == ["body", "first action", "second action"])
        await #expect(throws: Refusal(number: 2)) {
            try await temporary.database.write { connection in
                connection.afterCommit { seen.withLock { $0.append("never") } }
                throw Refusal(number: 2)
            }
        }
        try await temporary.database.write { _ = try $0.execute("INSERT INTO things (id) VALUES (3)") }
        #expect(seen.withLock { $0.count } == 3)
    }

    @Test("a read sees one moment: what a write in between adds stays out of it")
    func snapshot() async throws {
        let temporary = try TemporaryDatabase()
        try await temporary.makeTable()
        let database = temporary.database
        let (before, after) = try await database.read { connection in
            let before = try connection.row("SELECT COUNT(*) FROM things")?.integer(0)
            let isDone = Mutex(false)
            Task.detached {
                _ = try? await database.write { try $0.execute("INSERT INTO things (id) VALUES (1)") }
                isDone.withLock { $0 = true }
            }
            while !isDone.withLock({ $0 }) {}
            return (before, try connection.row("SELECT COUNT(*) FROM things")?.integer(0))
        }
        #expect(before == 0 && after == 0)
        #expect(try await temporary.count() == 1)
    }

    @Test("what was written is there when the file is opened again")
    func reopened() async throws {
        let temporary = try TemporaryDatabase()
        try await temporary.makeTable()
        try await temporary.database.write { _ = try $0.execute("INSERT INTO things (id, name) VALUES (9, 'nine')") }
        try temporary.database.checkpoint()
        let again = try SQLiteDatabase(path: temporary.path)
        #expect(try await again.read { try $0.row("SELECT name FROM things WHERE id = 9")?.text(0) } == "nine")
    }
}
