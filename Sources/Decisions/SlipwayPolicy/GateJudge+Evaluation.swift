import SlipwayDomain

extension GateJudge {
    /// The evaluation that counts, or why none does.
    enum Counting {
        case present(Evaluation)
        case absent(Finding)
    }

    func countingEvaluation() -> Counting {
        guard let evaluation = evidence.evaluation else {
            return .absent(.missing("Version \(evidence.version) was never evaluated.", do: evaluateCommand))
        }
        if let objection = objection(to: evaluation, what: "evaluation") {
            return .absent(.missing(objection, [evaluation.source.entry], do: evaluateCommand))
        }
        return .present(evaluation)
    }

    func judge(_ rule: EvaluationRule) -> Finding {
        let metric = rule.metric.rawValue
        switch countingEvaluation() {
        case .absent(let finding): return finding
        case .present(let evaluation):
            guard let value = evaluation.metrics[metric] else {
                return .missing(
                    "The evaluation has no \(metric): its \(evaluation.rows) rows give none, as when all labels are the same.",
                    [evaluation.source.entry],
                    do: evaluateCommand
                )
            }
            switch rule.test {
            case .atLeast(let bound): return threshold(rule, value, bound, holds: value >= bound, evaluation)
            case .atMost(let bound): return threshold(rule, value, bound, holds: value <= bound, evaluation)
            case .champion(let drop): return champion(rule, value, maxDrop: drop, evaluation)
            case .slices(let column, let ratio, let rows):
                return slices(rule, value, column: column, minRatio: ratio, minRows: rows, evaluation)
            case .groups(let column, let bounds): return groups(rule, column: column, bounds: bounds, evaluation)
            }
        }
    }

    private func threshold(
        _ rule: EvaluationRule,
        _ value: Double,
        _ bound: Double,
        holds: Bool,
        _ evaluation: Evaluation
    ) -> Finding {
        let (value, bound) = Figures.pair(value, bound)
        let entry = [evaluation.source.entry]
        let side = if case .atMost = rule.test { "most" } else { "least" }
        let sentence = "\(rule.metric.rawValue) is \(value) on \(evaluation.rows) rows"
        return holds
            ? .pass("\(sentence), as wanted at \(side) \(bound).", entry)
            : .fail(
                "\(sentence), but must be at \(side) \(bound).",
                entry,
                do: "train a better version and register it"
            )
    }

    private func champion(
        _ rule: EvaluationRule,
        _ value: Double,
        maxDrop: Double,
        _ evaluation: Evaluation
    ) -> Finding {
        let metric = rule.metric.rawValue
        guard let champion = evidence.champion else {
            return .notApplicable("No other version serves production, so there is no champion to compare with.")
        }
        guard champion.version != evidence.version else {
            return .notApplicable("Version \(champion.version) is the champion itself.")
        }
        let command = "slipway evaluate \(evidence.model)@\(champion.version) --data HOLDOUT --label COLUMN"
        guard let other = champion.evaluation else {
            return .missing(
                "Champion version \(champion.version) was not evaluated on the same data.",
                [evaluation.source.entry],
                do: command
            )
        }
        let entries = [evaluation.source.entry, other.source.entry]
        let what = "champion's evaluation"
        if let objection = objection(to: other, what: what, artifactDigest: champion.artifactDigest) {
            return .missing(objection, entries, do: command)
        }
        guard other.datasetDigest == evaluation.datasetDigest else {
            return .missing(
                "Champion version \(champion.version) was evaluated on other data (\(short(other.datasetDigest))).",
                entries,
                do: command
            )
        }
        guard let championValue = other.metrics[metric] else {
            return .missing("The champion's evaluation has no \(metric).", entries, do: command)
        }
        let drop = rule.metric.higherIsBetter ? championValue - value : value - championValue
        let (shownDrop, shownBound) = Figures.pair(drop, maxDrop)
        let (shownValue, shownChampion) = Figures.pair(value, championValue)
        let sentence = "\(metric) is \(shownValue), champion version \(champion.version) has \(shownChampion): "
        if drop <= 0 { return .pass(sentence + "not worse.", entries) }
        return drop <= maxDrop
            ? .pass(sentence + "worse by \(shownDrop), at most \(shownBound) is accepted.", entries)
            : .fail(
                sentence + "worse by \(shownDrop), but at most \(shownBound) is accepted.",
                entries,
                do: "train a better version and register it"
            )
    }

    private func slices(
        _ rule: EvaluationRule,
        _ overall: Double,
        column: String,
        minRatio: Double,
        minRows: Int,
        _ evaluation: Evaluation
    ) -> Finding {
        let metric = rule.metric.rawValue
        let entry = [evaluation.source.entry]
        let all = evaluation.slices.filter { $0.column == column }
        let command = evaluateCommand
        guard !all.isEmpty else { return .missing("The evaluation was not sliced by \(column).", entry, do: command) }
        let judged = all.filter { $0.rows >= minRows }.compactMap { slice in
            slice.metrics[metric].map { (slice: slice, value: $0, ratio: ratio($0, overall, rule.metric)) }
        }
        let skipped = all.count - judged.count
        guard let worst = judged.min(by: { isWorse(($0.ratio, $0.slice.value), than: ($1.ratio, $1.slice.value)) })
        else {
            return .missing(
                "None of the \(all.count) values of \(column) has \(metric) on at least \(minRows) rows.",
                entry,
                do: command
            )
        }
        let failing = judged.filter { !($0.ratio >= minRatio) }.sorted {
            isWorse(($0.ratio, $0.slice.value), than: ($1.ratio, $1.slice.value))
        }
        let aside = skipped == 0 ? "" : " (\(skipped) with fewer than \(minRows) rows or without \(metric) left out)"
        let bound = Figures.text(minRatio)
        guard failing.isEmpty else {
            let named = failing.prefix(5).map {
                "\($0.slice.value) \(Figures.text($0.value)) (ratio \(Figures.pair($0.ratio, minRatio).0), \($0.slice.rows) rows)"
            }
            let more = failing.count > 5 ? " and \(failing.count - 5) more" : ""
            return .fail(
                "\(metric) is \(Figures.text(overall)) overall, but below \(bound) of it for \(failing.count) of "
                    + "\(judged.count) values of \(column): \(named.joined(separator: ", "))\(more)\(aside).",
                entry,
                do: "train a version that serves these values, or state a lower minRatio and why"
            )
        }
        return .pass(
            "\(metric) is \(Figures.text(overall)) overall; the worst of \(judged.count) values of \(column) is "
                + "\(worst.slice.value) with ratio \(Figures.pair(worst.ratio, minRatio).0), at least \(bound) is wanted\(aside).",
            entry
        )
    }

    /// How good the slice is as a share of overall: below one is worse, whichever way the metric runs.
    private func ratio(_ slice: Double, _ overall: Double, _ metric: ModelMetric) -> Double {
        if slice == overall { return 1 }
        return metric.higherIsBetter ? slice / overall : overall / slice
    }

    /// A total order that puts what is not a number first.
    private func isWorse(_ left: (Double, String), than right: (Double, String)) -> Bool {
        if left.0.isNaN != right.0.isNaN { return left.0.isNaN }
        return left.0 == right.0 || left.0.isNaN ? left.1 < right.1 : left.0 < right.0
    }
}
