import AsyncHTTPClient
import NIOCore
import SlipwayDomain
import SlipwayJSON

extension ServerSource {
    func traces(of experiments: [Experiment], _ page: ([SourceTrace]) async throws -> Void) async throws {
        var isOld = false
        for some in experiments.pages(of: 100) {
            var token: String?
            repeat {
                guard let answer = try await search(some, token, isOld: &isOld) else { return }
                token = answer.token
                let traces = try answer["traces"].elements.map {
                    ImportedTrace(info: try isOld ? TraceInfo(mlflow2: $0) : TraceInfo(mlflow: $0), spans: [])
                }
                try await page(try await inParallel(traces) { try await withSpans($0) })
            } while token != nil
        }
    }

    /// Asks as MLflow 3 does, or as MLflow 2 did from the time when the server turns out to be one; nil from a server that
    /// knows no traces, which came with MLflow 2.14.
    private func search(_ experiments: [Experiment], _ token: String?, isOld: inout Bool) async throws -> JSONNode? {
        if !isOld {
            do {
                return try await search(experiments, token)
            } catch let refusal as MLflowServer.Refusal where [404, 405].contains(refusal.status) {
                isOld = true
            }
        }
        do {
            return try await searchOld(experiments, token)
        } catch let refusal as MLflowServer.Refusal where [404, 405].contains(refusal.status) {
            return nil
        }
    }

    private func searchOld(_ experiments: [Experiment], _ token: String?) async throws -> JSONNode {
        var query = experiments.map { ("experiment_ids", "\($0.id)") }
        query += [("max_results", "100"), ("order_by", "timestamp_ms ASC")]
        if let since { query.append(("filter", "timestamp_ms >= \(since.milliseconds)")) }
        if let token { query.append(("page_token", token)) }
        return try await server.get("/api/2.0/mlflow/traces", query)
    }

    private func search(_ experiments: [Experiment], _ token: String?) async throws -> JSONNode {
        try await server.post("/api/3.0/mlflow/traces/search") { writer in
            writer.name("locations")
            writer.array(experiments) { writer, experiment in
                writer.object {
                    $0.member("type", "MLFLOW_EXPERIMENT")
                    $0.name("mlflow_experiment")
                    $0.object { $0.member("experiment_id", "\(experiment.id)") }
                }
            }
            if let since { writer.member("filter", "timestamp_ms >= \(since.milliseconds)") }
            writer.member("max_results", 100)
            writer.name("order_by")
            writer.array { $0.string("timestamp_ms ASC") }
            writer.member("page_token", optional: token)
        }
    }

    private func withSpans(_ trace: ImportedTrace) async throws -> SourceTrace {
        var trace = trace
        do {
            let path = "/ajax-api/2.0/mlflow/get-trace-artifact"
            let query = MLflowServer.text([("request_id", trace.info.id)])
            let response = try await server.execute("GET", path + query)
            trace.spans = try TraceFile.spans(Array(try await response.body.collect(upTo: 256 << 20).readableBytesView))
            return SourceTrace(trace: trace)
        } catch {
            try Task.checkCancellation()
            return SourceTrace(trace: trace, problem: "\(error)")
        }
    }
}

extension TraceInfo {
    /// As MLflow 2 writes it.
    init(mlflow2 node: JSONNode) throws {
        self.init(
            id: try node.required("request_id"),
            experiment: try node.experimentID(),
            startedAt: node.instant("timestamp_ms"),
            durationMilliseconds: node.integer("execution_time_ms"),
            state: TraceState(rawValue: node.text("status")) ?? .unspecified,
            metadata: node.tags("request_metadata"),
            tags: node.tags("tags")
        )
    }

    init(mlflow node: JSONNode) throws {
        let place = node["trace_location"].flatMap { $0["mlflow_experiment"] }
        guard let experiment = place?.integer("experiment_id") else {
            throw CommandError("the MLflow server sent a trace without an experiment")
        }
        let id = try node.required("trace_id")
        // "0.012s"
        let seconds = node["execution_duration"]?.string.flatMap { Double($0.dropLast()) }
        self.init(
            id: id,
            experiment: experiment,
            startedAt: node["request_time"]?.string.flatMap { Instant($0) } ?? Instant(milliseconds: 0),
            durationMilliseconds: seconds.map { Int64(($0 * 1000).rounded()) },
            state: TraceState(rawValue: node.text("state")) ?? .unspecified,
            clientRequestID: node["client_request_id"]?.string,
            requestPreview: node["request_preview"]?.string,
            responsePreview: node["response_preview"]?.string,
            metadata: node.map("trace_metadata"),
            tags: node.map("tags"),
            assessments: try node["assessments"].elements.map { try Assessment(mlflow: $0, trace: id) }
        )
    }
}

extension Assessment {
    init(mlflow node: JSONNode, trace: String) throws {
        let kind: Kind = node["expectation"] != nil ? .expectation : node["issue"] != nil ? .issue : .feedback
        let judged = node["expectation"] ?? node["feedback"] ?? node["issue"]
        let value = judged?["value"] ?? judged?["issue_name"]
        let serialized = judged?["serialized_value"].flatMap { $0["value"] }?.string
        let error = judged?["error"]
        self.init(
            id: try node.required("assessment_id"),
            name: node.text("assessment_name"),
            trace: trace,
            span: node["span_id"]?.string,
            sourceType: SourceType(rawValue: node["source"]?.text("source_type") ?? "") ?? .unspecified,
            sourceID: node["source"]?.text("source_id") ?? "",
            createdAt: node["create_time"]?.string.flatMap { Instant($0) } ?? Instant(milliseconds: 0),
            updatedAt: node["last_update_time"]?.string.flatMap { Instant($0) } ?? Instant(milliseconds: 0),
            kind: kind,
            value: serialized ?? value.map(JSONText.text) ?? "null",
            failure: error.map {
                Failure(
                    code: $0.text("error_code"),
                    message: $0["error_message"]?.string,
                    stackTrace: $0["stack_trace"]?.string
                )
            },
            rationale: node["rationale"]?.string,
            metadata: node.map("metadata"),
            overrides: node["overrides"]?.string,
            isValid: node["valid"]?.bool ?? true
        )
    }
}

extension JSONNode {
    /// An object of texts, as tags sorted by key.
    func map(_ name: String) -> [Tag] {
        guard let node = self[name] else { return [] }
        return node.members.map { Tag(key: $0.name, value: $0.value.string ?? "") }.sorted { $0.key < $1.key }
    }
}
