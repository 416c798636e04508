internal import SlipwayService

/// Counters and gauges of upstreams in Prometheus' text format, one line for each version that runs somewhere else.
enum UpstreamMetrics {
    typealias Upstream = (model: String, version: Int, report: UpstreamReport)

    /// One metric: its name without `slipway_upstream_`, its kind, what it says, and its value.
    private typealias Metric = (name: String, kind: String, help: String, value: @Sendable (UpstreamReport) -> String)

    private static let metrics: [Metric] = [
        ("sent_total", "counter", "Questions that were sent, second ones included.", { "\($0.counts.sent)" }),
        ("answered_total", "counter", "Questions that were answered as declared.", { "\($0.counts.answered)" }),
        (
            "answer_seconds_total", "counter", "Time that the answers took, all together.",
            { "\(Double($0.counts.nanoseconds) / 1e9)" }
        ),
        (
            "retries_total", "counter", "Questions that were sent again because no connection was made.",
            { "\($0.counts.retries)" }
        ),
        ("hedges_total", "counter", "Second questions beside a slow first one.", { "\($0.counts.hedges)" }),
        ("hedge_wins_total", "counter", "Second questions that had the first answer.", { "\($0.counts.hedgeWins)" }),
        (
            "refusals_total", "counter", "Questions that were not sent: open circuit, or too many in hand.",
            { "\($0.counts.refusals)" }
        ),
        ("openings_total", "counter", "How often the circuit opened.", { "\($0.counts.openings)" }),
        ("looks_total", "counter", "Looks at the upstream: ready, and the declared model.", { "\($0.counts.probes)" }),
        ("in_hand", "gauge", "Questions without an answer yet.", { "\($0.inHand)" }),
        (
            "circuit_closed", "gauge", "1 when questions are sent, 0 when they are refused.",
            { $0.standing == .closed ? "1" : "0" }
        ),
    ]

    /// Empty when no version runs somewhere else.
    static func text(_ upstreams: [Upstream]) -> String {
        guard !upstreams.isEmpty else { return "" }
        var text = ""
        for metric in metrics {
            head(metric.name, metric.kind, metric.help, &text)
            for upstream in upstreams {
                text += "slipway_upstream_\(metric.name){\(labels(upstream))} \(metric.value(upstream.report))\n"
            }
        }
        head("failures_total", "counter", "Questions that were not answered as declared, by kind.", &text)
        for upstream in upstreams {
            for kind in UpstreamFailure.kinds {
                let count = upstream.report.counts.failures[kind] ?? 0
                text += "slipway_upstream_failures_total{\(labels(upstream)),kind=\"\(kind)\"} \(count)\n"
            }
        }
        return text
    }

    private static func head(_ name: String, _ kind: String, _ help: String, _ text: inout String) {
        text += "# HELP slipway_upstream_\(name) \(help)\n# TYPE slipway_upstream_\(name) \(kind)\n"
    }

    private static func labels(_ upstream: Upstream) -> String {
        let pairs = [
            ("model", upstream.model), ("version", "\(upstream.version)"), ("upstream", upstream.report.address),
            ("protocol", upstream.report.dialect.rawValue),
        ]
        return pairs.map { "\($0)=\"\(escaped($1))\"" }.joined(separator: ",")
    }

    /// As the format wants label values: backslashes, quotes and line ends are escaped.
    private static func escaped(_ text: String) -> String {
        var result = ""
        // Scalar by scalar: a quote under an accent ends a label, too.
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result += "\\\\"
            case "\"": result += "\\\""
            case "\n": result += "\\n"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
