import Foundation
import Testing

@testable import SlipwayTabular

@Suite("Refusing bad files and queries")
struct TabularRefusalTests {
    static let badFiles: [(name: String, content: [UInt8]?, message: String)] = [
        ("missing.csv", nil, "does not exist"),
        ("empty.csv", [], "is empty"),
        ("empty.parquet", [], "is empty"),
        ("data.xlsx", [1], "Use one of: .csv"),
        ("data", [1], "Use one of: .csv"),
        ("data.parquet.gz", [1], "Use one of: .csv"),
        ("text.parquet", Array("hello hello hello".utf8), "cannot be read"),
        ("ragged.csv", Array(("a,b\n" + String(repeating: "1,2\n", count: 30_000) + "1,2,3\n").utf8), "cannot be read"),
        ("late.csv", Array(("a\n" + String(repeating: "1\n", count: 60_000) + "x\n").utf8), "cannot be read"),
        ("latin1.csv", Array("name\nZ".utf8) + [0xfc] + Array("rich\n".utf8), "cannot be read"),
        ("broken.jsonl", Array("{\"a\": 1}\n{\"a\": \n".utf8), "cannot be read"),
        ("binary.json", [0, 1, 2, 3, 255], "cannot be read"),
        ("notgzip.csv.gz", Array("a,b\n1,2\n".utf8), "cannot be read"),
    ]

    @Test("A bad file is refused in one sentence with its name", arguments: badFiles)
    func badFile(name: String, content: [UInt8]?, message: String) throws {
        try TabularFixture.withFolder { folder in
            let file = folder + "/" + name
            if let content { try Data(content).write(to: URL(fileURLWithPath: file)) }
            let error = #expect(throws: TabularError.self) {
                try TabularEngine().file(file).scan { _ in }
            }
            let text = try #require(error).description
            #expect(text.contains(name), "\(text)")
            #expect(text.contains(message), "\(text)")
            #expect(!text.contains("\n"), "\(text)")
            #expect(text.hasSuffix("."), "\(text)")
        }
    }

    @Test("A Parquet file that is cut off anywhere is refused")
    func truncatedParquet() throws {
        let whole = try Data(contentsOf: URL(fileURLWithPath: TabularFixture.path("every-column.parquet")))
        try TabularFixture.withFolder { folder in
            for length in stride(from: 1, to: whole.count, by: whole.count / 12) {
                let file = folder + "/cut-\(length).parquet"
                try whole.prefix(length).write(to: URL(fileURLWithPath: file))
                let error = #expect(throws: TabularError.self) { try TabularEngine().file(file).scan { _ in } }
                #expect(try #require(error).description.contains("cut-\(length).parquet"))
            }
        }
    }

    @Test("A Parquet file with damaged pages is refused or read, and leaves the process alive")
    func damagedParquet() throws {
        let whole = try [UInt8](Data(contentsOf: URL(fileURLWithPath: TabularFixture.path("every-column.parquet"))))
        try TabularFixture.withFolder { folder in
            for step in 0..<24 {
                var damaged = whole
                let position = 4 + step * (whole.count - 12) / 24
                for index in position..<min(position + 16, whole.count - 8) { damaged[index] ^= 0x55 }
                let file = folder + "/damaged.parquet"
                try Data(damaged).write(to: URL(fileURLWithPath: file))
                do { try TabularEngine().file(file).scan { _ in } } catch let error as TabularError {
                    #expect(error.description.contains("damaged.parquet"))
                }
            }
        }
    }

    @Test("Folders, devices and names with a NUL are refused")
    func noOrdinaryFile() throws {
        try TabularFixture.withFolder { folder in
            try FileManager.default.createDirectory(atPath: folder + "/a.csv", withIntermediateDirectories: true)
            try FileManager.default.createSymbolicLink(atPath: folder + "/b.csv", withDestinationPath: "/dev/zero")
            for name in ["/a.csv", "/b.csv", "/x\0.csv"] {
                #expect(throws: TabularError.self) { try TabularEngine().file(folder + name).scan { _ in } }
            }
        }
        for url in ["http://127.0.0.1:9/a.csv", "s3://bucket/a.parquet"] {
            #expect(throws: TabularError.self) { try TabularEngine().file(url) }
        }
    }

    @Test("An unknown column is named together with the known ones")
    func unknownColumn() throws {
        let file = TabularFixture.path("small.csv")
        #expect(
            throws: TabularError.columnUnknown(
                file: file,
                name: "gate",
                known: ["carrier", "delay", "late", "at", "flight"]
            )
        ) {
            try TabularEngine().file(file).scan(columns: ["carrier", "gate"]) { _ in }
        }
    }

    @Test("A query sees the file as the table data")
    func query() throws {
        let (schema, rows, columns) = try TabularFixture.columns(
            of: TabularFixture.path("small.csv"),
            sql: """
                SELECT late, count(*) AS n, CAST(sum(flight) AS HUGEINT) AS s
                FROM data GROUP BY late ORDER BY s DESC NULLS LAST -- the end
                """
        )
        #expect(schema.fields.map(\.kind) == [.boolean, .integer, .double])
        #expect(rows == 3)
        #expect(columns["s"] == ["1714.0", "1545.0", nil])
    }

    static let badQueries = [
        "", ";", "SELECT", "DROP TABLE data", "COPY (SELECT 1) TO 'FOLDER/out.csv'",
        "SELECT 1; SELECT 2", "SELECT 1) AS q; COPY data TO 'FOLDER/out.csv'; SELECT * FROM (SELECT 1",
        "SELECT * FROM read_csv('/etc/passwd')", "SELECT * FROM read_text('/etc/hostname')",
        "SELECT * FROM glob('/etc/*')", "SELECT * FROM 'http://127.0.0.1:9/a.csv'", "ATTACH 'FOLDER/out.db'",
        "INSTALL httpfs", "LOAD httpfs", "SET memory_limit = '1TB'", "SELECT missing FROM data", "SELECT 'a\0b'",
        "SELECT /* open", "SELECT error('told to fail') FROM data",
    ]

    @Test("A query that is wrong or reaches beyond the file is refused", arguments: badQueries)
    func badQuery(sql: String) throws {
        try TabularFixture.withFolder { folder in
            let sql = sql.replacingOccurrences(of: "FOLDER", with: folder)
            let error = #expect(throws: TabularError.self, "\(sql)") {
                try TabularEngine().query(sql, file: TabularFixture.path("small.csv")) { _ in }
            }
            guard case .queryRefused(let reason) = try #require(error) else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(!reason.contains("\n"), "\(reason)")
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
        }
    }

    @Test("A query that needs more memory than allowed fails, and the process lives")
    func memoryLimit() throws {
        let engine = try TabularEngine(limits: TabularLimits(memoryMebibytes: 32, threads: 1))
        #expect(throws: TabularError.self) {
            try engine.query(
                "SELECT sum(hash(list)) AS s FROM (SELECT list(i) AS list FROM range(100000000) AS numbers(i))",
                file: TabularFixture.path("small.csv")
            ) { _ in }
        }
    }

    @Test("A missing library is looked for in vain, and the message says where")
    func missingLibrary() throws {
        let error = #expect(throws: TabularError.self) { try TabularEngine(libraryPath: "/nowhere/libduckdb.so") }
        #expect(try #require(error).description.contains("/nowhere/libduckdb.so"))
        #expect(throws: TabularError.self) { try TabularEngine(libraryPath: "/etc/hostname") }
        #expect(
            DuckDBLibrary.pythonLibrary(for: "/x/_duckdb.cpython-312-x86_64-linux-gnu.so") == "libpython3.12.so.1.0"
        )
        #expect(DuckDBLibrary.pythonLibrary(for: "/x.cpython-3/libduckdb.so") == nil)
    }
}
