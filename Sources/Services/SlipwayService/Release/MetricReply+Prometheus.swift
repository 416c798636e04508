internal import SlipwayDomain

extension MetricReply {
    /// Reads what Prometheus answers to an instant query
    /// (https://prometheus.io/docs/prometheus/latest/querying/api/#instant-queries): exactly one number, or why not.
    package static func prometheus(status: Int, body: [UInt8]) -> MetricReply {
        let text = String(decoding: body, as: UTF8.self)
        let answer: JSONValue
        do {
            answer = try JSONValue(parsing: body)
        } catch {
            return .failure("status \(status) and no JSON: is this the address of a Prometheus?", text: text)
        }
        guard answer["status"]?.string == "success", status == 200 else {
            let reason = answer["error"]?.string?.prefix(200) ?? "status \(status)"
            return .failure("Prometheus refused the query: \(reason)", text: text)
        }
        let samples: [JSONValue]
        switch answer["data"]?["resultType"]?.string {
        case "scalar": samples = [answer["data"]?["result"] ?? .null]
        case "vector": samples = (answer["data"]?["result"]?.array ?? []).map { $0["value"] ?? .null }
        case let kind:
            return .failure(
                "the query answers a \(kind?.prefix(20) ?? "mystery"): ask for one number now, such as sum(rate(x[5m]))",
                text: text
            )
        }
        guard let sample = samples.first else { return .failure("the query has no data now", text: text) }
        guard samples.count == 1 else {
            return .failure("the query answers \(samples.count) series: put sum(...) or max(...) around it", text: text)
        }
        guard let number = sample.array?.last?.string, let value = Double(number), value.isFinite else {
            return .failure("the query's value is no number", text: text)
        }
        return .number(value, text: text)
    }
}
