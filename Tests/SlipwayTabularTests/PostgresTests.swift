import Foundation
import Testing

@testable import SlipwayTabular

/// A PostgreSQL server of its own in a temporary folder, on a socket there and on no port.
private final class PostgresServer {
    private let folder: String
    private let binaries: String

    /// The folder of the newest server that is installed; nil when there is none.
    static let binaries: String? = {
        let root = "/usr/lib/postgresql"
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
        return versions.compactMap { Int($0) }.max().map { "\(root)/\($0)/bin" }
            .flatMap { FileManager.default.isExecutableFile(atPath: $0 + "/initdb") ? $0 : nil }
    }()

    init() throws {
        binaries = try #require(Self.binaries)
        folder = NSTemporaryDirectory() + "slipway-pg-\(ProcessInfo.processInfo.processIdentifier)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        // The server refuses to run as root.
        if getuid() == 0 { try Self.run(["chown", "postgres", folder]) }
        try asOwner("\(binaries)/initdb -D \(folder)/data -A trust -U tester >/dev/null")
        let options = "-k \(folder) -c listen_addresses= -c fsync=off"
        try asOwner("\(binaries)/pg_ctl -w -D \(folder)/data -o '\(options)' -l \(folder)/log start >/dev/null")
    }

    deinit {
        // A server that does not stop ends with the machine.
        try? asOwner("\(binaries)/pg_ctl -m immediate -D \(folder)/data stop >/dev/null")
        try? FileManager.default.removeItem(atPath: folder)
    }

    func address(_ table: String? = nil) -> String {
        let host = folder.replacingOccurrences(of: "/", with: "%2F")
        return "postgresql://tester:secret@\(host)/postgres" + (table.map { "?table=\($0)" } ?? "")
    }

    func execute(_ sql: String) throws {
        try Self.run(["\(binaries)/psql", "-h", folder, "-U", "tester", "-d", "postgres", "-qc", sql])
    }

    private func asOwner(_ command: String) throws {
        // A server that keeps what it inherited keeps its starter waiting.
        let closing =
            "for f in /proc/self/fd/*; do f=${f##*/}; ((f > 2)) && eval \"exec $f>&-\"; done; exec </dev/null 2>/dev/null; "
        let words = ["bash", "-c", closing + command]
        try Self.run(getuid() == 0 ? ["runuser", "-u", "postgres", "--"] + words : words)
    }

    private static func run(_ words: [String]) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = words
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "\(words)")
    }
}

@Suite("PostgreSQL", .enabled(if: PostgresServer.binaries != nil, "no PostgreSQL server is installed"))
struct PostgresTests {
    @Test("is read by its driver: types, queries, refusals, and nothing is changed")
    func reading() throws {
        let before = try Self.spools()
        let server = try PostgresServer()
        try server.execute(
            """
            CREATE TABLE t AS SELECT g AS id, g / 4.0::numeric AS price, 'k' || g % 3 AS k, g % 2 = 0 AS flag,
            date '2024-01-01' + g AS d, timestamptz '2024-01-01 00:00:00Z' + g * interval '1 s' AS at,
            CASE WHEN g > 1 THEN g::float8 END AS x FROM generate_series(1, 200000) AS g
            """
        )
        let engine = try TabularEngine()
        let schema = try engine.file(server.address("public.t")).schema
        #expect(schema.names == ["id", "price", "k", "flag", "d", "at", "x"])
        #expect(schema.fields.map(\.kind) == [.integer, .double, .string, .boolean, .date, .timestamp, .double])
        var (rows, sum): (Int, Double) = (0, 0)
        try engine.file(server.address("t")).scan(columns: ["price"]) { batch in
            rows += batch.rowCount
            sum += batch.columns[0].doubles?.compactMap { $0 }.reduce(0, +) ?? 0
        }
        #expect(rows == 200_000 && sum == 200_000.0 * 200_001 / 8)
        do {
            let table = try engine.open(file: server.address(), query: "SELECT id, k FROM t WHERE id <= 7 -- seven\n")
            #expect(
                try table.rows("SELECT CAST(sum(id) AS DOUBLE) AS s, max(k) AS m FROM data") == [
                    [.number(28), .text("k2")]
                ]
            )
            #expect(!table.name.contains("secret"))
        }
        let refusals: [(address: String, query: String?, words: String)] = [
            (server.address(), nil, "add ?table=NAME"),
            (server.address("nope"), nil, "does not exist"),
            (server.address(), "DROP TABLE t", "syntax error"),
            (server.address(), "SELECT 1; DROP TABLE t", "semicolon"),
            (server.address(), "WITH gone AS (DELETE FROM t RETURNING *) SELECT * FROM gone", "top level"),
            (server.address(), "SELECT nextval('s')", "does not exist"),
            (server.address(), "SELECT * FROM t WHERE id < 0", "no rows"),
            ("postgresql://tester:secret@127.0.0.1:1/postgres?table=t", nil, "Connection refused"),
        ]
        for (address, query, words) in refusals {
            let error = #expect(throws: TabularError.self) { try engine.open(file: address, query: query) }
            let text = try #require(error).description
            #expect(text.contains(words), "\(text)")
            #expect(!text.contains("secret") && !text.contains("\n"), "\(text)")
        }
        #expect(
            try engine.open(file: server.address("t")).rows("SELECT CAST(count(*) AS DOUBLE) AS n FROM data") == [
                [.number(200_000)]
            ]
        )
        do {
            // A table is fetched once, however often its file is read.
            let file = try engine.file(server.address("t"))
            #expect(try file.schema.names.count == 7)
            try server.execute("DROP TABLE t")
            var seen = 0
            try file.views(columns: ["k"]) { rows, _ in seen += rows }
            #expect(seen == 200_000)
        }
        #expect(try Self.spools().subtracting(before).isEmpty, "spools are removed")
    }

    private static func spools() throws -> Set<String> {
        let names = try FileManager.default.contentsOfDirectory(atPath: NSTemporaryDirectory())
        return Set(names.filter { $0.hasPrefix("slipway-postgresql-") })
    }
}
