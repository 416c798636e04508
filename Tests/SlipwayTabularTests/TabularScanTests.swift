import Foundation
import Synchronization
import Testing

@testable import SlipwayTabular

@Suite("Scanning tabular files")
struct TabularScanTests {
    @Test("Every column type of a Parquet file of several row groups is read exactly")
    func everyColumn() throws {
        let (schema, rows, columns) = try TabularFixture.columns(of: TabularFixture.path("every-column.parquet"))
        #expect(rows == 600)
        let kinds: [(String, TabularKind)] = [
            ("id", .integer), ("small", .integer), ("count", .integer), ("big", .double), ("ratio", .double),
            ("delay", .double), ("late", .boolean), ("carrier", .string), ("category", .string),
            ("at_ms", .timestamp), ("at_us", .timestamp), ("at_ns", .timestamp), ("at_tz", .timestamp),
            ("day", .date), ("price", .double), ("tags", .other),
        ]
        #expect(schema.fields == kinds.map { TabularField(name: $0, kind: $1) })
        let start = 1_356_998_400_000  // 2013-01-01 in milliseconds
        let wanted: [String: (Int) -> String?] = [
            "id": { "\($0)" },
            "small": { $0 % 10 == 3 ? nil : "\($0 % 100 - 50)" },
            "count": { "\($0 * 4_000_000)" },
            "big": { "\(Double(UInt64(1) << 63 + UInt64($0) * 2048))" },
            "ratio": { $0 % 7 == 0 ? nil : "\(Double($0) / 8)" },
            "delay": { $0 % 5 == 0 ? nil : "\(Double($0) * 0.25 - 10)" },
            "late": { $0 % 11 == 0 ? nil : "\($0 % 3 == 0)" },
            "carrier": { $0 % 13 == 0 ? nil : ["UA", "AA", "", "Zürich – Kloten"][$0 % 4] },
            "category": { ["x", "y", "z"][$0 % 3] },
            "at_ms": { $0 % 17 == 0 ? nil : "\(start + $0 * 60_000)" },
            "at_us": { "\(start + $0 * 60_000)" },
            "at_ns": { "\(start + $0 * 60_000)" },
            "at_tz": { "\(start + $0 * 60_000)" },
            "day": { "\(start / 86_400_000 + $0 - 20_000)" },
            "price": { $0 % 19 == 0 ? nil : "\(Double($0) / 100)" },
            "tags": { "[\($0), \($0 + 1)]" },
        ]
        for (name, value) in wanted {
            #expect(columns[name] == (0..<600).map(value), "column \(name)")
        }
    }

    @Test("Columns can be picked, in any order")
    func pickedColumns() throws {
        let file = TabularFixture.path("every-column.parquet")
        let (schema, rows, columns) = try TabularFixture.columns(of: file, columns: ["delay", "id"])
        #expect(schema.names == ["delay", "id"])
        #expect(rows == 600)
        #expect(columns["id"]?.last == "599")
        #expect(try TabularEngine().file(file).schema.fields.count == 16)
    }

    @Test("CSV and JSON lines are read with their types and missing values", arguments: ["small.csv", "small.jsonl"])
    func textFormats(name: String) throws {
        let (schema, rows, columns) = try TabularFixture.columns(of: TabularFixture.path(name))
        #expect(rows == 3)
        let kinds = Dictionary(uniqueKeysWithValues: schema.fields.map { ($0.name, $0.kind) })
        #expect(kinds["carrier"] == .string)
        #expect(kinds["delay"] == .double)
        #expect(kinds["late"] == .boolean)
        #expect(kinds["flight"] == .integer)
        #expect(columns["carrier"] == ["UA", "AA", name == "small.csv" ? "B6, Inc" : "B6"])
        #expect(columns["delay"] == ["2.5", nil, "-3.0"])
        #expect(columns["late"] == ["true", "false", nil])
        #expect(columns["flight"] == ["1545", "1714", nil])
        if name == "small.csv" { #expect(columns["at"]?.first == "1357017300000") }
    }

    @Test("A file with a header and no rows has columns and gives no batch")
    func headerOnly() throws {
        try TabularFixture.withFolder { folder in
            try Data("a,b\n".utf8).write(to: URL(fileURLWithPath: folder + "/head.csv"))
            let (schema, rows, columns) = try TabularFixture.columns(of: folder + "/head.csv")
            #expect(schema.names == ["a", "b"])
            #expect(rows == 0)
            #expect(columns.isEmpty)
        }
    }

    @Test(
        "A name with signs that mean something to SQL or to a file pattern opens that file and no other",
        arguments: [
            "o'brien.csv", "a*.csv", "a?.csv", "a[b].csv", "a[!b]*.csv", "a\"; DROP.csv", "year=2013/x.csv", "ü.csv",
        ]
    )
    func strangeNames(name: String) throws {
        try TabularFixture.withFolder { folder in
            try FileManager.default.createDirectory(
                atPath: folder + "/year=2013",
                withIntermediateDirectories: true
            )
            for decoy in ["ab.csv", "aa.csv", "a1.csv"] {
                try Data("x\n999\n".utf8).write(to: URL(fileURLWithPath: folder + "/" + decoy))
            }
            try Data("x\n1\n2\n".utf8).write(to: URL(fileURLWithPath: folder + "/" + name))
            let (schema, _, columns) = try TabularFixture.columns(of: folder + "/" + name)
            #expect(schema.names == ["x"])
            #expect(columns["x"] == ["1", "2"])
        }
    }

    @Test("Column names with quotes and spaces are read")
    func strangeColumns() throws {
        try TabularFixture.withFolder { folder in
            try Data("a \"\"b,'c',\u{1F6EB}\n1,2,3\n".utf8).write(to: URL(fileURLWithPath: folder + "/x.csv"))
            let (schema, rows, _) = try TabularFixture.columns(of: folder + "/x.csv")
            #expect(schema.fields.count == 3)
            #expect(rows == 1)
            let again = try TabularFixture.columns(of: folder + "/x.csv", columns: schema.names.reversed())
            #expect(again.schema.names == schema.names.reversed())
        }
    }

    @Test("An error of the caller ends the scan, and the engine goes on working")
    func callerError() throws {
        struct Enough: Error {}
        let engine = try TabularEngine()
        let file = TabularFixture.path("every-column.parquet")
        for _ in 0..<3 {
            #expect(throws: Enough.self) { try engine.file(file).scan { _ in throw Enough() } }
        }
        var rows = 0
        try engine.file(file).scan { rows += $0.rowCount }
        #expect(rows == 600)
    }

    @Test("Scans may run side by side")
    func sideBySide() throws {
        let engine = try TabularEngine()
        let file = TabularFixture.path("every-column.parquet")
        let total = Mutex(0)
        DispatchQueue.concurrentPerform(iterations: 4) { _ in
            // A failed scan leaves the sum too small.
            _ = try? engine.file(file).scan { batch in total.withLock { $0 += batch.rowCount } }
        }
        #expect(total.withLock { $0 } == 2400)
    }

    @Test("A million rows: the speed is measured and told")
    func million() throws {
        var rows = 0
        var sum = 0.0
        let started = ContinuousClock.now
        try TabularEngine().query(
            """
            SELECT i AS id, i * 0.5 AS half, CASE WHEN i % 20 > 0 THEN i % 50 END AS small,
                   'carrier ' || (i % 15) AS carrier FROM range(1000000) AS numbers(i)
            """,
            file: TabularFixture.path("small.csv")
        ) { batch in
            rows += batch.rowCount
            if case .double(let values, _) = batch.columns[1] { sum += values.reduce(0, +) }
        }
        let seconds = (ContinuousClock.now - started) / .seconds(1)
        #expect(rows == 1_000_000)
        #expect(sum == 249_999_750_000)
        print("tabular: \(Int(Double(rows) / seconds)) rows/s for 4 columns, 1M rows in \(seconds) s")
    }
}
