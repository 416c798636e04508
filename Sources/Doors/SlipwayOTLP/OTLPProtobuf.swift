internal import FoundationEssentials
internal import SlipwayDomain
internal import SlipwayService
internal import SwiftProtobuf

/// Reads an export request in its binary form.
enum OTLPProtobuf {
    private typealias Message = Opentelemetry_Proto_Collector_Trace_V1_ExportTraceServiceRequest
    private typealias Span = Opentelemetry_Proto_Trace_V1_Span
    private typealias AnyValue = Opentelemetry_Proto_Common_V1_AnyValue
    private typealias KeyValue = Opentelemetry_Proto_Common_V1_KeyValue

    /// The spans of a request, with their senders' attributes.
    static func batch(_ bytes: [UInt8]) throws(OTLPError) -> SpanBatch {
        guard !OTLPFieldCount.isTooMany(bytes) else { throw .tooMany }
        let message: Message
        do {
            message = try Message(serializedBytes: bytes)
        } catch {
            throw .invalid("Invalid OpenTelemetry format")
        }
        var batch = SpanBatch(spans: [])
        for group in message.resourceSpans {
            let resource = try attributes(group.resource.attributes)
            for scope in group.scopeSpans {
                for item in scope.spans {
                    let span = try span(item)
                    batch.spans.append(span)
                    if !resource.isEmpty, batch.resources[span.trace] == nil { batch.resources[span.trace] = resource }
                }
            }
        }
        return batch
    }

    private static func span(_ item: Span) throws(OTLPError) -> TraceSpan {
        let ids = try OTLPSpan.ids(
            trace: Array(item.traceID),
            span: Array(item.spanID),
            parent: Array(item.parentSpanID)
        )
        let end = try OTLPSpan.time(item.endTimeUnixNano)
        var span = TraceSpan(
            trace: OTLPSpan.traceID(ids.trace),
            otelTrace: ids.trace,
            id: ids.span,
            parent: ids.parent,
            name: item.name,
            startNanoseconds: try OTLPSpan.time(item.startTimeUnixNano),
            endNanoseconds: end == 0 ? nil : end,
            status: OTLPSpan.status(Int64(item.status.code.rawValue)),
            statusMessage: item.status.message.isEmpty ? nil : item.status.message,
            attributes: try attributes(item.attributes)
        )
        for event in item.events {
            span.events.append(
                TraceSpan.Event(
                    name: event.name,
                    timeNanoseconds: try OTLPSpan.time(event.timeUnixNano),
                    attributes: try attributes(event.attributes)
                )
            )
        }
        for link in item.links {
            span.links.append(
                TraceSpan.Link(
                    trace: OTLPSpan.traceID(HexText.text(link.traceID)),
                    span: HexText.text(link.spanID),
                    attributes: try attributes(link.attributes)
                )
            )
        }
        return span
    }

    private static func attributes(_ items: [KeyValue]) throws(OTLPError) -> [SpanAttribute] {
        var attributes: [SpanAttribute] = []
        for item in items {
            attributes.append(SpanAttribute(key: item.key, json: try json(item.value, depth: 0)))
        }
        return attributes
    }

    private static func json(_ value: AnyValue, depth: Int) throws(OTLPError) -> String {
        guard depth < OTLPSpan.deepest else { throw .badSpan("a value is nested too deeply") }
        switch value.value {
        case .stringValue(let text): return JSONText.text(of: text)
        case .boolValue(let flag): return flag ? "true" : "false"
        case .intValue(let number): return String(number)
        case .doubleValue(let number): return JSONText.text(of: number)
        case .bytesValue(let data): return JSONText.text(of: data.base64EncodedString())
        case .arrayValue(let list):
            var items: [String] = []
            for item in list.values { items.append(try json(item, depth: depth + 1)) }
            return JSONText.array(items)
        case .kvlistValue(let list):
            var members: [(name: String, value: String)] = []
            for item in list.values { members.append((item.key, try json(item.value, depth: depth + 1))) }
            return JSONText.object(members)
        default: return "null"
        }
    }
}
