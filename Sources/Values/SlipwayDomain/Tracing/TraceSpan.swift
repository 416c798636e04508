internal import SlipwayJSON

/// A name with a JSON text, as spans carry them.
package struct SpanAttribute: Hashable, Sendable {
    package var key: String
    /// Any JSON value as text.
    package var json: String

    package init(key: String, json: String) {
        self.key = key
        self.json = json
    }
}

/// One timed step of a trace.
package struct TraceSpan: Equatable, Sendable {
    /// How the step ended.
    package enum Status: String, CaseIterable, Sendable {
        case unset = "UNSET"
        case ok = "OK"
        case error = "ERROR"
    }

    /// Something that happened within the step.
    package struct Event: Equatable, Sendable {
        package var name: String
        package var timeNanoseconds: Int64
        package var attributes: [SpanAttribute]

        package init(name: String, timeNanoseconds: Int64, attributes: [SpanAttribute]) {
            self.name = name
            self.timeNanoseconds = timeNanoseconds
            self.attributes = attributes
        }
    }

    /// A pointer to a span of another trace.
    package struct Link: Equatable, Sendable {
        /// `tr-` and 32 hex digits.
        package var trace: String
        package var span: String
        package var attributes: [SpanAttribute]

        package init(trace: String, span: String, attributes: [SpanAttribute]) {
            self.trace = trace
            self.span = span
            self.attributes = attributes
        }
    }

    /// The trace's id as MLflow writes it, mostly `tr-` and `otelTrace`.
    package var trace: String
    /// 32 hex digits.
    package var otelTrace: String
    /// 16 hex digits.
    package var id: String
    package var parent: String?
    package var name: String
    package var startNanoseconds: Int64
    package var endNanoseconds: Int64?
    package var status: Status
    package var statusMessage: String?
    /// In the order in which they came.
    package var attributes: [SpanAttribute]
    package var events: [Event]
    package var links: [Link]

    package init(
        trace: String,
        otelTrace: String,
        id: String,
        parent: String?,
        name: String,
        startNanoseconds: Int64,
        endNanoseconds: Int64?,
        status: Status,
        statusMessage: String? = nil,
        attributes: [SpanAttribute] = [],
        events: [Event] = [],
        links: [Link] = []
    ) {
        self.trace = trace
        self.otelTrace = otelTrace
        self.id = id
        self.parent = parent
        self.name = name
        self.startNanoseconds = startNanoseconds
        self.endNanoseconds = endNanoseconds
        self.status = status
        self.statusMessage = statusMessage
        self.attributes = attributes
        self.events = events
        self.links = links
    }

    /// The attribute's JSON text.
    package func json(_ key: String) -> String? { attributes.first { $0.key == key }?.json }

    /// The attribute if it is a JSON string.
    package func text(_ key: String) -> String? { json(key).flatMap { JSONText.parsed($0)?.string } }

    /// Gives the attribute a value.
    package mutating func set(_ key: String, json: String) {
        if let index = attributes.firstIndex(where: { $0.key == key }) {
            attributes[index].json = json
        } else {
            attributes.append(SpanAttribute(key: key, json: json))
        }
    }

    /// What kind of step it is, in MLflow's words: `LLM`, `TOOL`, ...
    package var type: String? { text(SpanKey.type) }
}

/// Keys of span attributes that have a meaning.
package enum SpanKey {
    package static let requestID = "mlflow.traceRequestId"
    package static let type = "mlflow.spanType"
    package static let inputs = "mlflow.spanInputs"
    package static let outputs = "mlflow.spanOutputs"
    package static let usage = "mlflow.chat.tokenUsage"
    package static let cost = "mlflow.llm.cost"
    package static let model = "mlflow.llm.model"
    package static let provider = "mlflow.llm.provider"
    /// Before the key of a tag that a root span carries for its trace.
    package static let traceTag = "mlflow.traceTag."
}
