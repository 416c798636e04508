import Foundation
import SlipwayDomain
import Testing

/// Recorded rows sent as live traffic by the real binary.
@Suite struct ReplayCommandTests {
    @Test func `each column is sent as its tensor takes it, and rows that the model cannot take are told`() async throws
    {
        let folder = try TemporaryFolder()
        let rows = URL(filePath: folder.path + "/rows.csv")
        func replay(_ table: String, _ server: ServerProcess) async throws -> (code: Int32, output: String) {
            try table.write(to: rows, atomically: true, encoding: .utf8)
            let child = try ChildProcess(
                try Checkout.binary(),
                ["replay", "columns", rows.path, "--time", "at", "--key", "who", "--label", "late"],
                environment: ["SLIPWAY_URL": "http://127.0.0.1:\(server.port)"]
            )
            let code = try await child.exitCode(within: 60)
            return (code, child.output + child.errors)
        }
        try await withServer { server in
            let http = server.http
            try await http.demand(
                "POST",
                RawHTTP.mlflow + "/registered-models/create",
                RawHTTP.json(["name": "columns"])
            )
            let file = try Checkout.fixture("onnx/columns.onnx")
            #expect(try await http.register(file, as: "columns", folder: "columns/1") == 1)
            try await http.demand(
                "POST",
                RawHTTP.native + "/manifests?file=slipway.yaml",
                .bytes(Array(TinyModel.manifest("columns").utf8))
            )
            try await http.demand(
                "POST",
                "\(RawHTTP.native)/models/columns/versions/1/evaluations?label=late&file=x.csv",
                .bytes(Array("plan,bill,late\nbasic,1,0\npro,1,1\npro,2,1\n".utf8))
            )
            try await http.serveFirstVersion(of: "columns")

            let head = "at,who,plan,bill,late\n"
            let good = "2026-01-01T00:00:00Z,a,basic,1,0\n2026-01-01T00:10:00Z,b,pro,1,1\n"
            let bad = "2026-01-01T00:20:00Z,c,gold,1,0\n2026-01-01T00:30:00Z,d,pro,,1\n"
            let told = try await replay(head + good + bad, server)
            #expect(told.code == 0, "\(told)")
            #expect(told.output.contains("sent 2 requests") && told.output.contains("none failed"), "\(told)")
            #expect(told.output.contains("2 of 2 labels joined"), "\(told)")
            #expect(told.output.contains("2 rows are left out: a column such as plan has no value there"), "\(told)")

            let none = try await replay(head + bad, server)
            #expect(none.code == 1 && none.output.contains("nothing to replay; 2 rows are left out"), "\(none)")
        }
    }
}
