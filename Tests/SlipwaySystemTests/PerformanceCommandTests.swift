import Foundation
import SlipwayDomain
import Testing

/// Predictions through the real gateway, labels that come later, and what the command line tells of both.
@Suite struct PerformanceCommandTests {
    private static let manifest = """
        apiVersion: slipway/v1
        kind: Model
        metadata: {name: tiny, owner: team-tests, tier: 3}
        spec:
          task: binary-classification
          evaluation:
            - {metric: selection_rate, group: sex, minRatio: 0.8}
          release: {strategy: canary, steps: [50, 100], stepDuration: 1s, minRequests: 30, deadline: 1h}
          monitors:
            performance:
              metric: accuracy
              min: 0.6
              window: 3s
              labels: {delay: 10s, horizon: 1h}
              slices: [sex]
              value: {truePositive: 5, falsePositive: -2, trueNegative: 0, falseNegative: -3, unit: EUR}
            fairness:
              - {metric: recall, group: sex, minRatio: 0.5}
        """

    /// Rows in a fixed order: their features, the truth, and a group that the model does not see.
    private struct Row {
        let a: Double
        let b: Double
        let isPositive: Bool
        let sex: String

        init(_ number: Int) {
            a = Double(number * 37 % 41) / 20 - 1
            b = Double(number * 53 % 43) / 21 - 1
            let chance = 1 / (1 + exp(-(a + b)))
            isPositive = Double(number * 71 % 97) / 97 < chance
            sex = number % 2 == 0 ? "F" : "M"
        }
    }

    private func run(_ arguments: [String], _ server: ServerProcess) async throws -> (code: Int32, output: String) {
        let child = try ChildProcess(
            try Checkout.binary(),
            arguments,
            environment: ["SLIPWAY_URL": "http://127.0.0.1:\(server.port)"]
        )
        let code = try await child.exitCode(within: 60)
        return (code, child.output + child.errors)
    }

    private func report(_ server: ServerProcess) async throws -> JSONValue {
        let answer = try await run(["performance", "tiny", "--json"], server)
        return try JSONValue(parsing: Array(answer.output.utf8))
    }

    private func infer(_ server: ServerProcess, _ rows: [Row], key: String? = nil) async throws -> String {
        var question: [String: JSONValue] = [
            "inputs": [
                [
                    "name": "features", "datatype": "FP32", "shape": [.integer(Int64(rows.count)), 2],
                    "data": .array(rows.flatMap { [.number($0.a), .number($0.b)] }),
                ]
            ]
        ]
        if let key { question["parameters"] = ["key": .string(key)] }
        let answer = try await server.http.post("/v2/models/tiny/infer", .object(question))
        return try #require(answer.json?["parameters"]?["prediction_id"]?.string, "\(answer)")
    }

    @Test func `a classifier of ten classes by scikit-learn: evaluated, released, asked, and measured by names`()
        async throws
    {
        try await withServer { server in
            let child = try ChildProcess(
                Checkout.root + "/.venv/bin/python",
                ["Tests/Wire/multiclass_wire.py"],
                environment: [
                    "MLFLOW_TRACKING_URI": "http://127.0.0.1:\(server.port)", "SLIPWAY_BINARY": try Checkout.binary(),
                    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "1", "MLFLOW_DISABLE_TELEMETRY": "true",
                ]
            )
            let code = try await child.exitCode(within: 120)
            #expect(code == 0 && child.output.contains("12 passed, 0 failed"), "\(child.output)\(child.errors)")
        }
    }

    @Test func `labels that come late are joined, judged behind the watermark, and held against the estimate`()
        async throws
    {
        let folder = try TemporaryFolder()
        func write(_ name: String, _ lines: [String]) throws -> String {
            let path = folder.path + "/" + name
            try (lines.joined(separator: "\n") + "\n").write(toFile: path, atomically: true, encoding: .utf8)
            return path
        }
        try await withServer { server in
            try await server.http.makeTinyModel()
            try await server.http.serveFirstVersion()
            let manifest = try write("slipway.yaml", [Self.manifest])
            #expect(try await run(["apply", manifest], server).code == 0)
            let none = try await run(["performance", "tiny"], server)
            #expect(none.code == 0 && none.output.contains("no predictions yet"), "\(none)")
            let holdout = try write(
                "holdout.csv",
                ["a,b,sex,y"]
                    + (0..<4000).map { Row($0 + 7) }.map { "\($0.a),\($0.b),\($0.sex),\($0.isPositive ? 1 : 0)" }
            )
            let evaluated = try await run(["evaluate", "tiny@1", "--data", holdout, "--label", "y"], server)
            #expect(evaluated.code == 0 && evaluated.output.contains("selection_rate"), "\(evaluated)")
            let gate = try await run(["check", "tiny@1", "--to", "production"], server)
            #expect(gate.output.contains("selection_rate is alike for 2 values of sex"), "\(gate)")

            let rows = (0..<600).map { Row($0) }
            let id = try await infer(server, rows)
            // The window ends; its labels are not due.
            try await eventually {
                let window = try await report(server)["windows"]?.array?.first
                return window?["stage"]?.string == "waiting" && window?["estimate"]?["value"]?.number != nil
            }
            let before = try #require(try await report(server)["windows"]?.array?.first)
            #expect(before["value"] == .null && before["predictions"]?.integer == 600)
            let lines = rows.enumerated().map { "\(id)-\($0),\($1.isPositive ? 1 : 0),\($1.sex)" }
            let early = try await run(
                [
                    "labels", "tiny", try write("early.csv", ["prediction,label,sex"] + lines.prefix(100)), "--group",
                    "sex",
                ],
                server
            )
            #expect(early.code == 0 && early.output.contains("100 of 100 labels were joined"), "\(early)")
            let twisted = try write(
                "rest.csv",
                ["prediction,label,sex"] + lines.dropFirst(50).prefix(500)
                    + ["nobody,1,F", "\(id)-0,\(rows[0].isPositive ? 0 : 1),F"]
            )
            let rest = try await run(["labels", "tiny", twisted, "--group", "sex"], server)
            #expect(rest.output.contains("450 of 502 labels were joined to their predictions"), "\(rest)")
            #expect(rest.output.contains("50 were there already") && rest.output.contains("1 are of no prediction"))
            #expect(rest.output.contains("another label (--replace corrects): \(id)-0"), "\(rest)")
            let bad = try write("bad.csv", ["prediction,label", "\(id)-599,3"])
            let refused = try await run(["labels", "tiny", bad], server)
            #expect(
                refused.code == 1 && refused.output.contains("is 3.0, and a label of a binary classifier"),
                "\(refused)"
            )

            // The watermark is 15 seconds behind the window's end.
            for _ in 0..<300 {
                if try await report(server)["windows"]?.array?.first?["stage"]?.string == "judged" { break }
                try await Task.sleep(for: .milliseconds(100))
            }
            let judged = try await report(server)
            let window = try #require(judged["windows"]?.array?.first)
            #expect(window["labels"]?.integer == 550 && window["method"]?.string == "wilson", "\(window)")
            #expect(window["estimate"] == before["estimate"], "made before the labels came")
            let gap = try #require(window["gap"]?.number)
            #expect(abs(gap) < 0.08, "\(window)")
            #expect(window["slices"]?.array?.count == 2 && window["fairness"]?.array?.count == 1)
            #expect(judged["estimator"]?["windows"]?.integer == 1)
            let counts = judged["labels"]?["counts"]
            #expect(
                counts?["joined"]?.integer == 550 && counts?["refused"]?.integer == 1,
                "\(String(describing: counts))"
            )

            let text = try await run(["performance", "tiny"], server)
            #expect(text.code == 0, "\(text)")
            for words in ["accuracy at least 0.6", "realised", "estimator", "fairness   recall by sex", "slice", "EUR"]
            {
                #expect(text.output.contains(words), "no '\(words)' in \(text.output)")
            }
            let page = try await server.http.get("/models/tiny")
            #expect(page.text.contains("as it was estimated before the labels came"), "the chart has both")
            let late = try await run(
                [
                    "labels", "tiny", try write("late.csv", ["prediction,label,sex"] + lines.suffix(40)), "--group",
                    "sex",
                ],
                server
            )
            #expect(late.output.contains("40 came after their window was judged"), "\(late)")
            let nobody = try await run(["performance", "nobody"], server)
            #expect(nobody.code == 1 && nobody.output.contains("monitors.performance"), "\(nobody)")
        }
    }

    @Test func `the features that a model was asked with are compared with those offline, key by key`() async throws {
        let folder = try TemporaryFolder()
        let server = try await ServerProcess.start(in: folder, ["--prediction-file-milliseconds", "5"])
        try await server.http.makeTinyModel()
        try await server.http.serveFirstVersion()
        let rows = (0..<30).map { Row($0) }
        for (number, row) in rows.enumerated() { _ = try await infer(server, [row], key: "entity-\(number)") }
        func table(_ name: String, wrong: Set<Int> = []) throws -> String {
            let path = folder.path + "/" + name
            let lines = rows.enumerated().map { number, row in
                "entity-\(number),\(row.a),\(wrong.contains(number) ? row.b * 100 : row.b),x"
            }
            try (["id,a,b,other"] + lines).joined(separator: "\n").write(
                toFile: path,
                atomically: true,
                encoding: .utf8
            )
            return path
        }
        let log = folder.path + "/data/predictions"
        let command = ["--model", "tiny", "--key", "id", "--predictions", log]
        let good = try table("offline.csv")
        // Files are written a moment after the answers.
        try await eventually {
            try await run(["skew", good] + command, server).output.contains("30 online rows found their entity")
        }
        let same = try await run(["skew", good] + command, server)
        #expect(same.code == 0 && same.output.contains("the same on both sides in 2 columns"), "\(same)")
        #expect(same.output.contains("only offline: other"))
        let bad = try table("changed.csv", wrong: [3, 5])
        let skewed = try await run(["skew", bad] + command, server)
        #expect(skewed.code == 2 && skewed.output.contains("b: 6.67 % of 30 not the same (2 different"), "\(skewed)")
        let json = try await run(["skew", bad, "--json"] + command, server)
        let columns = try JSONValue(parsing: Array(json.output.utf8))["columns"]?.array ?? []
        #expect(columns.map { $0["isSkewed"]?.bool } == [false, true] && json.code == 2, "\(json)")
        #expect(columns.last?["examples"]?.array?.first?["key"]?.string == "entity-3")
        let tables = ["skew", good, "--online", bad, "--key", "id"]
        #expect(try await run(tables, server).code == 2)
        #expect(try await run(tables + ["--max-share", "0.1"], server).code == 0)
        #expect(try await run(tables + ["--absolute", "b=1000"], server).code == 0)
        for arguments in [
            ["skew", good, "--online", bad, "--key", "nokey"], ["skew", good, "--model", "nobody", "--key", "id"],
            ["skew", "/no/such.csv"] + command, tables + ["--absolute", "zebra=1"],
        ] {
            let error = try await run(arguments, server)
            #expect(error.code == 1 && !error.output.isEmpty, "\(arguments): \(error)")
        }
        #expect(try await run(["skew", good, "--key", "id"], server).code == 1)
        try await server.kill9()
    }
}
