import SlipwayDomain
import SlipwayService
import Testing

@Suite struct TrackingTests {
    @Test("A repeated log-metric is stored once, and the latest is by step, time and value")
    func logsMetricsOnce() async throws {
        let server = try await TrackingServer()
        let run = try await server.newRun()
        for (value, step, time) in [("1", 5, 10), ("1", 5, 10), ("2", 4, 99), (#""NaN""#, 5, 9), ("-3", -2, 1)] {
            try await server.post(
                "runs/log-metric",
                #"{"run_id": "\#(run)", "key": "m", "value": \#(value), "timestamp": \#(time), "step": \#(step)}"#
            )
        }
        let history = try await server.get("metrics/get-history?run_id=\(run)&metric_key=m")["metrics"]?.array ?? []
        #expect(history.map { $0["step"]?.integer } == [-2, 5, 5, 4])
        let latest = try await server.get("runs/get?run_id=\(run)")["run"]?["data"]?["metrics"]?.array ?? []
        #expect(latest.count == 1)
        #expect(latest.first?["value"]?.number == 1)
        #expect(latest.first?["step"]?.integer == 5)
    }

    @Test("The latest of a batch is the same as of its points one by one")
    func batchesLikeSinglePoints() async throws {
        let server = try await TrackingServer()
        var generator = SeededBits(state: 42)
        let points = (0..<200).map { _ in
            MetricPoint(
                key: "k\(Int.random(in: 0..<3, using: &generator))",
                value: Double(Int.random(in: 0..<4, using: &generator)),
                timestamp: Int64.random(in: 0..<4, using: &generator),
                step: Int64.random(in: -2..<3, using: &generator)
            )
        }
        let one = try await server.newRun()
        let other = try await server.newRun()
        try await server.tracking.log(.anonymous, run: one, LogBatch(metrics: points))
        for point in points { try await server.tracking.log(.anonymous, run: other, LogBatch(metrics: [point])) }
        let left = try await server.tracking.run(.anonymous, id: one)
        let right = try await server.tracking.run(.anonymous, id: other)
        #expect(left.metrics == right.metrics)
        for key in ["k0", "k1", "k2"] {
            let first = try await server.tracking.metricHistory(.anonymous, run: one, key: key, limit: nil, offset: 0)
            let second = try await server.tracking.metricHistory(
                .anonymous,
                run: other,
                key: key,
                limit: nil,
                offset: 0
            )
            #expect(first.items == second.items)
            // A page is sorted by SQL, the whole by its own rule: they must agree.
            let page = try await server.tracking.metricHistory(.anonymous, run: one, key: key, limit: 1000, offset: 0)
            #expect(first.items == page.items)
            let all = points.filter { $0.key == key }
            let latest = all.max { ($0.step, $0.timestamp, $0.value) < ($1.step, $1.timestamp, $1.value) }
            #expect(left.metrics.first { $0.key == key } == latest)
        }
    }

    @Test("A refused batch leaves nothing behind")
    func batchIsAllOrNothing() async throws {
        let server = try await TrackingServer()
        let run = try await server.newRun()
        let log = "/api/2.0/mlflow/runs/log-batch"
        try await server.post("runs/log-parameter", #"{"run_id": "\#(run)", "key": "p", "value": "1"}"#)
        let changed = try await server.call(
            "POST",
            log,
            """
            {"run_id": "\(run)", "params": [{"key": "new", "value": "1"}, {"key": "p", "value": "2"}],
             "metrics": [{"key": "m", "value": 1, "timestamp": 1}], "tags": [{"key": "t", "value": "1"}]}
            """
        )
        #expect(changed.status == 400)
        #expect(try changed.json["message"]?.string?.contains("Changing param values is not allowed") == true)
        let stored = try await server.tracking.run(.anonymous, id: run)
        #expect(stored.params == [Tag(key: "p", value: "1")])
        #expect(stored.metrics.isEmpty)
        #expect(stored.tags.map(\.key) == ["mlflow.runName"])
    }

    @Test("Limits of a batch are exact")
    func limitsBatches() async throws {
        let server = try await TrackingServer()
        let run = try await server.newRun()
        func batch(_ metrics: Int, _ params: Int, _ tags: Int) -> LogBatch {
            LogBatch(
                metrics: (0..<metrics).map { MetricPoint(key: "m\($0)", value: 1, timestamp: 1) },
                params: (0..<params).map { Tag(key: "p\($0)", value: "1") },
                tags: (0..<tags).map { Tag(key: "t\($0)", value: "1") }
            )
        }
        try await server.tracking.log(.anonymous, run: run, batch(1000, 0, 0))
        try await server.tracking.log(.anonymous, run: run, batch(800, 100, 100))
        for (metrics, params, tags) in [(1001, 0, 0), (0, 101, 0), (0, 0, 101), (950, 51, 0)] {
            await #expect(throws: ServiceError.self) {
                try await server.tracking.log(.anonymous, run: run, batch(metrics, params, tags))
            }
        }
    }

    @Test("Values over their limit are cut to it, in characters")
    func cutsLongValues() async throws {
        let server = try await TrackingServer()
        let run = try await server.newRun()
        let long = String(repeating: "é", count: 9000)
        try await server.tracking.log(
            .anonymous,
            run: run,
            LogBatch(params: [Tag(key: "p", value: long)], tags: [Tag(key: "t", value: long)])
        )
        // The same request again is the same cut value, so it is no change.
        try await server.tracking.log(.anonymous, run: run, LogBatch(params: [Tag(key: "p", value: long)]))
        let stored = try await server.tracking.run(.anonymous, id: run)
        #expect(stored.params.first?.value.count == 6000)
        #expect(stored.tags.first { $0.key == "t" }?.value.count == 8000)
    }

    @Test("A deleted run takes no changes until it is restored, and goes with its experiment")
    func deletesAndRestores() async throws {
        let server = try await TrackingServer()
        let experiment = try await server.post("experiments/create", #"{"name": "e"}"#)["experiment_id"]?.string ?? ""
        let run = try await server.newRun(#""experiment_id": "\#(experiment)""#)
        try await server.post("experiments/delete", #"{"experiment_id": "\#(experiment)"}"#)
        let refused = try await server.call(
            "POST",
            "/api/2.0/mlflow/runs/set-tag",
            #"{"run_id": "\#(run)", "key": "a", "value": "b"}"#
        )
        #expect(refused.status == 400)
        let ids = #""experiment_ids": ["\#(experiment)"]"#
        #expect(try await server.post("runs/search", "{\(ids)}")["runs"] == nil)
        let deleted = try await server.post("runs/search", #"{\#(ids), "run_view_type": "DELETED_ONLY"}"#)
        #expect(deleted["runs"]?.array?.count == 1)
        try await server.post("experiments/restore", #"{"experiment_id": "\#(experiment)"}"#)
        try await server.post("runs/set-tag", #"{"run_id": "\#(run)", "key": "a", "value": "b"}"#)
    }

    @Test("Pages of a search follow each other without gap or overlap")
    func pagesThroughRuns() async throws {
        let server = try await TrackingServer()
        for index in 0..<7 { _ = try await server.newRun(#""experiment_id": "0", "run_name": "r\#(index)""#) }
        var names: [String] = []
        var token = ""
        repeat {
            let page = try await server.post(
                "runs/search",
                """
                {"experiment_ids": ["0"], "max_results": 3, "order_by": ["run_name ASC"], "page_token": "\(token)"}
                """
            )
            names += (page["runs"]?.array ?? []).compactMap { $0["info"]?["run_name"]?.string }
            token = page["next_page_token"]?.string ?? ""
        } while !token.isEmpty
        #expect(names == (0..<7).map { "r\($0)" })
    }

    @Test("LIKE minds case and takes *, ? and [ as they are")
    func matchesPatterns() async throws {
        let server = try await TrackingServer()
        for name in ["a*b", "aXb", "A*B", "a[b", "a?b"] {
            _ = try await server.newRun(#""experiment_id": "0", "run_name": "\#(name)""#)
        }
        for (filter, count) in [
            ("run_name LIKE 'a*b'", 1), ("run_name LIKE 'a_b'", 4), ("run_name ILIKE 'a*b'", 2),
            ("run_name LIKE 'a[b'", 1), ("run_name LIKE 'a?b'", 1), ("run_name LIKE '%b'", 4),
        ] {
            let found = try await server.tracking.searchRuns(
                .anonymous,
                experiments: ["0"],
                filter: filter,
                orderBy: [],
                view: .active,
                limit: 100,
                offset: 0
            )
            #expect(found.items.count == count, "\(filter)")
        }
    }

    @Test("Data sets, logged models and their metrics are read back with the run")
    func readsBackInputsAndModels() async throws {
        let server = try await TrackingServer()
        let run = try await server.newRun()
        let inputs = """
            {"run_id": "\(run)", "datasets": [{"tags": [{"key": "mlflow.data.context", "value": "training"}],
             "dataset": {"name": "train", "digest": "abc", "source_type": "local", "source": "{}"}}]}
            """
        try await server.post("runs/log-inputs", inputs)
        try await server.post("runs/log-inputs", inputs)
        let created = try await server.post(
            "logged-models",
            """
            {"experiment_id": "0", "name": "model", "source_run_id": "\(run)",
             "params": [{"key": "depth", "value": "3"}], "tags": [{"key": "t", "value": "v"}]}
            """
        )
        let model = try #require(created["model"]?["info"]?["model_id"]?.string)
        #expect(created["model"]?["info"]?["artifact_uri"]?.string == "mlflow-artifacts:/0/models/\(model)/artifacts")
        try await server.post(
            "runs/outputs",
            #"{"run_id": "\#(run)", "models": [{"model_id": "\#(model)", "step": 0}]}"#
        )
        try await server.post(
            "runs/log-metric",
            #"{"run_id": "\#(run)", "key": "auc", "value": 0.9, "timestamp": 5, "model_id": "\#(model)"}"#
        )
        let read = try await server.get("runs/get?run_id=\(run)")["run"]
        #expect(read?["inputs"]?["dataset_inputs"]?.array?.count == 1)
        #expect(read?["outputs"]?["model_outputs"]?.array?.first?["model_id"]?.string == model)
        let found = try await server.post(
            "logged-models/search",
            #"{"experiment_ids": ["0"], "filter": "metrics.auc > 0.5 AND params.depth = '3'"}"#
        )
        let metric = found["models"]?.array?.first?["data"]?["metrics"]?.array?.first
        #expect(metric?["run_id"]?.string == run)
        #expect(metric?["model_id"]?.string == model)
        let runs = try await server.post(
            "runs/search",
            #"{"experiment_ids": ["0"], "filter": "dataset.context = 'training'"}"#
        )
        #expect(runs["runs"]?.array?.count == 1)
    }

    @Test("A field is taken in either spelling, and 64-bit numbers as text")
    func readsProtobufJSON() async throws {
        let server = try await TrackingServer()
        let run = try await server.newRun(#""experimentId": "0", "runName": "camel", "startTime": "123""#)
        let info = try await server.get("runs/get?runId=\(run)")["run"]?["info"]
        #expect(info?["run_name"]?.string == "camel")
        #expect(info?["start_time"]?.integer == 123)
        let twice = try await server.call("GET", "/api/2.0/mlflow/runs/get?runId=\(run)&run_id=\(run)")
        #expect(twice.status == 400)
        let plus = try await server.post("experiments/create", #"{"name": "my first"}"#)
        let found = try await server.get("experiments/get-by-name?experiment_name=my+first")
        #expect(found["experiment"]?["experiment_id"] == plus["experiment_id"])
    }
}
