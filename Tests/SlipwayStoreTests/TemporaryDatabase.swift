import Foundation
import SlipwaySQLite
import SlipwayStore

/// A SQLite file in a folder of its own, which goes when the value goes.
final class TemporaryDatabase: Sendable {
    let folder: URL
    var path: String { folder.appending(path: "slipway.sqlite").path }
    let database: SQLiteDatabase

    init() throws {
        folder = try Self.newFolder()
        database = try SQLiteDatabase(path: folder.appending(path: "slipway.sqlite").path)
    }

    deinit {
        // What cannot be removed from the temporary folder harms nobody.
        try? FileManager.default.removeItem(at: folder)
    }

    static func newFolder() throws -> URL {
        let folder = FileManager.default.temporaryDirectory.appending(path: "slipway-store-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder
    }

    /// Makes the table that most tests write to.
    func makeTable() async throws {
        try await database.write { connection in
            try connection.execute(
                "CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT UNIQUE, data BLOB, weight REAL CHECK (weight < 100))"
            )
            try connection.execute(
                "CREATE TABLE parts (id INTEGER PRIMARY KEY, thing INTEGER NOT NULL REFERENCES things (id))"
            )
        }
    }

    func count(_ table: String = "things") async throws -> Int {
        try await database.read { Int(try $0.row("SELECT COUNT(*) FROM \(table)")?.integer(0) ?? -1) }
    }
}

/// What a body throws on purpose.
struct Refusal: Error, Equatable {
    let number: Int
}
