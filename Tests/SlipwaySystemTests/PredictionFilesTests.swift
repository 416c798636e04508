import Foundation
import SlipwayDomain
import Synchronization
import Testing

/// The Parquet files of a real server, read by the DuckDB that Python has.
@Suite struct PredictionFilesTests {
    /// Reads every file by itself, so that half a file fails, and then all together.
    private static let reader = """
        import duckdb, glob, json, sys
        files = sorted(glob.glob(sys.argv[1] + "/predictions/model=*/date=*/hour=*/*.parquet"))
        for name in files:
            duckdb.sql(f"SELECT count(*) FROM read_parquet('{name}')").fetchall()
        rows = duckdb.sql(f"SELECT * FROM read_parquet({files!r}, union_by_name=true, hive_partitioning=true)") if files else None
        names = rows.columns if files else []
        ids = [r[0] for r in duckdb.sql("SELECT prediction_id FROM rows").fetchall()] if files else []
        first = dict(zip(names, map(str, duckdb.sql("SELECT COLUMNS(*)::VARCHAR FROM rows ORDER BY time LIMIT 1").fetchall()[0]))) if files else {}
        print(json.dumps({"files": len(files), "ids": ids, "columns": names, "first": first}))
        """

    private func read(_ folder: TemporaryFolder) async throws -> JSONValue {
        let python = try ChildProcess(
            Checkout.root + "/.venv/bin/python",
            ["-c", Self.reader, folder.path + "/data"],
            environment: ["PYTHONPATH": Checkout.root + "/.deps/duckdb"]
        )
        guard try await python.exitCode() == 0 else { throw SystemTestError(python.errors) }
        return try JSONValue(parsing: Array(python.output.utf8))
    }

    /// Asks until no server answers, and gives the ids of all answered predictions.
    private func traffic(_ http: RawHTTP, _ answered: Answered) async {
        while true {
            do {
                let answer = try await http.post("/v2/models/tiny/infer", TinyModel.question)
                // The server listens before it has loaded what serves.
                guard answer.isSuccess else { continue }
                if let id = answer.json?["parameters"]?["prediction_id"]?.string { answered.add(id) }
            } catch {
                return
            }
        }
    }

    private final class Answered: Sendable {
        private let ids = Mutex<Set<String>>([])

        func add(_ id: String) { ids.withLock { _ = $0.insert(id) } }
        var all: Set<String> { ids.withLock { $0 } }
    }

    @Test func `power cuts in the middle of writing leave only whole files, and no prediction twice`() async throws {
        let seed = UInt64.random(in: 0..<1_000_000)
        print("PredictionFilesTests: seed \(seed)")
        var random = SeededGenerator(seed: seed)
        let folder = try TemporaryFolder()
        let often = ["--prediction-file-milliseconds", "5"]
        var server = try await ServerProcess.start(in: folder, often)
        try await server.http.makeTinyModel()
        try await server.http.serveFirstVersion()
        let answered = Answered()
        for round in 0..<8 {
            let (http, current) = (server.http, server)
            let life = Int.random(in: 300...900, using: &random)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<3 { group.addTask { await traffic(http, answered) } }
                group.addTask {
                    try await pause(milliseconds: life)
                    try await current.kill9()
                }
                try await group.waitForAll()
            }
            server = try await ServerProcess.start(in: folder, often)
            let ids = try await ids(in: folder)
            #expect(Set(ids).count == ids.count, "seed \(seed), round \(round): a prediction stands twice")
            // The last answer before the cut may not have reached the client.
            #expect(Set(ids).subtracting(answered.all).count <= 3 * (round + 1), "seed \(seed), round \(round)")
        }
        // So that a run in which nothing was written does not count as a success.
        #expect(try await !ids(in: folder).isEmpty, "seed \(seed)")
        #expect(try await server.terminate() == 0, "\(server.log)")
    }

    private func ids(in folder: TemporaryFolder) async throws -> [String] {
        try await read(folder)["ids"]?.array?.compactMap(\.string) ?? []
    }

    @Test func `an orderly end keeps every prediction; sample, left out columns, counters and single rows hold`()
        async throws
    {
        let folder = try TemporaryFolder()
        let server = try await ServerProcess.start(in: folder)
        let http = server.http
        try await http.makeTinyModel()
        try await http.serveFirstVersion()
        var ids: [String] = []
        for _ in 0..<20 {
            let answer = try await http.post("/v2/models/tiny/infer", TinyModel.question)
            ids.append(try #require(answer.json?["parameters"]?["prediction_id"]?.string))
        }
        let row = try await http.get(RawHTTP.native + "/models/tiny/predictions/\(ids[7])")
        #expect(row.json?["prediction"]?["prediction_id"]?.string == ids[7], "\(row)")
        #expect(row.json?["file"]?["input_b"]?.number == 2, "\(row)")
        #expect(try await http.get(RawHTTP.native + "/models/tiny/predictions/nobody").status == 404)
        #expect(try await http.get(RawHTTP.native + "/models/other/predictions/\(ids[7])").status == 404)
        let metrics = try await http.get("/metrics").text
        #expect(metrics.contains("slipway_predictions_logged_total 20\n"), "\(metrics)")
        #expect(metrics.contains("slipway_predictions_dropped_total 0\n"))
        #expect(metrics.contains("slipway_prediction_rows_written_total 20\n"))
        // From here on half of them, and without one column.
        let manifest = TinyModel.manifest("tiny") + "\n  predictions: {sample: 0.5, redact: [a]}\n"
        try await http.demand("POST", RawHTTP.native + "/manifests?file=slipway.yaml", .bytes(Array(manifest.utf8)))
        for _ in 0..<200 { _ = try await http.post("/v2/models/tiny/infer", TinyModel.question) }
        #expect(try await server.terminate() == 0, "\(server.log)")
        let read = try await read(folder)
        let kept = read["ids"]?.array?.compactMap(\.string) ?? []
        #expect(Set(ids).isSubset(of: kept) && (60...180).contains(kept.count), "\(kept.count)")
        #expect(
            read["first"]?["model"]?.string == "tiny" && read["first"]?["input_a"]?.string == "1.0",
            "\(read)"
        )
        #expect(read["first"]?["version"]?.string == "1")
    }
}
