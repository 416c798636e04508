import Foundation
import Testing

@testable import SlipwayTabular

@Suite("Malformed data")
struct MalformedDataTests {
    /// What reading a file comes to.
    enum Outcome: Sendable {
        /// Refused with these words in one sentence.
        case refused([String])
        /// Read, with so many rows and these columns.
        case read(Int, [String])
    }

    struct Kind: Sendable, CustomTestStringConvertible {
        let name: String
        let content: [UInt8]
        let outcome: Outcome

        init(_ name: String, _ content: [UInt8], _ outcome: Outcome) {
            self.name = name
            self.content = content
            self.outcome = outcome
        }

        init(_ name: String, _ text: String, _ outcome: Outcome) { self.init(name, Array(text.utf8), outcome) }

        var testDescription: String { name }
    }

    /// More rows than the engine looks at before it decides on types.
    private static let long = "a,b\n" + String(repeating: "1,2\n", count: 30_000)
    private static let longJSON = String(repeating: "{\"a\": 1}\n", count: 30_000)
    private static let bom: [UInt8] = [0xEF, 0xBB, 0xBF]

    static let text: [Kind] = [
        Kind("a row with a field too many.csv", long + "1,2,3\n", .refused(["Line: 30002", "Columns: 2 Found: 3"])),
        Kind("a row with a field too few.csv", long + "1\n", .refused(["Line: 30002", "Columns: 2 Found: 1"])),
        // Where the engine looks, it would rather see one column than lines of different lengths.
        Kind(
            "a field too few where the dialect is found.csv",
            "a,b,c\n1,2,3\n4,5\n",
            .refused(["Line: 3", "Columns: 3 Found: 2"])
        ),
        Kind(
            "a field too many where the dialect is found.csv",
            "a;b\n1;2\n" + String(repeating: "3;4\n", count: 900) + "5;6;7\n",
            .refused(["lines of different lengths", "the first 902"])
        ),
        Kind(
            "a line before the header.csv",
            "made today\ncolumn1,column2\n1,2\n3,4\n",
            .read(2, ["column1", "column2"])
        ),
        Kind("one column with a comma in its name.csv", "\"a,b\"\n1\n2\n", .read(2, ["a,b"])),
        Kind("a changed type.csv", long + "x,2\n", .refused(["Line: 30002", "column \"a\"", "\"x\"", "BIGINT"])),
        Kind(
            "a bad date.csv",
            "d\n" + String(repeating: "2024-01-01\n", count: 30_000) + "2024-13-45\n",
            .refused(["Line: 30002", "column \"d\"", "2024-13-45"])
        ),
        Kind(
            "a bad boolean.csv",
            "n,f\n" + String(repeating: "1,true\n", count: 30_000) + "1,maybe\n",
            .refused(["Line: 30002", "column \"f\"", "maybe"])
        ),
        Kind(
            "text after a quote.csv",
            "a,b\n" + String(repeating: "\"x\",\"y\"\n", count: 30_000) + "\"x\"z,\"y\"\n",
            .refused(["Line: 30002", "quote"])
        ),
        Kind("a late open quote.csv", long + "1,\"2\n", .refused(["Line: 30002", "column \"b\""])),
        Kind("latin-1.csv", Array("name\nZ".utf8) + [0xFC] + Array("rich\n".utf8), .refused(["not utf-8"])),
        Kind("an overlong form.csv", Array("a\n".utf8) + [0xC0, 0xAF, 10], .refused(["not utf-8"])),
        Kind("a surrogate.csv", Array("a\n".utf8) + [0xED, 0xA0, 0x80, 10], .refused(["not utf-8"])),
        Kind("late bad bytes.csv", Array((long + "1,").utf8) + [0xFF, 0xFE, 10], .refused(["Line: 30002"])),
        Kind("utf-16 with a mark.csv", [0xFF, 0xFE, 97, 0, 44, 0, 98, 0, 10, 0], .refused(["no text in UTF-8"])),
        Kind("utf-16 without a mark.csv", [97, 0, 44, 0, 98, 0, 10, 0], .refused(["no text in UTF-8"])),
        Kind("a NUL.csv", Array("a,b\n1,".utf8) + [0, 10], .refused(["NUL"])),
        Kind("nothing but NULs.csv", [UInt8](repeating: 0, count: 1000), .refused(["NUL"])),
        Kind("Parquet by another name.csv", Array("PAR1".utf8) + [21, 0, 21, 0], .refused(["binary formats"])),
        Kind("two columns of one name.csv", "a,a,b\n1,2,3\n", .refused(["two columns named \"a\""])),
        Kind("names that differ in case.csv", "a,A\n1,2\n", .refused(["two columns named \"A\""])),
        Kind("really named so.csv", "a,a_1,b\n1,2,3\n", .read(1, ["a", "a_1", "b"])),
        Kind("a column without a name.csv", ",a,b\n0,2,3\n", .read(1, ["column0", "a", "b"])),
        Kind("blank lines.csv", "\n\n\n", .refused(["is empty"])),
        Kind("blanks.csv", "    \t \n", .refused(["is empty"])),
        Kind("nothing but a mark.csv", bom, .refused(["is empty"])),
        Kind("a header and no rows.csv", "a,b\n", .read(0, ["a", "b"])),
        Kind("a mark.csv", bom + Array("a,b\n1,2\n".utf8), .read(1, ["a", "b"])),
        Kind("lines that end with CR LF.csv", "a,b\r\n1,2\r\n", .read(1, ["a", "b"])),
        Kind("lines that end with CR.csv", "a,b\r1,2\r", .read(1, ["a", "b"])),
        Kind("lines that end in two ways.csv", "a,b\r\n1,2\n3,4\r\n", .refused(["cannot be read"])),
        Kind("no last line end.csv", "a,b\n1,2", .read(1, ["a", "b"])),
        Kind("a line break in quotes.csv", "a,b\n\"1\n2\",3\n", .read(1, ["a", "b"])),
        Kind(
            "a huge field.csv",
            "a,b\n1," + String(repeating: "x", count: 3 << 20) + "\n",
            .refused(["cannot be read"])
        ),
        Kind("a huge number.csv", "a,b\n" + String(repeating: "9", count: 400) + ",1\n", .read(1, ["a", "b"])),
        Kind("a web page.csv", "<!doctype html><html><body>404</body></html>\n", .refused(["web page"])),
        Kind("JSON by another name.csv", "{\"a\": 1}\n{\"a\": 2}\n", .refused(["begins like JSON"])),
        Kind("not compressed.csv.gz", "a,b\n1,2\n", .refused(["not a GZIP stream"])),
        Kind("a line cut off.jsonl", "{\"a\": 1}\n{\"a\": \n", .refused(["line 3", "unexpected end"])),
        Kind("a late changed type.jsonl", longJSON + "{\"a\": \"x\"}\n", .refused(["line 30001", "\"x\""])),
        Kind("a late broken line.jsonl", longJSON + "{\"a\" 1}\n", .refused(["line 30002"])),
        Kind("bad bytes.jsonl", Array("{\"a\": \"".utf8) + [0xFF] + Array("\"}\n".utf8), .refused(["UTF-8"])),
        Kind("a key twice.jsonl", "{\"a\": 1, \"a\": 2}\n", .refused(["line 1", "duplicate key \"a\""])),
        Kind("too deep.jsonl", "{\"a\": " + String(repeating: "[", count: 5000) + "\n", .refused(["cannot be read"])),
        Kind("a mark.jsonl", bom + Array("{\"a\": 1}\n".utf8), .refused(["byte order mark"])),
        Kind("a NUL.jsonl", Array("{\"a\": 1}\n".utf8) + [0, 10], .refused(["NUL"])),
        Kind("keys that come and go.jsonl", "{\"a\": 1}\n{\"b\": 2}\n", .read(2, ["a", "b"])),
        Kind("an array cut off.json", "[{\"a\": 1}, {\"a\": 2}", .refused(["cannot be read"])),
        Kind("something after the array.json", "[{\"a\": 1}] x", .refused(["unexpected character"])),
        Kind("no Parquet.parquet", "hello hello hello", .refused(["cannot be read"])),
        Kind("the marks alone.parquet", "PAR1PAR1", .refused(["cannot be read"])),
    ]

    @Test("is refused with file, row and column, or read as meant", arguments: text)
    func kind(_ kind: Kind) throws {
        try TabularFixture.withFolder { folder in
            let file = folder + "/" + kind.name
            try Data(kind.content).write(to: URL(fileURLWithPath: file))
            try check(file, kind)
        }
    }

    private func check(_ file: String, _ kind: Kind) throws {
        switch kind.outcome {
        case .read(let rows, let columns):
            let read = try TabularFixture.columns(of: file)
            #expect(read.schema.names == columns)
            #expect(read.rows == rows)
        case .refused(let words):
            let error = #expect(throws: TabularError.self) { try TabularEngine().file(file).scan { _ in } }
            let text = try #require(error).description
            #expect(text.contains(kind.name), "\(text)")
            for word in words { #expect(text.contains(word), "\(word): \(text)") }
            #expect(!text.contains("\n") && text.hasSuffix("."), "\(text)")
            // The same through the way that keeps data open.
            #expect(throws: TabularError.self) {
                let table = try TabularEngine().open(file: file)
                _ = try table.columns()
                _ = try table.rows("SELECT CAST(to_json(list(d)) AS VARCHAR) AS x FROM data AS d")
            }
        }
    }

    @Test("in files of one pattern names the file")
    func patterns() throws {
        try TabularFixture.withFolder { folder in
            let write = { (name: String, text: String) in
                try Data(text.utf8).write(to: URL(fileURLWithPath: folder + "/" + name))
            }
            try write("p-1.csv", "a,b\n1,2\n")
            try write("p-2.csv", "a,b\n3,4\n5,6\n")
            #expect(try TabularFixture.columns(of: folder + "/p-*.csv").rows == 3)
            let table = try TabularEngine().open(file: folder + "/p-*.csv")
            #expect(try table.rowsOfFiles().map(\.rows) == [1, 2])
            let cases: [(name: String, content: String, words: [String])] = [
                ("p-3.csv", "a,c\n1,2\n", ["p-3.csv", "p-1.csv", "lacks the column \"b\""]),
                ("p-3.csv", "a,b,c\n1,2,3\n", ["p-3.csv", "has the column \"c\""]),
                ("p-3.csv", "", ["p-3.csv", "is empty"]),
                ("p-3.csv", "a,b\n1,2,3\n4,5,6\n1,2\n", ["p-3.csv"]),
            ]
            for (name, content, words) in cases {
                try write(name, content)
                let error = #expect(throws: TabularError.self) {
                    try TabularEngine().file(folder + "/p-*.csv").scan { _ in }
                }
                let text = try #require(error).description
                for word in words { #expect(text.contains(word), "\(text)") }
            }
            let none = #expect(throws: TabularError.self) {
                try TabularEngine().file(folder + "/q-*.csv").scan { _ in }
            }
            #expect(try #require(none).description.contains("no file matches"))
        }
    }

    @Test("of another type in one Parquet file of a pattern names the column")
    func parquetTypes() throws {
        try TabularFixture.withFolder { folder in
            for (name, sql) in [("1", "SELECT 1 AS a"), ("2", "SELECT 'x' AS a")] {
                let session = try AdbcSession(driver: TabularEngine().driver)
                try session.execute("COPY (\(sql)) TO '\(folder)/t-\(name).parquet' (FORMAT parquet)")
            }
            let error = #expect(throws: TabularError.self) {
                try TabularEngine().file(folder + "/t-*.parquet").scan { _ in }
            }
            let text = try #require(error).description
            #expect(
                text.contains("t-2.parquet") && text.contains("\"a\" is VARCHAR, and INTEGER in the other"),
                "\(text)"
            )
        }
    }
}
