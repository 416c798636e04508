internal import SlipwayDomain
internal import SlipwayJSON

// A span as protobuf's JSON mapping writes OpenTelemetry's message: ids in base64, attributes as typed values.
extension JSONWriter {
    mutating func span(_ span: TraceSpan) {
        object { writer in
            writer.member("trace_id", HexText.base64(span.otelTrace))
            writer.member("span_id", HexText.base64(span.id))
            if let parent = span.parent { writer.member("parent_span_id", HexText.base64(parent)) }
            writer.member("name", span.name)
            writer.member("start_time_unix_nano", span.startNanoseconds)
            writer.member("end_time_unix_nano", optional: span.endNanoseconds)
            writer.member("attributes", unlessEmpty: span.attributes) { $0.keyValue($1) }
            writer.member("events", unlessEmpty: span.events) { writer, event in
                writer.object { writer in
                    writer.member("time_unix_nano", event.timeNanoseconds)
                    writer.member("name", event.name)
                    writer.member("attributes", unlessEmpty: event.attributes) { $0.keyValue($1) }
                }
            }
            writer.member("links", unlessEmpty: span.links) { writer, link in
                writer.object { writer in
                    writer.member("trace_id", HexText.base64(String(link.trace.trimmingTracePrefix)))
                    writer.member("span_id", HexText.base64(link.span))
                    writer.member("attributes", unlessEmpty: link.attributes) { $0.keyValue($1) }
                }
            }
            writer.name("status")
            writer.object { writer in
                writer.member("message", optional: span.statusMessage)
                if span.status != .unset { writer.member("code", "STATUS_CODE_\(span.status.rawValue)") }
            }
        }
    }

    private mutating func keyValue(_ attribute: SpanAttribute) {
        object { writer in
            writer.member("key", attribute.key)
            writer.name("value")
            if let node = JSONText.parsed(attribute.json) {
                writer.anyValue(node)
            } else {
                // NaN and the infinities are no JSON; anything else that is none is shown as the text that it is.
                let number = ["NaN", "Infinity", "-Infinity"].contains(attribute.json)
                writer.object { $0.member(number ? "double_value" : "string_value", attribute.json) }
            }
        }
    }

    private mutating func anyValue(_ node: JSONNode) {
        object { writer in
            switch node.kind {
            case .null: return
            case .bool: writer.member("bool_value", node.bool ?? false)
            case .integer: writer.member("int_value", node.integer ?? 0)
            case .unsigned, .double: writer.member("double_value", node.double ?? 0)
            case .string: writer.member("string_value", node.string ?? "")
            case .array:
                writer.name("array_value")
                writer.object { writer in
                    writer.member("values", unlessEmpty: Array(node.elements)) { $0.anyValue($1) }
                }
            case .object:
                writer.name("kvlist_value")
                writer.object { writer in
                    writer.member("values", unlessEmpty: Array(node.members)) { writer, member in
                        writer.object { writer in
                            writer.member("key", member.name)
                            writer.name("value")
                            writer.anyValue(member.value)
                        }
                    }
                }
            }
        }
    }
}

extension String {
    /// A trace's id without MLflow's `tr-`.
    fileprivate var trimmingTracePrefix: Substring { hasPrefix("tr-") ? dropFirst(3) : self[...] }
}
