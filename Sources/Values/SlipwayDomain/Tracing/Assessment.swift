internal import SlipwayJSON

/// A judgement of a trace or of one of its spans, by a person, a model or code.
package struct Assessment: Equatable, Sendable {
    /// What kind of judgement it is.
    package enum Kind: String, CaseIterable, Sendable {
        /// How good the output was.
        case feedback
        /// What the output should have been.
        case expectation
        /// That the trace shows a known issue; the assessment's name is the issue's id.
        case issue
    }

    /// Who judged.
    package enum SourceType: String, CaseIterable, Sendable {
        case unspecified = "SOURCE_TYPE_UNSPECIFIED"
        case human = "HUMAN"
        case judge = "LLM_JUDGE"
        case code = "CODE"
    }

    /// Why there is no value.
    package struct Failure: Equatable, Sendable {
        package var code: String
        package var message: String?
        package var stackTrace: String?

        package init(code: String, message: String? = nil, stackTrace: String? = nil) {
            self.code = code
            self.message = message
            self.stackTrace = stackTrace
        }
    }

    package var id: String
    package var name: String
    package var trace: String
    package var span: String?
    package var sourceType: SourceType
    package var sourceID: String
    package var createdAt: Instant
    package var updatedAt: Instant
    package var kind: Kind
    /// The value as a JSON text; of an issue its name, as a JSON string.
    package var value: String
    package var failure: Failure?
    package var rationale: String?
    /// Sorted by key.
    package var metadata: [Tag]
    /// The id of the assessment that this one replaces.
    package var overrides: String?
    /// False once another assessment replaced it.
    package var isValid: Bool

    package init(
        id: String,
        name: String,
        trace: String,
        span: String? = nil,
        sourceType: SourceType,
        sourceID: String,
        createdAt: Instant,
        updatedAt: Instant,
        kind: Kind,
        value: String,
        failure: Failure? = nil,
        rationale: String? = nil,
        metadata: [Tag] = [],
        overrides: String? = nil,
        isValid: Bool = true
    ) {
        self.id = id
        self.name = name
        self.trace = trace
        self.span = span
        self.sourceType = sourceType
        self.sourceID = sourceID
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.kind = kind
        self.value = value
        self.failure = failure
        self.rationale = rationale
        self.metadata = metadata
        self.overrides = overrides
        self.isValid = isValid
    }

    /// What an average over assessments counts the value as: numbers as they are, true and yes as 1, false and no as 0.
    package var numericValue: Double? {
        guard let node = JSONText.parsed(value) else { return nil }
        if let flag = node.bool { return flag ? 1 : 0 }
        if let text = node.string { return ["yes": 1, "no": 0][text.lowercased()] }
        return node.double
    }

    /// Whether the value itself is a number, so that searches may compare it by size.
    package var isNumber: Bool { JSONText.parsed(value)?.double != nil }
}
