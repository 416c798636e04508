internal import SlipwayJSON

/// A trace of another server, with its spans in the form in which MLflow stores them.
package struct ImportedTrace: Equatable, Sendable {
    package var info: TraceInfo
    /// JSON texts, each what `TraceSpan.content` writes.
    package var spans: [String]
    package var runs: [String]
    /// As `name/version`.
    package var prompts: [String]

    package init(info: TraceInfo, spans: [String], runs: [String] = [], prompts: [String] = []) {
        self.info = info
        self.spans = spans
        self.runs = runs
        self.prompts = prompts
    }

    init(imported fields: ImportFields) throws(JSONError) {
        let id = try fields.text("id")
        guard let state = TraceState(rawValue: try fields.text("state")) else {
            throw fields.missing("state", "one of \(TraceState.allCases.map(\.rawValue))")
        }
        info = TraceInfo(
            id: id,
            experiment: try fields.integer("experiment"),
            startedAt: try fields.instant("started"),
            durationMilliseconds: fields.node["duration"] == nil ? nil : try fields.integer("duration"),
            state: state,
            clientRequestID: try fields.optionalText("clientRequest"),
            requestPreview: try fields.optionalText("request"),
            responsePreview: try fields.optionalText("response"),
            metadata: try fields.tags("metadata"),
            tags: try fields.tags("tags"),
            assessments: try fields.list("assessments") { node throws(JSONError) in
                try Assessment(imported: ImportFields(node, "an assessment"), trace: id)
            }
        )
        spans = try Self.texts(fields, "spans")
        runs = try Self.texts(fields, "runs")
        prompts = try Self.texts(fields, "prompts")
    }

    private static func texts(_ fields: ImportFields, _ name: String) throws(JSONError) -> [String] {
        try fields.list(name) { node throws(JSONError) in
            guard let text = node.string else { throw fields.missing(name, "a list of texts") }
            return text
        }
    }
}

extension Assessment {
    fileprivate init(imported fields: ImportFields, trace: String) throws(JSONError) {
        guard let kind = Kind(rawValue: try fields.text("kind")),
            let source = SourceType(rawValue: try fields.text("sourceType"))
        else { throw fields.missing("kind", "feedback, expectation or issue, and a 'sourceType'") }
        var failure: Failure?
        if let code = try fields.optionalText("errorCode") {
            failure = Failure(
                code: code,
                message: try fields.optionalText("errorMessage"),
                stackTrace: try fields.optionalText("stackTrace")
            )
        }
        self.init(
            id: try fields.text("id"),
            name: try fields.text("name"),
            trace: trace,
            span: try fields.optionalText("span"),
            sourceType: source,
            sourceID: try fields.text("source"),
            createdAt: try fields.instant("created"),
            updatedAt: try fields.instant("updated"),
            kind: kind,
            value: try fields.text("value"),
            failure: failure,
            rationale: try fields.optionalText("rationale"),
            metadata: try fields.tags("metadata"),
            overrides: try fields.optionalText("overrides"),
            isValid: try fields.flag("valid")
        )
    }
}

extension JSONWriter {
    mutating func write(_ trace: ImportedTrace) {
        object {
            $0.member("id", trace.info.id)
            $0.member("experiment", trace.info.experiment)
            $0.member("started", trace.info.startedAt.milliseconds)
            $0.member("duration", optional: trace.info.durationMilliseconds)
            $0.member("state", trace.info.state.rawValue)
            $0.member("clientRequest", optional: trace.info.clientRequestID)
            $0.member("request", optional: trace.info.requestPreview)
            $0.member("response", optional: trace.info.responsePreview)
            $0.tags("metadata", trace.info.metadata)
            $0.tags("tags", trace.info.tags)
            $0.list("assessments", trace.info.assessments) { $0.write($1) }
            $0.list("spans", trace.spans) { $0.string($1) }
            $0.list("runs", trace.runs) { $0.string($1) }
            $0.list("prompts", trace.prompts) { $0.string($1) }
        }
    }

    private mutating func write(_ assessment: Assessment) {
        object {
            $0.member("id", assessment.id)
            $0.member("name", assessment.name)
            $0.member("span", optional: assessment.span)
            $0.member("kind", assessment.kind.rawValue)
            $0.member("sourceType", assessment.sourceType.rawValue)
            $0.member("source", assessment.sourceID)
            $0.member("created", assessment.createdAt.milliseconds)
            $0.member("updated", assessment.updatedAt.milliseconds)
            $0.member("value", assessment.value)
            $0.member("errorCode", optional: assessment.failure?.code)
            $0.member("errorMessage", optional: assessment.failure?.message)
            $0.member("stackTrace", optional: assessment.failure?.stackTrace)
            $0.member("rationale", optional: assessment.rationale)
            $0.tags("metadata", assessment.metadata)
            $0.member("overrides", optional: assessment.overrides)
            $0.member("valid", assessment.isValid)
        }
    }
}
