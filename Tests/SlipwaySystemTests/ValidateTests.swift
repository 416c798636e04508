import Foundation
import SlipwayDomain
import Testing

/// Data contracts by the real binary: one scan, rows and counts, reports, and evidence for the gate.
@Suite struct ValidateTests {
    private static let contract = """
        apiVersion: v3.1.0
        kind: DataContract
        id: orders
        version: 1.0.0
        schema:
          - name: orders
            quality:
              - {metric: rowCount, mustBeBetween: [5, 1000]}
              - {type: sql, name: mean, query: "SELECT avg({x}) FROM {object}", mustBeLessThan: 1}
              - {type: sql, name: total, query: "SELECT sum(amount) FROM {object}", mustBeGreaterThan: 0}
            properties:
              - {name: id, logicalType: integer, primaryKey: true}
              - {name: zip, logicalType: string, logicalTypeOptions: {pattern: "^[0-9]{5}$"}}
              - {name: amount, logicalType: number, required: true, logicalTypeOptions: {minimum: 0, maximum: 1000}}
              - {name: state, logicalType: string, quality: [{metric: invalidValues, arguments: {validValues: [open, done]}, mustBe: 0}]}
              - {name: at, logicalType: timestamp}
              - {name: bad, logicalType: string, logicalTypeOptions: {pattern: "("}}
        slaProperties: [{property: freshness, value: 2, unit: d, element: orders.at}]

        """

    /// A finding whose digests are none.
    private static let undigested = #"""
        {"contract": "c", "contractVersion": "1", "contractDigest": "sha256:1", "dataset": "d", "datasetDigest": "x",
         "rows": 1, "checks": 1, "broken": []}
        """#

    private static let rows = """
        id,zip,amount,state,at,bad
        1,01234,10.5,open,2024-05-01T10:00:00Z,x
        2,99999,,open,2024-05-01T11:00:00Z,x
        3,123,2000,lost,2024-05-01T12:00:00Z,x
        3,01234,-1,done,2024-05-02T10:00:00Z,x
        5,01234,7,"<b>""&'</b>",2024-05-02T11:00:00Z,x
        x6,01234,8,done,2024-05-02T12:00:00Z,x

        """

    private func run(_ arguments: [String], _ server: ServerProcess? = nil) async throws -> (
        code: Int32, output: String, errors: String
    ) {
        let environment = server.map { ["SLIPWAY_URL": "http://127.0.0.1:\($0.port)"] } ?? [:]
        let child = try ChildProcess(try Checkout.binary(), arguments, environment: environment)
        return (try await child.exitCode(within: 60), child.output, child.errors)
    }

    private func write(_ text: String, _ name: String, in folder: TemporaryFolder) throws -> String {
        let path = folder.path + "/" + name
        try Data(text.utf8).write(to: URL(filePath: path))
        return path
    }

    @Test func `failures come with counts, shares, values and row numbers, and in three more forms`() async throws {
        let folder = try TemporaryFolder()
        let contract = try write(Self.contract, "contract.yaml", in: folder)
        let data = try write(Self.rows, "orders.csv", in: folder)
        let (html, junit) = (folder.path + "/report.html", folder.path + "/report.xml")
        let arguments = ["validate", data, "--contract", contract, "--as-of", "2024-05-03T12:00:00Z"]
        let told = try await run(arguments + ["--html", html, "--junit", junit])
        #expect(told.code == 2, "\(told)")
        for words in [
            "FAIL  id is an integer\n        1 of 6 rows break it (16.6667 %).\n        row 6: 'x6'",
            "FAIL  zip matches ^[0-9]{5}$\n        1 of 6 rows break it (16.6667 %).\n        row 3: '123'",
            "FAIL  amount is never missing\n        1 of 6 rows have no value (16.6667 %).\n        row 2: no value",
            "FAIL  amount is from 0 to 1000\n        2 of 6 rows break it (33.3333 %).\n        row 3: '2000.0'\n        row 4: '-1.0'",
            "row 5: '<b>\"&'</b>'", "FAIL  id is a key\n        2 of 6 rows repeat (33.3333 %), 1 value.",
            "????  mean\n        Cannot be judged", "????  bad matches (\n        Cannot be judged",
        ] { #expect(told.output.contains(words), "\(words)\n\(told.output)") }
        let json = try await run(arguments + ["--json"])
        let verdict = try JSONValue(parsing: Array(json.output.utf8))
        let checks = verdict["checks"]?.array ?? []
        let verdicts = Dictionary(
            uniqueKeysWithValues: checks.map { ($0["id"]?.string ?? "", $0["verdict"]?.string ?? "") }
        )
        #expect(verdicts["rowCount"] == "pass" && verdicts["sql#2"] == "pass" && verdicts["at.freshness"] == "pass")
        #expect(verdict["verdict"]?.string == "fail" && verdict["rows"]?.integer == 6)
        let page = try String(contentsOf: URL(filePath: html), encoding: .utf8)
        #expect(page.contains("<svg") && page.contains("&lt;b&gt;&quot;&amp;&#39;&lt;/b&gt;"))
        #expect(!page.contains("<b>\"") && !page.contains("<script") && !page.contains("http"))
        let xml = try XMLCheck.failures(in: try String(contentsOf: URL(filePath: junit), encoding: .utf8))
        #expect(xml == checks.count { $0["verdict"]?.string == "fail" })
        let late = try await run(["validate", data, "--contract", contract, "--as-of", "2024-05-05T12:00:00Z"])
        #expect(late.output.contains("FAIL  at reaches up to 2 d ago\n        The newest value is 3d old."), "\(late)")
    }

    @Test func `what is kept, what is unknown and what is wrong have three exit codes`() async throws {
        let folder = try TemporaryFolder()
        let data = try write("id,x\n1,a\n2,b\n", "d.csv", in: folder)
        let head = "apiVersion: v3.1.0\nkind: DataContract\nid: c\nversion: 1.0.0\nschema:\n  - name: d\n"
        let good = try write(head + "    properties: [{name: id, unique: true}]\n", "good.yaml", in: folder)
        let unknown = try write(
            head + "    quality: [{type: sql, query: SELEKT, mustBe: 0}]\n",
            "unknown.yaml",
            in: folder
        )
        let gone = try write(head + "    properties: [{name: idd}]\n", "gone.yaml", in: folder)
        let wrong = try write(head + "    propertis: []\n", "wrong.yaml", in: folder)
        let kept = try await run(["validate", data, "--contract", good])
        #expect(kept.code == 0 && kept.output.contains("1 of 1 checks hold"), "\(kept)")
        #expect(try await run(["validate", data, "--contract", unknown]).code == 1)
        let missing = try await run(["validate", data, "--contract", gone])
        #expect(
            missing.code == 2 && missing.output.contains("The data have no column 'idd': is 'id' meant?"),
            "\(missing)"
        )
        let mistake = try await run(["validate", data, "--contract", wrong])
        #expect(mistake.code == 1 && mistake.errors.contains("wrong.yaml:7:5: unknown key 'propertis'"), "\(mistake)")
        let escape = try write(
            head + "    quality: [{type: sql, query: \"SELECT count(*) FROM '/etc/passwd'\", mustBe: 0}]\n",
            "escape.yaml",
            in: folder
        )
        let outside = try await run(["validate", data, "--contract", escape])
        #expect(outside.code == 1 && outside.output.contains("Cannot be judged"), "\(outside)")
    }

    @Test func `a contract that was inferred is kept by its own data and broken by a changed unit`() async throws {
        let folder = try TemporaryFolder()
        var rows = "order_id,carrier,code,minutes\n"
        for row in 0..<500 { rows += "\(row),\(["AA", "UA", "DL"][row % 3]),X-\(1000 + row),\(Double(row % 90) / 2)\n" }
        let data = try write(rows, "flights.csv", in: folder)
        let file = folder.path + "/contract.yaml"
        let written = try await run(["contract", "infer", data, "-o", file])
        #expect(written.code == 0, "\(written)")
        let text = try String(contentsOf: URL(filePath: file), encoding: .utf8)
        for words in ["primaryKey: true", "validValues: [AA, DL, UA]", "^[A-Z]-[0-9]{4}$", "never missing in 500 rows"]
        {
            #expect(text.contains(words), "\(text)")
        }
        #expect(try await run(["validate", data, "--contract", file]).code == 0)
        var changed = "order_id,carrier,code,minutes\n"
        for row in 0..<500 { changed += "\(row),AA,X-\(1000 + row),\(Double(row % 90) * 30)\n" }
        let seconds = try write(changed, "seconds.csv", in: folder)
        let broken = try await run(["validate", seconds, "--contract", file])
        #expect(broken.code == 2 && broken.output.contains("FAIL  minutes is from 0 to 89"), "\(broken)")
        let again = try await run(["contract", "infer", data, "-o", file])
        #expect(again.code == 1 && again.errors.contains("exists"), "\(again)")
        let same = try await run(["contract", "diff", file, file])
        #expect(same.code == 0 && same.output.contains("no changes"), "\(same)")
        let looser = try write(text.replacing("[AA, DL, UA]", with: "[AA, DL, UA, B6]"), "looser.yaml", in: folder)
        let diff = try await run(["contract", "diff", file, looser])
        #expect(diff.code == 2 && diff.output.contains("BREAKING  flights.carrier: new values may come: B6"), "\(diff)")
    }

    @Test func `a table of hundreds of columns gets its contract in the memory that a narrow one has`() async throws {
        let folder = try TemporaryFolder()
        let columns = 0..<400
        let rows = (0..<1200).map { row in
            columns.map { $0 % 2 == 0 ? "v\((row + $0) % 6)" : "\(Double((row * 7 + $0) % 1000) / 8)" }
                .joined(separator: ",")
        }
        let head = columns.map { "c\($0)" }.joined(separator: ",")
        let data = try write(([head] + rows).joined(separator: "\n") + "\n", "wide.csv", in: folder)
        let contract = folder.path + "/wide.yaml"
        let inferred = try await run(["contract", "infer", data, "-o", contract])
        #expect(inferred.code == 0, "\(inferred)")
        let told = try await run(["validate", data, "--contract", contract])
        #expect(told.code == 0, "\(told)")
        let text = try String(contentsOfFile: contract, encoding: .utf8)
        #expect(text.components(separatedBy: "these 6 values are all").count == 201, "every second column is a list")
    }

    @Test func `NaN is a missing value whatever the file's statistics say, and infinity is a word`() async throws {
        let folder = try TemporaryFolder()
        let data = Checkout.root + "/Tests/Fixtures/tabular/nan.parquet"
        let file = folder.path + "/nan.yaml"
        #expect(try await run(["contract", "infer", data, "-o", file]).code == 0)
        let text = try String(contentsOf: URL(filePath: file), encoding: .utf8)
        #expect(text.contains("# 2 % missing") && text.contains("maximum: "), "\(text)")
        #expect(try await run(["validate", data, "--contract", file]).code == 0)
        let head = text.prefix(upTo: try #require(text.range(of: "    properties:")).lowerBound)
        let strict = head + "    properties: [{name: a, logicalType: number, required: true}]\n"
        let broken = try await run([
            "validate", data, "--contract", try write(String(strict), "strict.yaml", in: folder),
        ])
        #expect(broken.code == 2 && broken.output.contains("10 of 500 rows"), "\(broken)")
        let words = try write("name\nalice\nbob\ninfinity\n12e45678\n", "words.csv", in: folder)
        #expect(try await run(["contract", "infer", words]).code == 0)
    }

    @Test func `a value that no sample shows is counted, not an error, and files of a pattern are told apart`()
        async throws
    {
        let folder = try TemporaryFolder()
        let head = "apiVersion: v3.1.0\nkind: DataContract\nid: c\nversion: 1.0.0\nschema:\n  - name: d\n"
        let contract = try write(
            head + "    properties: [{name: a, logicalType: integer, logicalTypeOptions: {maximum: 5}}]\n",
            "c.yaml",
            in: folder
        )
        let late = try write("a,b\n" + String(repeating: "1,2\n", count: 50_000) + "x,2\n9,2\n", "late.csv", in: folder)
        let counted = try await run(["validate", late, "--contract", contract])
        #expect(
            counted.code == 2 && counted.output.contains("row 50001: 'x'") && counted.output.contains("row 50002: '9'"),
            "\(counted)"
        )
        _ = try write("a,b\n1,1\n2,2\n", "p-1.csv", in: folder)
        _ = try write("a,b\n3,1\n8,2\n", "p-2.csv", in: folder)
        let both = try await run(["validate", folder.path + "/p-*.csv", "--contract", contract])
        #expect(both.code == 2 && both.output.contains("row 2 of \(folder.path)/p-2.csv: '8'"), "\(both)")
        let query = try await run([
            "validate", late, "--contract", contract, "--query", "SELECT TRY_CAST(a AS INT) AS a FROM data LIMIT 10",
        ])
        #expect(query.code == 0, "\(query)")
    }

    @Test func `the gate asks for the contract that the manifest names`() async throws {
        let folder = try TemporaryFolder()
        let data = try write(TinyModel.table, "train.csv", in: folder)
        let head = "apiVersion: v3.1.0\nkind: DataContract\nid: c\nversion: 1.0.0\nschema:\n  - name: d\n"
        let good = try write(
            head + "    properties: [{name: y, logicalType: integer, required: true}]\n",
            "c.yaml",
            in: folder
        )
        let bad = try write(
            head + "    properties: [{name: y, logicalTypeOptions: {maximum: 0}, logicalType: integer}]\n",
            "b.yaml",
            in: folder
        )
        try await withServer { server in
            try await server.http.makeTinyModel()
            let manifest = TinyModel.manifest("tiny").replacing(
                "  task:",
                with: "  inputs: {contract: b.yaml}\n  task:"
            )
            let applied = try write(manifest, "slipway.yaml", in: folder)
            #expect(try await run(["apply", applied], server).code == 0)
            let before = try await run(["check", "tiny@1"], server)
            #expect(before.code == 2 && before.output.contains("data.contract"), "\(before)")
            let broken = try await run(["validate", data, "--contract", bad, "--for", "tiny@1"], server)
            #expect(broken.code == 2 && broken.output.contains("recorded as evidence of tiny@1"), "\(broken)")
            let denied = try await run(["check", "tiny@1"], server)
            #expect(
                denied.code == 2 && denied.output.contains("breaks the contract c 1.0.0: y is at most 0: 2 of 4 rows"),
                "\(denied)"
            )
            #expect(try await run(["validate", data, "--contract", good, "--for", "tiny@1"], server).code == 0)
            let other = try await run(["check", "tiny@1"], server)
            #expect(other.code == 2 && other.output.contains("held against another contract"), "\(other)")
            // A contract that is changed after it was applied is another one too.
            try FileManager.default.removeItem(atPath: bad)
            try FileManager.default.copyItem(atPath: good, toPath: bad)
            #expect(try await run(["apply", applied], server).code == 0)
            let allowed = try await run(["check", "tiny@1"], server)
            #expect(allowed.code == 0 && allowed.output.contains("keep all 2 checks of c 1.0.0"), "\(allowed)")
            for body in ["{}", "{\"contract\": 1}", "[]", Self.undigested] {
                let answer = try await server.http.post(
                    "\(RawHTTP.native)/models/tiny/versions/1/validations",
                    try JSONValue(parsing: Array(body.utf8))
                )
                #expect(answer.status == 400, "\(answer)")
            }
            #expect(try await run(["ledger", "verify"], server).code == 0)
        }
    }
}

/// Counts failures in JUnit XML with Foundation's parser: the file must be well-formed.
private final class XMLCheck {
    static func failures(in text: String) throws -> Int {
        guard text.hasPrefix("<?xml") else { throw SystemTestError("no XML: \(text.prefix(60))") }
        let opened = text.components(separatedBy: "<testcase ").count - 1
        let closed = text.components(separatedBy: "</testcase>").count - 1
        let single = text.split(separator: "\n").count { $0.contains("<testcase ") && $0.hasSuffix("/>") }
        guard opened == closed + single else { throw SystemTestError("the test cases do not close: \(text)") }
        return text.components(separatedBy: "<failure ").count - 1
    }
}
