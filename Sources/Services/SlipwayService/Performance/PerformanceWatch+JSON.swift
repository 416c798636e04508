internal import SlipwayDomain
internal import SlipwayMonitor
internal import SlipwayPolicy
internal import SlipwayStatistics
internal import SlipwayStore

extension PerformanceWatch {
    /// Values of a column that are told, those with the most answers first, and the least labels that they need.
    private static let mostSlices = 50
    private static let leastSliceLabels = 100
    /// Pairs of groups that are told, the worst first.
    private static let mostPairs = 10

    /// A metric with its interval.
    static func json(_ metric: MeasuredMetric) -> JSONValue {
        [
            "value": .number(metric.value), "lower": .number(metric.lower), "upper": .number(metric.upper),
            "method": .string(metric.method.rawValue),
        ]
    }

    /// An estimate with the interval in which the realised value is to be expected.
    static func json(_ estimate: EstimatedMetric) -> JSONValue {
        let interval = estimate.interval()
        return [
            "value": .number(estimate.value), "lower": .number(interval.lowerBound),
            "upper": .number(interval.upperBound), "method": .string(estimate.method.rawValue),
            "rows": .integer(Int64(estimate.rows)), "labelError": .number(estimate.labelError),
            "referenceError": .number(estimate.referenceError),
        ]
    }

    /// What is known of the estimator.
    static func json(_ bias: EstimatorBias) -> JSONValue {
        [
            "mean": .number(bias.mean), "lower": .number(bias.lower), "upper": .number(bias.upper),
            "tolerance": .number(bias.tolerance), "windows": .integer(Int64(bias.windows)),
            "verdict": .string(bias.verdict.rawValue), "sentence": .string(EstimatorAnalyst.sentence(bias)),
        ]
    }

    /// The metric of each value of the sliced columns.
    func slices(_ answers: LiveAnswers) -> JSONValue {
        var slices: [JSONValue] = []
        for column in rules.slices ?? [] {
            let parts = (answers.groups[column] ?? [:]).sorted { ($1.value.rows, $0.key) < ($0.value.rows, $1.key) }
            for (value, part) in parts.prefix(Self.mostSlices) {
                let measured =
                    part.labels.count >= Self.leastSliceLabels
                    ? LiveAnswers.labelled(part.scores, part.labels, task).measured(metric) : nil
                slices.append([
                    "column": .string(column), "value": .string(value), "predictions": .integer(Int64(part.rows)),
                    "labels": .integer(Int64(part.labels.count)), "measured": measured.map(Self.json) ?? .null,
                ])
            }
        }
        return .array(slices)
    }

    /// What the decisions were worth, and what was to be expected without labels; null without a matrix.
    func value(_ answers: LiveAnswers, in connection: any SQLReader) throws -> JSONValue {
        guard let value = rules.value, task == .binaryClassification else { return .null }
        let estimated = try calibrated(answers, in: connection).estimate(value.matrix)
        let realised = value.matrix.perDecision(answers.confusion)
        return [
            "unit": value.unit.map(JSONValue.string) ?? .null,
            "perDecision": realised.map(Self.json) ?? .null,
            "realised": realised.map { .number($0.value * Double(answers.labels.count)) } ?? .null,
            "estimatedPerDecision": estimated.map(Self.json) ?? .null,
        ]
    }

    /// The verdicts on groups.
    func fairness(_ answers: LiveAnswers) -> [FairnessVerdict] {
        fairness.map { FairnessAnalyst.judge(answers.counts($0, task), policy: $0) }
    }

    /// A verdict on groups for machines.
    static func json(_ verdict: FairnessVerdict) -> JSONValue {
        let groups = verdict.fairness.groups.prefix(mostSlices).map { group -> JSONValue in
            [
                "value": .string(group.count.value), "rows": .integer(group.count.rows),
                "hits": .integer(group.count.hits), "trials": .integer(group.count.trials),
                "rate": group.rate.map(json) ?? .null, "isCompared": .bool(group.isCompared),
            ]
        }
        let pairs = verdict.fairness.pairs.prefix(mostPairs).map { pair -> JSONValue in
            [
                "low": .string(pair.low), "high": .string(pair.high),
                "ratio": pair.ratio.map(JSONValue.number) ?? .null, "ratioLower": .number(pair.ratioLower),
                "ratioUpper": pair.ratioUpper.isFinite ? .number(pair.ratioUpper) : .null,
                "gap": .number(pair.gap), "gapLower": .number(pair.gapLower), "gapUpper": .number(pair.gapUpper),
                "adjustedP": .number(pair.adjustedP), "breaks": .bool(pair.breaks), "keeps": .bool(pair.keeps),
            ]
        }
        return [
            "metric": .string(verdict.policy.metric), "group": .string(verdict.policy.group),
            "minRatio": verdict.policy.bounds.minRatio.map(JSONValue.number) ?? .null,
            "maxGap": verdict.policy.bounds.maxGap.map(JSONValue.number) ?? .null,
            "verdict": .string(verdict.fairness.verdict.rawValue), "sentence": .string(verdict.sentence),
            "groups": .array(groups), "pairs": .array(pairs),
        ]
    }

    /// What one window shows by the labels that are there, without its place in time.
    func members(
        _ verdict: PerformanceVerdict,
        _ answers: LiveAnswers,
        fairness: [FairnessVerdict],
        in connection: any SQLReader
    ) throws -> [String: JSONValue] {
        [
            "model": .string(model), "metric": .string(verdict.metric),
            "value": verdict.value.map(JSONValue.number) ?? .null,
            "lower": verdict.lower.map(JSONValue.number) ?? .null,
            "upper": verdict.upper.map(JSONValue.number) ?? .null,
            "method": verdict.method.map { .string($0.rawValue) } ?? .null,
            "labels": .integer(Int64(verdict.labels)), "predictions": .integer(Int64(verdict.predictions)),
            "threshold": .number(verdict.threshold), "isLeast": .bool(policy.isLeast),
            "verdict": .string(verdict.verdict.rawValue), "sentence": .string(verdict.sentence),
            "slices": slices(answers), "business": try value(answers, in: connection),
            "fairness": .array(fairness.map(Self.json)),
        ]
    }
}
