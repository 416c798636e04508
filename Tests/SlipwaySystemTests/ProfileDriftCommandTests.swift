import Foundation
import SlipwayDomain
import Testing

/// Profiles and drift by the real binary, on files and on standard input, with no server.
@Suite struct ProfileDriftCommandTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Runs the binary in the folder by a shell, so that files can be piped into it.
    private func run(_ words: String, input: String? = nil) async throws -> (
        code: Int32, output: String, errors: String
    ) {
        let line = "cd '\(folder.path)' && '\(try Checkout.binary())' \(words)" + (input.map { " < \($0)" } ?? "")
        let child = try ChildProcess("/bin/sh", ["-c", line])
        return (try await child.exitCode(within: 120), child.output, child.errors)
    }

    private func write(_ text: String, _ name: String) throws {
        try text.write(toFile: folder.path + "/" + name, atomically: true, encoding: .utf8)
    }

    private func bytes(_ name: String) throws -> Data {
        try Data(contentsOf: URL(fileURLWithPath: folder.path + "/" + name))
    }

    private static let header = "id,amount,tier,paid,at,site\n"

    /// Rows with an id, a number, a category, a truth value, a date and a site, from a seed.
    private static func rows(_ count: Int, seed: UInt64, shift: Double = 0) -> [String] {
        var state = seed
        func unit() -> Double {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Double(state >> 11) * 0x1p-53
        }
        return (0..<count).map { row in
            let amount = unit() < 0.02 ? "" : String((unit() + unit() + unit() + shift) * 10)
            let tier = ["gold", "silver", "bronze", "iron"][min(3, Int(unit() * 5))]
            let day = 1 + Int(unit() * 28)
            let date = "2026-03-" + (day < 10 ? "0\(day)" : "\(day)")
            return "r\(seed)-\(row),\(amount),\(tier),\(unit() < 0.3),\(date),\(unit() < 0.5 ? "north" : "south")\n"
        }
    }

    @Test func `parts of a table merge to the bytes of the whole, from files and from standard input`() async throws {
        let rows = Self.rows(3000, seed: 7)
        try write(Self.header + Self.rows(2500, seed: 5).joined(), "reference.csv")
        try write(Self.header + rows.joined(), "whole.csv")
        #expect(try await run("profile reference.csv --ignore id -o reference.json").code == 0)
        let whole = try await run("profile whole.csv --reference reference.json -o whole.json --json")
        #expect(whole.code == 0, "\(whole)")
        let digest = try #require(JSONValue(parsing: Array(whole.output.utf8))["digest"]?.string)
        #expect(digest.hasPrefix("sha256:"))
        var names: [String] = []
        for part in 0..<4 {
            let mine = rows.enumerated().filter { ($0.offset * 7 + $0.offset / 11) % 4 == part }.map(\.element)
            try write(Self.header + mine.joined(), "part\(part).csv")
            let counted = try await run(
                "profile - --reference reference.json -o part\(part).json",
                input: "part\(part).csv"
            )
            #expect(counted.code == 0, "\(counted)")
            names.insert("part\(part).json", at: part / 2)
        }
        try write("", "nothing")
        #expect(try await run("profile - --reference reference.json -o nothing.json", input: "nothing").code == 0)
        let merged = try await run("profile merge \(names.joined(separator: " ")) nothing.json -o merged.json")
        #expect(merged.code == 0 && merged.output.contains("3000 rows of 5 profiles"), "\(merged)")
        #expect(try bytes("merged.json") == bytes("whole.json"))
        let lines = rows.map { row in
            let cells = row.dropLast().split(separator: ",", omittingEmptySubsequences: false)
            let amount = cells[1].isEmpty ? "" : "\"amount\":\(cells[1]),"
            return
                "{\"site\":\"\(cells[5])\",\(amount)\"tier\":\"\(cells[2])\",\"paid\":\(cells[3]),\"at\":\"\(cells[4])\"}\n"
        }
        try write(lines.joined(), "whole.jsonl")
        let piped = try await run("profile - --reference reference.json -o - > lines.json", input: "whole.jsonl")
        #expect(piped.code == 0, "\(piped)")
        #expect(try bytes("lines.json") == bytes("whole.json") + Data("\n".utf8), "the same rows as JSON lines")
    }

    @Test func `drift is 2 with the columns, stability 0, and a page draws both sides`() async throws {
        try write(Self.header + Self.rows(2500, seed: 5).joined(), "reference.csv")
        try write(Self.header + Self.rows(2000, seed: 9).joined(), "same.csv")
        try write(Self.header + Self.rows(2000, seed: 11, shift: 0.4).joined(), "moved.csv")
        let same = try await run("drift reference.csv same.csv")
        #expect(same.code == 0 && same.output.contains("None of 5 columns drifted"), "\(same)")
        #expect(same.output.contains("Not looked at, since they name rows: id."))
        let moved = try await run("drift reference.csv moved.csv --html page.html --segment site --json")
        #expect(moved.code == 2, "\(moved)")
        let answer = try JSONValue(parsing: Array(moved.output.utf8))
        #expect(answer["columns"]?.array?.first?["name"]?.string == "amount")
        #expect(answer["identifiers"]?.array?.compactMap(\.string) == ["id"])
        #expect(answer["segments"]?["segments"]?.array?.count == 2)
        #expect(answer["multivariate"]?["verdict"]?.string == "drifted")
        let page = String(decoding: try bytes("page.html"), as: UTF8.self)
        #expect(page.contains("<svg") && page.contains("Segments of site") && !page.contains("<script"))
        #expect(!page.contains("http://") && !page.contains("https://"))
        #expect(try await run("profile reference.csv -o reference.json").code == 0)
        #expect(try await run("profile moved.csv --reference reference.json -o moved.json").code == 0)
        #expect(try await run("profile moved.csv -o own.json").code == 0)
        for words in [
            "reference.json moved.csv", "reference.json moved.json", "reference.json own.json",
            "reference.csv own.json",
        ] {
            let found = try await run("drift \(words)")
            #expect(found.code == 2 && found.output.contains("amount drifted"), "\(words): \(found)")
        }
        let ignored = try await run("drift reference.json moved.csv --ignore amount")
        #expect(ignored.code == 0, "\(ignored)")
        try write(Self.header + Self.rows(90, seed: 13, shift: 3).joined(), "few.csv")
        let few = try await run("drift reference.csv few.csv")
        #expect(few.code == 0 && few.output.contains("too few to tell"), "\(few)")
    }

    @Test func `a query takes the place of its table, for profiles and for either side of a comparison`() async throws {
        let rows = Self.rows(4000, seed: 7)
        try write(Self.header + rows.joined(), "whole.csv")
        try write(Self.header + rows.filter { $0.hasSuffix(",north\n") }.joined(), "north.csv")
        try write(Self.header + Self.rows(2000, seed: 9, shift: 1).joined(), "shifted.csv")
        let query = #""SELECT * FROM data WHERE site = 'north' -- no others""#
        #expect(try await run("profile north.csv -o north.json").code == 0)
        #expect(try await run("profile whole.csv --query \(query) -o asked.json").code == 0)
        #expect(try bytes("asked.json") == bytes("north.json"))
        let piped = try await run("profile - --query \(query) -o - > piped.json", input: "whole.csv")
        #expect(piped.code == 0, "\(piped)")
        #expect(try bytes("piped.json") == bytes("north.json") + Data("\n".utf8))
        // The names of columns that are left out are those of the table.
        let plain = try await run("drift north.csv shifted.csv --ignore id --json")
        #expect(try await run("profile shifted.csv --reference north.csv --ignore id").code == 0)
        #expect(try await run("drift north.csv shifted.csv --ignore ids").errors.contains("no column ids"))
        let asked = try await run("drift whole.csv shifted.csv --reference-query \(query) --ignore id --json")
        #expect(plain.code == 2 && asked.output == plain.output, "\(asked)")
        let half = try await run(#"drift north.json shifted.csv --query "FROM data LIMIT 1000" --ignore id --json"#)
        #expect(try JSONValue(parsing: Array(half.output.utf8))["rows"]?.integer == 1000, "\(half)")
        for (words, says) in [
            ("profile whole.csv --query 'SELECT nothing FROM data'", "nothing"),
            ("profile whole.csv --query 'SELECT 1; SELECT 2'", "semicolon"),
            ("profile whole.csv --query \"SELECT * FROM '/etc/passwd'\"", "cannot be run"),
            ("profile whole.csv --query 'SELECT * FROM data WHERE false'", "no rows"),
            ("profile whole.csv --query 'FROM data' --as-reference m@1", "whole files"),
            ("drift north.json whole.csv --reference-query 'FROM data'", "stored profile"),
        ] {
            let refused = try await run(words)
            #expect(refused.code != 0 && refused.code != 2 || refused.code == 2 && refused.output.isEmpty, "\(refused)")
            #expect(refused.errors.contains(says), "\(words): \(refused)")
        }
        let left = try FileManager.default.contentsOfDirectory(atPath: FileManager.default.temporaryDirectory.path)
        #expect(!left.contains { $0.hasPrefix("slipway-") && $0.hasSuffix(".parquet") }, "\(left)")
    }

    @Test func `what cannot be compared is an error with one sentence that says what to do`() async throws {
        try write(Self.header + Self.rows(600, seed: 5).joined(), "reference.csv")
        try write("amount,tier\n1,gold\n", "narrow.csv")
        try write("{\"format\":2,\"columns\":[{\"name\":\"x\"}]}", "damaged.json")
        try write(Self.header + Self.rows(600, seed: 6).joined(), "other.csv")
        #expect(try await run("profile reference.csv -o a.json").code == 0)
        #expect(try await run("profile other.csv --only amount -o b.json").code == 0)
        #expect(try await run("profile other.csv --reference a.json -o c.json").code == 0)
        #expect(try await run("profile reference.csv --reference other.csv -o d.json").code == 0)
        let cases = [
            ("profile merge a.json b.json -o x.json", "b.json cannot be added to a.json"),
            ("profile merge c.json d.json -o x.json", "different references"),
            ("profile merge damaged.json -o x.json", "damaged"), ("profile merge no.json -o x.json", "no file no.json"),
            ("profile merge reference.csv -o x.json", "is no profile"), ("drift damaged.json other.csv", "damaged"),
            ("drift a.json narrow.csv", "has no column"),
            ("drift reference.csv other.csv --ignore nope", "no column nope"),
            ("drift a.json other.csv --segment site", "give two tables"),
            ("drift reference.csv other.csv --segment id", "more than 50 values"),
            ("drift reference.csv other.csv --html no/such/folder.html", "cannot write"),
            ("drift d.json c.json", "different references"),
            ("profile reference.csv -o no/folder/x.json", "cannot write"),
        ]
        for (words, sentence) in cases {
            let answer = try await run(words)
            #expect(
                answer.code == 1 && answer.errors.contains(sentence) && answer.output.isEmpty,
                "\(words): \(answer)"
            )
            #expect(!FileManager.default.fileExists(atPath: folder.path + "/x.json"), "\(words)")
        }
    }
}
