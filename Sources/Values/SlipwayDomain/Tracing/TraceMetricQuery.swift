/// A question for sums over many traces, spans or assessments, as MLflow's pages ask it.
package struct TraceMetricQuery: Sendable {
    /// What is counted.
    package enum View: String, CaseIterable, Sendable {
        case traces = "TRACES"
        case spans = "SPANS"
        case assessments = "ASSESSMENTS"
    }

    /// How the values of a group become one.
    package enum Aggregation: Hashable, Sendable {
        case count, sum, average, least, most
        /// 0 to 100, interpolated between the two nearest values.
        case percentile(Double)

        /// The name under which the answer stands.
        package var label: String {
            switch self {
            case .count: "COUNT"
            case .sum: "SUM"
            case .average: "AVG"
            case .least: "MIN"
            case .most: "MAX"
            case .percentile(let value): "P\(value)"
            }
        }
    }

    /// One group's answer.
    package struct Point: Equatable, Sendable {
        package var dimensions: [Tag]
        package var values: [(label: String, value: Double)]

        package init(dimensions: [Tag], values: [(label: String, value: Double)]) {
            self.dimensions = dimensions
            self.values = values
        }

        package static func == (left: Point, right: Point) -> Bool {
            left.dimensions == right.dimensions && left.values.map(\.label) == right.values.map(\.label)
                && left.values.map(\.value) == right.values.map(\.value)
        }
    }

    package var experiments: [Int64]
    package var view: View
    package var metric: String
    package var aggregations: [Aggregation]
    package var dimensions: [String]
    /// Conditions on traces, and on the view's own fields.
    package var filter: SearchFilter
    package var ownFilter: [(field: String, text: String)]
    package var intervalSeconds: Int64?
    package var start: Instant?
    package var end: Instant?
    package var limit: Int64

    package init(
        experiments: [Int64],
        view: View,
        metric: String,
        aggregations: [Aggregation],
        dimensions: [String],
        filter: SearchFilter,
        ownFilter: [(field: String, text: String)],
        intervalSeconds: Int64?,
        start: Instant?,
        end: Instant?,
        limit: Int64
    ) {
        self.experiments = experiments
        self.view = view
        self.metric = metric
        self.aggregations = aggregations
        self.dimensions = dimensions
        self.filter = filter
        self.ownFilter = ownFilter
        self.intervalSeconds = intervalSeconds
        self.start = start
        self.end = end
        self.limit = limit
    }

    /// The metrics of a view, with the dimensions by which each can be grouped.
    package static func metrics(of view: View) -> [String: [String]] {
        switch view {
        case .traces:
            let sums = [
                "latency", "input_tokens", "output_tokens", "total_tokens", "cache_read_input_tokens",
                "cache_creation_input_tokens",
            ]
            return Dictionary(sums.map { ($0, ["trace_name"]) }) { first, _ in first }
                .merging(["trace_count": ["trace_name", "trace_status"], "session_count": []]) { first, _ in first }
        case .spans:
            let models = ["span_model_name", "span_model_provider"]
            return [
                "span_count": ["span_name", "span_type", "span_status"] + models,
                "latency": ["span_name", "span_status"], "input_cost": models, "output_cost": models,
                "total_cost": models,
            ]
        case .assessments:
            return [
                "assessment_count": ["assessment_name", "assessment_value"], "assessment_value": ["assessment_name"],
            ]
        }
    }

    /// Whether a metric can be put together so: counts are counted, the rest is not, and only tokens and costs are summed.
    package static func allows(_ aggregation: Aggregation, of metric: String) -> Bool {
        let isCount = metric.hasSuffix("_count")
        switch aggregation {
        case .count: return isCount
        case .sum: return !isCount && metric != "latency" && metric != "assessment_value"
        default: return !isCount
        }
    }
}
