internal import SlipwayDomain
internal import SlipwayJSON

// How traces look on MLflow's wire.
extension JSONWriter {
    /// A string map; it is left out when it is empty.
    mutating func member(_ key: String, map tags: [Tag]) {
        guard !tags.isEmpty else { return }
        name(key)
        object { writer in
            for tag in tags { writer.member(tag.key, tag.value) }
        }
    }

    mutating func traceInfo(_ info: TraceInfo) {
        object { writer in
            writer.member("trace_id", info.id)
            writer.member("client_request_id", optional: info.clientRequestID)
            writer.name("trace_location")
            writer.object { writer in
                writer.member("type", "MLFLOW_EXPERIMENT")
                writer.name("mlflow_experiment")
                writer.object { $0.member("experiment_id", String(info.experiment)) }
            }
            writer.member("request_preview", optional: info.requestPreview)
            writer.member("response_preview", optional: info.responsePreview)
            writer.member("request_time", ProtobufTime.text(info.startedAt))
            writer.member("execution_duration", optional: info.durationMilliseconds.map(ProtobufTime.duration))
            writer.member("state", info.state.rawValue)
            writer.member("trace_metadata", map: info.metadata)
            writer.member("assessments", unlessEmpty: info.assessments) { $0.assessment($1) }
            writer.member("tags", map: info.tags)
        }
    }

    /// A trace; its head alone is a trace too.
    mutating func trace(_ info: TraceInfo, spans: [TraceSpan] = []) {
        object { writer in
            writer.name("trace_info")
            writer.traceInfo(info)
            writer.member("spans", unlessEmpty: spans) { $0.span($1) }
        }
    }

    /// The head as MLflow 2 clients know it.
    mutating func deprecatedTraceInfo(_ info: TraceInfo) {
        object { writer in
            writer.member("request_id", info.id)
            writer.member("experiment_id", String(info.experiment))
            writer.member("timestamp_ms", info.startedAt.milliseconds)
            writer.member("execution_time_ms", info.durationMilliseconds ?? 0)
            writer.member("status", info.state == .unspecified ? "TRACE_STATUS_UNSPECIFIED" : info.state.rawValue)
            // These clients check that no value is longer than this.
            writer.member("request_metadata", unlessEmpty: info.metadata.map { $0.cut(to: 250) })
            writer.member("tags", unlessEmpty: info.tags.map { $0.cut(to: 4096) })
        }
    }

    mutating func assessment(_ assessment: Assessment) {
        object { writer in
            writer.member("assessment_id", assessment.id)
            writer.member("assessment_name", assessment.name)
            writer.member("trace_id", assessment.trace)
            writer.member("span_id", optional: assessment.span)
            writer.name("source")
            writer.object { writer in
                writer.member("source_type", assessment.sourceType.rawValue)
                writer.member("source_id", assessment.sourceID)
            }
            writer.member("create_time", ProtobufTime.text(assessment.createdAt))
            writer.member("last_update_time", ProtobufTime.text(assessment.updatedAt))
            writer.assessmentValue(assessment)
            writer.member("rationale", optional: assessment.rationale)
            writer.member("metadata", map: assessment.metadata)
            writer.member("overrides", optional: assessment.overrides)
            writer.member("valid", assessment.isValid)
        }
    }

    private mutating func assessmentValue(_ assessment: Assessment) {
        let value = JSONText.parsed(assessment.value)
        name(assessment.kind.rawValue)
        object { writer in
            switch assessment.kind {
            case .issue: writer.member("issue_name", value?.string ?? "")
            case .expectation where value?.kind == .object || value?.kind == .array:
                writer.name("serialized_value")
                writer.object { writer in
                    writer.member("serialization_format", "JSON_FORMAT")
                    writer.member("value", assessment.value)
                }
            case .expectation, .feedback:
                if let value {
                    writer.name("value")
                    writer.copy(value)
                }
            }
            guard let failure = assessment.failure else { return }
            writer.name("error")
            writer.object { writer in
                writer.member("error_code", failure.code)
                writer.member("error_message", optional: failure.message)
                writer.member("stack_trace", optional: failure.stackTrace)
            }
        }
    }

    /// A parsed value as it stands.
    mutating func copy(_ node: JSONNode) {
        switch node.kind {
        case .null: null()
        case .bool: bool(node.bool ?? false)
        case .integer: integer(node.integer ?? 0)
        case .unsigned, .double: number(node.double ?? 0)
        case .string: string(node.string ?? "")
        case .array: array(node.elements) { $0.copy($1) }
        case .object:
            object { writer in
                for member in node.members {
                    writer.name(member.name)
                    writer.copy(member.value)
                }
            }
        }
    }
}

extension Tag {
    fileprivate func cut(to limit: Int) -> Tag { Tag(key: key, value: String(value.prefix(limit))) }
}

/// Protobuf's JSON forms of `Timestamp` and `Duration`.
enum ProtobufTime {
    /// RFC 3339 with milliseconds only where there are some.
    static func text(_ instant: Instant) -> String {
        let text = instant.description
        return text.hasSuffix(".000Z") ? text.dropLast(5) + "Z" : text
    }

    /// Seconds with three decimals where they are needed.
    static func duration(_ milliseconds: Int64) -> String {
        let sign = milliseconds < 0 ? "-" : ""
        let rest = milliseconds.magnitude % 1000
        let seconds = "\(sign)\(milliseconds.magnitude / 1000)"
        guard rest != 0 else { return seconds + "s" }
        let digits = String(rest)
        return "\(seconds)." + String(repeating: "0", count: 3 - digits.count) + digits + "s"
    }

    /// The whole milliseconds of a duration such as `0.12s`; nil when it is none.
    static func milliseconds(_ text: String) -> Int64? {
        guard text.hasSuffix("s") else { return nil }
        var body = text.dropLast()
        let isNegative = body.hasPrefix("-")
        if isNegative { body = body.dropFirst() }
        let parts = body.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let seconds = UInt64(parts[0]), seconds <= 315_576_000_000 else { return nil }
        let fraction = parts.count > 1 ? String(parts[1]) : "0"
        guard !fraction.isEmpty, fraction.utf8.count <= 9, fraction.utf8.allSatisfy({ (48...57).contains($0) }) else {
            return nil
        }
        let padded = (fraction + "000").prefix(3)
        let total = Int64(seconds) * 1000 + (Int64(padded) ?? 0)
        return isNegative ? -total : total
    }
}
