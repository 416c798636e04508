import SlipwayDomain
import SlipwayService
import Testing

/// Texts that Unicode calls equivalent are different texts to MLflow and to the database.
@Suite struct SameLookingTextTests {
    private static let pairs = [("R\u{2126}", "R\u{3A9}"), ("caf\u{E9}", "cafe\u{301}")]

    @Test("Metrics keep their own points", arguments: [pairs[0]])
    func metrics(one: String, other: String) async throws {
        let server = try await TrackingServer()
        let run = try await server.newRun()
        try await server.post(
            "runs/log-batch",
            """
            {"run_id": "\(run)", "metrics": [{"key": "\(one)", "value": 1, "timestamp": 1, "step": 0},
             {"key": "\(other)", "value": 2, "timestamp": 1, "step": 0}]}
            """
        )
        for (key, value) in [(one, 1.0), (other, 2.0)] {
            let points = try await server.tracking.metricHistory(.anonymous, run: run, key: key, limit: nil, offset: 0)
            #expect(points.items.map(\.value) == [value])
        }
        for (key, value) in [(one, 1), (other, 2)] {
            let filter: JSONValue = [
                "experiment_ids": ["0"], "filter": .string("metrics.`\(key)` = \(value)"),
            ]
            let found = try await server.post("runs/search", CanonicalJSON.text(of: filter))
            #expect(found["runs"]?.array?.count == 1)
        }
    }

    @Test("Params are told apart, and a value may not become one that looks the same", arguments: pairs)
    func params(one: String, other: String) async throws {
        let server = try await TrackingServer()
        let run = try await server.newRun()
        // A letter with a mark behind it is no key; as a value it is a text like any other.
        if one == Self.pairs[0].0 {
            try await server.post(
                "runs/log-batch",
                #"{"run_id": "\#(run)", "params": [{"key": "\#(one)", "value": "a"}, {"key": "\#(other)", "value": "b"}]}"#
            )
            let params = try await server.tracking.run(.anonymous, id: run).params
            #expect(params.map(\.value).sorted() == ["a", "b"])
        }
        try await server.post("runs/log-parameter", #"{"run_id": "\#(run)", "key": "p", "value": "\#(one)"}"#)
        let answer = try await server.call(
            "POST",
            "/api/2.0/mlflow/runs/log-parameter",
            #"{"run_id": "\#(run)", "key": "p", "value": "\#(other)"}"#
        )
        #expect(answer.status == 400)
    }

    @Test("A new run's tags are kept one by one, whatever their keys hold", arguments: pairs)
    func tags(one: String, other: String) async throws {
        let server = try await TrackingServer()
        let keys = [one, other, "a@b", "a,b", "(x)", "a//b", "/a", "a=b"]
        let list = keys.map { #"{"key": "\#($0)", "value": "v"}"# }.joined(separator: ", ")
        let made = try await server.post("runs/create", #"{"experiment_id": "0", "tags": [\#(list)]}"#)
        let tags = made["run"]?["data"]?["tags"]?.array ?? []
        #expect(tags.count == keys.count + 1)
    }

    @Test("An experiment's place cannot climb, however its slashes are dressed")
    func locations() async throws {
        let server = try await TrackingServer()
        for place in ["mlflow-artifacts:/../\u{301}x", "file:///a/../\u{301}x", "s3://b/\u{600}/../x"] {
            let answer = try await server.call(
                "POST",
                "/api/2.0/mlflow/experiments/create",
                #"{"name": "climbing", "artifact_location": "\#(place)"}"#
            )
            #expect(answer.status == 400, "\(place)")
        }
    }

    @Test("A logged model has a point for each data set, also of the same moment")
    func modelMetrics() async throws {
        let server = try await TrackingServer()
        let run = try await server.newRun()
        let made = try await server.post("logged-models", #"{"experiment_id": "0", "name": "m"}"#)
        let model = try #require(made["model"]?["info"]?["model_id"]?.string)
        for (name, value) in [("train", 0.9), ("test", 0.8), ("test", 0.8)] {
            try await server.post(
                "runs/log-metric",
                """
                {"run_id": "\(run)", "key": "acc", "value": \(value), "timestamp": 7, "step": 0, "model_id": "\(model)",
                 "dataset_name": "\(name)", "dataset_digest": "1"}
                """
            )
        }
        let metrics = try await server.get("logged-models/\(model)")["model"]?["data"]?["metrics"]?.array ?? []
        #expect(metrics.compactMap { $0["dataset_name"]?.string }.sorted() == ["test", "train"])
    }

    @Test("What a run read stays as it was told first")
    func datasets() async throws {
        let server = try await TrackingServer()
        let run = try await server.newRun()
        for context in ["train", "eval"] {
            try await server.post(
                "runs/log-inputs",
                """
                {"run_id": "\(run)", "datasets": [{"dataset": {"name": "d", "digest": "1", "source_type": "local",
                 "source": "s"}, "tags": [{"key": "mlflow.data.context", "value": "\(context)"}]}]}
                """
            )
        }
        let stored = try await server.tracking.run(.anonymous, id: run)
        #expect(stored.datasets.flatMap(\.tags).map(\.value) == ["train"])
    }
}
