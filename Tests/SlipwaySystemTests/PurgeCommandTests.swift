import Foundation
import SlipwayDomain
import Testing

@Suite struct PurgeCommandTests {
    private func purge(_ arguments: [String], _ server: ServerProcess) async throws -> (code: Int32, text: String) {
        let child = try ChildProcess(
            try Checkout.binary(),
            ["purge"] + arguments,
            environment: ["SLIPWAY_URL": "http://127.0.0.1:\(server.port)"]
        )
        let code = try await child.exitCode(within: 20)
        return (code, child.output + child.errors)
    }

    @Test func `purge lists, removes, frees the name, keeps what serves and writes one entry`() async throws {
        try await withServer(["--purge-deleted-after", "30d"]) { server in
            let http = server.http
            try await http.makeTinyModel()
            func create(_ name: String) async throws -> (experiment: String, run: String) {
                let made = try await http.post(RawHTTP.mlflow + "/experiments/create", ["name": .string(name)])
                let experiment = try #require(made.json?["experiment_id"])
                let run = try await http.post(RawHTTP.mlflow + "/runs/create", ["experiment_id": experiment])
                let id = try #require(run.json?["run"]?["info"]?["run_id"]?.string)
                let text = try #require(experiment.string)
                try await http.demand(
                    "PUT",
                    "/api/2.0/mlflow-artifacts/artifacts/\(text)/\(id)/artifacts/f/model.onnx",
                    .bytes(try Checkout.fixture("onnx/tiny-1.onnx"))
                )
                return (text, id)
            }
            let (gone, goneRun) = try await create("gone")
            let (kept, keptRun) = try await create("kept")
            let version = try await http.post(
                RawHTTP.mlflow + "/model-versions/create",
                ["name": "tiny", "source": .string("runs:/\(keptRun)/f"), "run_id": .string(keptRun)]
            )
            #expect(version.status == 200, "\(version)")
            for id in [gone, kept] {
                try await http.demand(
                    "POST",
                    RawHTTP.mlflow + "/experiments/delete",
                    RawHTTP.json(["experiment_id": .string(id)])
                )
            }
            let none = try await purge([], server)
            #expect(none.code == 0 && none.text.contains("nothing is due"), "\(none)")
            let dry = try await purge(["--older-than", "0d", "--dry-run"], server)
            #expect(dry.code == 0 && dry.text.contains("would go: run \(goneRun)"), "\(dry)")
            #expect(dry.text.contains("kept: run \(keptRun)") && dry.text.contains("tiny@3"), "\(dry)")
            #expect(try await http.get(RawHTTP.mlflow + "/runs/get?run_id=\(goneRun)").status == 200)
            let named = try await purge(["--experiment", kept, "--json"], server)
            #expect(named.code == 0 && named.text.contains("\"runs\":0"), "\(named)")
            let done = try await purge(["--older-than", "0d"], server)
            #expect(done.code == 0 && done.text.contains("removed 1 experiments, 1 runs"), "\(done)")
            #expect(try await http.get(RawHTTP.mlflow + "/runs/get?run_id=\(goneRun)").status == 404)
            #expect(try await http.get(RawHTTP.mlflow + "/runs/get?run_id=\(keptRun)").status == 200)
            let file = "/api/2.0/mlflow-artifacts/artifacts/\(gone)/\(goneRun)/artifacts/f/model.onnx"
            #expect(try await http.get(file).status == 404)
            #expect(try await create("gone").experiment != gone)
            for arguments in [["--run", "nobody"], ["--experiment", "999"], ["--experiment", "0"]] {
                let error = try await purge(arguments, server)
                #expect(error.code == 1 && error.text.hasPrefix("Error: "), "\(arguments): \(error)")
            }
            for body: JSONValue in [
                ["olderThan": "soon"], ["olderThan": 5], ["dryRun": "yes"], ["run": 1], ["experiment": ""],
                ["run": "a", "experiment": "1"], ["olderThan": "-1d"],
            ] {
                let answer = try await http.post(RawHTTP.native + "/purges", body)
                #expect(answer.status == 400 && answer.json?["detail"] != nil, "\(body): \(answer)")
            }
            let verdict = try #require(try await http.get(RawHTTP.native + "/ledger/verify").json)
            #expect(verdict["intact"]?.bool == true)
        }
    }
}
