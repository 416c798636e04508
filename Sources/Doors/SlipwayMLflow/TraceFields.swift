internal import SlipwayDomain
internal import SlipwayJSON
internal import SlipwayService

extension MLflowRequest {
    /// A string map; empty when unset.
    func map(_ name: String) throws -> [Tag] {
        guard let node = try message(name)?.body else { return [] }
        var tags: [ExactText: String] = [:]
        for member in node.members {
            guard let value = member.value.string else { throw Self.wrongType(name, "an object of strings") }
            tags[ExactText(member.name)] = value
        }
        return tags.map { Tag(key: $0.key.text, value: $0.value) }
            .sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    }

    /// A text that is unset when it is empty.
    func filledText(_ name: String) throws -> String? { try text(name).flatMap { $0.isEmpty ? nil : $0 } }

    /// A protobuf timestamp.
    func timestamp(_ name: String) throws -> Instant? {
        guard let text = try text(name) else { return nil }
        guard let instant = Instant(text) else {
            throw Self.wrongType(name, "a time such as 2024-01-01T00:00:00Z")
        }
        return instant
    }

    /// A protobuf duration, in milliseconds.
    func duration(_ name: String) throws -> Int64? {
        guard let text = try text(name) else { return nil }
        guard let milliseconds = ProtobufTime.milliseconds(text) else {
            throw Self.wrongType(name, "a duration such as 0.12s")
        }
        return milliseconds
    }

    /// The experiments that the locations name; others are not this server's.
    func locationExperiments() throws -> [String] {
        let locations = try messages("locations")
        // An empty list names no place, and in none of them is anything.
        guard try !locations.isEmpty || field("locations") != nil else { throw Self.missing("locations") }
        return try locations.compactMap { try $0.message("mlflow_experiment")?.requiredText("experiment_id") }
    }

    /// The experiments that a request for traces by id is limited to, or nil when it is not.
    func experimentScope() throws -> [String]? {
        let experiments = try texts("experiment_ids")
        return experiments.isEmpty ? nil : experiments
    }
}

extension TraceInfo {
    init(_ request: MLflowRequest) throws {
        guard let location = try request.message("trace_location")?.message("mlflow_experiment") else {
            throw MLflowError.invalid(
                "the field 'trace_location' must name an mlflow_experiment: traces are kept there"
            )
        }
        let experiment = try location.requiredText("experiment_id")
        guard let number = Int64(experiment), number >= 0 else {
            throw MLflowError.invalid("'\(experiment.prefix(80))' is no experiment id: it must be a whole number")
        }
        guard let started = try request.timestamp("request_time") else { throw MLflowRequest.missing("request_time") }
        let id = try request.requiredText("trace_id")
        self.init(
            id: id,
            experiment: number,
            startedAt: started,
            durationMilliseconds: try request.duration("execution_duration"),
            state: try request.choice(TraceState.self, "state") ?? .unspecified,
            clientRequestID: try request.text("client_request_id"),
            requestPreview: try request.text("request_preview") ?? request.text("request"),
            responsePreview: try request.text("response_preview") ?? request.text("response"),
            metadata: try request.map("trace_metadata"),
            tags: try request.map("tags"),
            assessments: try request.messages("assessments").map { try Assessment($0, trace: id) }
        )
    }
}

extension Assessment {
    /// Reads an assessment; times that are missing are 0, and the id may be empty.
    init(_ request: MLflowRequest, trace: String) throws {
        let value = try request.assessmentValue()
        let source = try request.message("source")
        let created = try request.timestamp("create_time") ?? Instant(milliseconds: 0)
        self.init(
            id: try request.text("assessment_id") ?? "",
            name: try request.requiredText("assessment_name"),
            trace: trace,
            span: try request.filledText("span_id"),
            sourceType: try source?.choice(SourceType.self, "source_type") ?? .unspecified,
            sourceID: try source?.text("source_id") ?? "",
            createdAt: created,
            updatedAt: try request.timestamp("last_update_time") ?? created,
            kind: value.kind,
            value: value.json,
            failure: value.failure,
            rationale: try request.filledText("rationale"),
            metadata: try request.map("metadata"),
            overrides: try request.filledText("overrides"),
            isValid: try request.flag("valid") ?? true
        )
    }
}

extension MLflowRequest {
    /// The one of feedback, expectation and issue that an assessment has.
    func assessmentValue() throws -> (kind: Assessment.Kind, json: String, failure: Assessment.Failure?) {
        let given = try Assessment.Kind.allCases.compactMap { kind in
            try message(kind.rawValue).map { (kind: kind, message: $0) }
        }
        guard given.count == 1 else {
            throw MLflowError.invalid("an assessment has exactly one of feedback, expectation and issue")
        }
        let (kind, fields) = given[0]
        let failure = try (fields.message("error") ?? message("error")).map { error in
            Assessment.Failure(
                code: try error.text("error_code") ?? "",
                message: try error.text("error_message"),
                stackTrace: try error.text("stack_trace")
            )
        }
        return (kind, try fields.valueText(kind), failure)
    }

    private func valueText(_ kind: Assessment.Kind) throws -> String {
        if kind == .issue { return JSONText.text(of: try text("issue_name") ?? "") }
        if kind == .expectation, let serialized = try message("serialized_value") {
            guard try serialized.text("serialization_format") == "JSON_FORMAT" else {
                throw MLflowError.invalid("the serialization_format of an expectation must be JSON_FORMAT")
            }
            let text = try serialized.requiredText("value")
            guard JSONText.parsed(text) != nil else { throw Self.wrongType("value", "a JSON text") }
            return text
        }
        guard case .node(let node) = try field("value") else {
            guard kind == .feedback else { throw Self.missing("expectation.value") }
            return "null"
        }
        return JSONText.text(of: node)
    }
}
