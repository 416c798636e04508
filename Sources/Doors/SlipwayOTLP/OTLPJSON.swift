internal import SlipwayDomain
internal import SlipwayJSON
internal import SlipwayService
internal import SlipwayWire

/// Reads an export request in its JSON form, which is protobuf's mapping with three differences: ids are hex digits,
/// enumerations are numbers, and 64-bit numbers are texts (OTLP 1.x, "JSON Protobuf Encoding").
enum OTLPJSON {
    /// The spans of a request, with their senders' attributes.
    static func batch(_ bytes: [UInt8]) throws(OTLPError) -> SpanBatch {
        let root: JSONNode
        do throws(JSONError) {
            // Some ten words an attribute: as many as the fields of a binary request.
            let limits = JSONLimits(
                maxBytes: Inflation.limit,
                maxDepth: 2 * OTLPSpan.deepest + 20,
                maxWords: 2 * OTLPFieldCount.most
            )
            root = try JSONDocument.parse(bytes, limits: limits).root
        } catch {
            throw error == .tooManyValues ? .tooMany : .invalid("Invalid OpenTelemetry format")
        }
        guard root.kind == .object else { throw .invalid("Invalid OpenTelemetry format") }
        var batch = SpanBatch(spans: [])
        for group in try list(root, "resourceSpans", "resource_spans") {
            let resource = try attributes(group["resource"])
            for scope in try list(group, "scopeSpans", "scope_spans") {
                for item in try list(scope, "spans", "spans") {
                    let span = try span(item)
                    batch.spans.append(span)
                    if !resource.isEmpty, batch.resources[span.trace] == nil { batch.resources[span.trace] = resource }
                }
            }
        }
        return batch
    }

    private static func span(_ item: JSONNode) throws(OTLPError) -> TraceSpan {
        let ids = try OTLPSpan.ids(
            trace: try bytes(item, "traceId", "trace_id"),
            span: try bytes(item, "spanId", "span_id"),
            parent: try bytes(item, "parentSpanId", "parent_span_id")
        )
        let end = try time(item, "endTimeUnixNano", "end_time_unix_nano")
        let status = item["status"]
        let code = status?["code"]
        let named = ["STATUS_CODE_OK": Int64(1), "STATUS_CODE_ERROR": 2]
        var span = TraceSpan(
            trace: OTLPSpan.traceID(ids.trace),
            otelTrace: ids.trace,
            id: ids.span,
            parent: ids.parent,
            name: item["name"]?.string ?? "",
            startNanoseconds: try time(item, "startTimeUnixNano", "start_time_unix_nano"),
            endNanoseconds: end == 0 ? nil : end,
            status: OTLPSpan.status(code?.wholeNumber ?? code?.string.flatMap { named[$0] } ?? 0),
            statusMessage: status?["message"]?.string.flatMap { $0.isEmpty ? nil : $0 },
            attributes: try attributes(item)
        )
        for event in try list(item, "events", "events") {
            span.events.append(
                TraceSpan.Event(
                    name: event["name"]?.string ?? "",
                    timeNanoseconds: try time(event, "timeUnixNano", "time_unix_nano"),
                    attributes: try attributes(event)
                )
            )
        }
        for link in try list(item, "links", "links") {
            span.links.append(
                TraceSpan.Link(
                    trace: OTLPSpan.traceID(HexText.text(try bytes(link, "traceId", "trace_id"))),
                    span: HexText.text(try bytes(link, "spanId", "span_id")),
                    attributes: try attributes(link)
                )
            )
        }
        return span
    }

    /// A list member under either spelling; what is there but is no list of objects is refused.
    private static func list(_ node: JSONNode, _ camel: String, _ snake: String) throws(OTLPError) -> [JSONNode] {
        guard let found = node[camel] ?? node[snake], !found.isNull else { return [] }
        let items = Array(found.elements)
        guard found.kind == .array, items.allSatisfy({ $0.kind == .object }) else {
            throw .invalid("Invalid OpenTelemetry format")
        }
        return items
    }

    private static func bytes(_ node: JSONNode, _ camel: String, _ snake: String) throws(OTLPError) -> [UInt8] {
        guard let found = node[camel] ?? node[snake], !found.isNull else { return [] }
        guard let bytes = found.string.flatMap(HexText.bytes) else {
            throw .invalid("Invalid OpenTelemetry format")
        }
        return bytes
    }

    private static func time(_ node: JSONNode, _ camel: String, _ snake: String) throws(OTLPError) -> Int64 {
        guard let found = node[camel] ?? node[snake], !found.isNull else { return 0 }
        guard let number = found.string.flatMap({ UInt64($0) }) ?? found.wholeNumber.flatMap({ UInt64(exactly: $0) })
        else { throw .invalid("Invalid OpenTelemetry format") }
        return try OTLPSpan.time(number)
    }

    private static func attributes(_ node: JSONNode?) throws(OTLPError) -> [SpanAttribute] {
        guard let node else { return [] }
        var attributes: [SpanAttribute] = []
        for item in try list(node, "attributes", "attributes") {
            attributes.append(SpanAttribute(key: item["key"]?.string ?? "", json: try json(item["value"], depth: 0)))
        }
        return attributes
    }

    private static func json(_ value: JSONNode?, depth: Int) throws(OTLPError) -> String {
        guard depth < OTLPSpan.deepest else { throw .badSpan("a value is nested too deeply") }
        guard let member = value?.members.first(where: { !$0.value.isNull }) else { return "null" }
        let found = member.value
        switch member.name {
        case "stringValue", "string_value":
            if let text = found.string { return JSONText.text(of: text) }
        case "boolValue", "bool_value":
            if let flag = found.bool { return flag ? "true" : "false" }
        case "intValue", "int_value":
            if let number = found.wholeNumber { return String(number) }
        case "doubleValue", "double_value":
            if let number = found.double ?? found.string.flatMap({ Double($0) }) { return JSONText.text(of: number) }
        case "bytesValue", "bytes_value":
            if let text = found.string { return JSONText.text(of: text) }
        case "arrayValue", "array_value":
            var items: [String] = []
            for item in try list(found, "values", "values") { items.append(try json(item, depth: depth + 1)) }
            return JSONText.array(items)
        case "kvlistValue", "kvlist_value":
            var members: [(name: String, value: String)] = []
            for item in try list(found, "values", "values") {
                members.append((item["key"]?.string ?? "", try json(item["value"], depth: depth + 1)))
            }
            return JSONText.object(members)
        default: return "null"
        }
        throw .invalid("Invalid OpenTelemetry format")
    }
}
