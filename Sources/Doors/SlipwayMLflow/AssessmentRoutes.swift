internal import Hummingbird
internal import SlipwayDomain
internal import SlipwayJSON
package import SlipwayService
package import SlipwayWire

/// MLflow's calls about the assessments of a trace.
package struct AssessmentRoutes: RouteGroup {
    private let traces: Traces

    package init(traces: Traces) { self.traces = traces }

    package var routes: [Route] {
        let one = "/traces/:trace_id/assessments/:assessment_id"
        return Route.mlflow(.post, "/traces/:trace_id/assessments", versions: ["3.0"], answer: create)
            + Route.mlflow(.get, one, versions: ["3.0"], answer: get)
            + Route.mlflow(.patch, one, versions: ["3.0"], answer: update)
            + Route.mlflow(.delete, one, versions: ["3.0"], answer: delete)
    }

    @Sendable private func create(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        guard let fields = try request.message("assessment") else { throw MLflowRequest.missing("assessment") }
        var draft = try Assessment(fields, trace: request.pathText("trace_id"))
        // Whether an assessment holds is found out here, not sent.
        draft.isValid = true
        return Self.answer(try await traces.assess(context.caller, draft))
    }

    @Sendable private func get(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        Self.answer(
            try await traces.assessment(
                context.caller,
                id: request.pathText("assessment_id"),
                trace: request.pathText("trace_id")
            )
        )
    }

    @Sendable private func update(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        guard let fields = try request.message("assessment") else { throw MLflowRequest.missing("assessment") }
        var change = AssessmentChange()
        for path in try request.fieldMask("update_mask") {
            switch path {
            case "assessment_name": change.name = try fields.requiredText("assessment_name")
            case "feedback", "expectation": change.value = try fields.assessmentValue()
            case "rationale": change.rationale = try fields.text("rationale") ?? ""
            case "metadata": change.metadata = try fields.map("metadata")
            case "valid": change.isValid = try fields.flag("valid") ?? false
            default: continue
            }
        }
        return Self.answer(
            try await traces.update(
                context.caller,
                assessment: request.pathText("assessment_id"),
                trace: request.pathText("trace_id"),
                change
            )
        )
    }

    @Sendable private func delete(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        try await traces.deleteAssessment(
            context.caller,
            id: request.pathText("assessment_id"),
            trace: request.pathText("trace_id")
        )
        return .emptyMessage
    }

    private static func answer(_ assessment: Assessment) -> Response {
        .message { writer in
            writer.name("assessment")
            writer.assessment(assessment)
        }
    }
}

extension MLflowRequest {
    /// A field mask: protobuf's JSON writes it as one text with commas and camel case; an object with paths is taken too.
    func fieldMask(_ name: String) throws -> [String] {
        switch try field(name) {
        case .node(let node) where node.kind == .object:
            return node["paths"].map { $0.elements.compactMap(\.string) } ?? []
        case .node(let node):
            guard let text = node.string else { throw Self.wrongType(name, "a text such as \"feedback,rationale\"") }
            return text.split(separator: ",").map { Self.snakeCase(String($0)) }
        case .text(let text): return text.split(separator: ",").map { Self.snakeCase(String($0)) }
        case nil: throw Self.missing(name)
        }
    }

    /// `assessmentName` as `assessment_name`.
    private static func snakeCase(_ name: String) -> String {
        name.map { $0.isUppercase ? "_" + $0.lowercased() : String($0) }.joined()
    }
}
