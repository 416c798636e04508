import SlipwayDomain
import SlipwayStatistics

extension GateJudge {
    /// Groups are alike when the data show it, not when too few rows hide that they are not: a small table proves nothing.
    func groups(_ rule: EvaluationRule, column: String, bounds: GroupBounds, _ evaluation: Evaluation) -> Finding {
        let metric = rule.metric.rawValue
        let entry = [evaluation.source.entry]
        let all = evaluation.slices.filter { $0.column == column }
        guard !all.isEmpty else {
            return .missing("The evaluation was not sliced by \(column).", entry, do: evaluateCommand)
        }
        var counts: [GroupCount] = []
        for slice in all {
            guard let confusion = slice.confusion, let share = confusion.counts(of: metric) else {
                return .missing(
                    "The evaluation has no counts of decisions by \(column): it is older than this rule.",
                    entry,
                    do: evaluateCommand
                )
            }
            counts.append(
                GroupCount(value: slice.value, rows: Int64(slice.rows), hits: share.hits, trials: share.trials)
            )
        }
        let fairness = GroupFairness(counts, bounds: bounds)
        let compared = fairness.groups.filter(\.isCompared).count
        let skipped = fairness.groups.count - compared
        let aside = skipped == 0 ? "" : " (\(skipped) with fewer than \(bounds.minRows) rows left out)"
        guard let worst = fairness.pairs.first else {
            return .missing(
                "Fewer than two of the \(all.count) values of \(column) have at least \(bounds.minRows) rows, so that "
                    + "nothing can be compared.",
                entry,
                do: evaluateCommand
            )
        }
        let numbers = "\(Self.words(worst, bounds))\(aside)"
        switch fairness.verdict {
        case .kept:
            return .pass("\(metric) is alike for \(compared) values of \(column); the least alike: \(numbers).", entry)
        case .broken:
            let pairs = fairness.pairs.filter(\.breaks).count
            return .fail(
                "\(metric) differs too much between values of \(column), in \(pairs) of \(fairness.pairs.count) pairs: "
                    + "\(numbers).",
                entry,
                do: "train a version that treats these groups alike, or state other bounds and why"
            )
        case .cannotTell:
            return .missing(
                "\(evaluation.rows) rows are too few to show that \(metric) is alike for every \(column): \(numbers).",
                entry,
                do: "\(evaluateCommand), with more rows of these groups"
            )
        }
    }

    /// A pair with the intervals that the bounds are held against.
    private static func words(_ pair: GroupFairness.Pair, _ bounds: GroupBounds) -> String {
        var parts: [String] = []
        if let least = bounds.minRatio {
            let ratio = pair.ratio.map { Figures.text($0) } ?? "unknown"
            let upper = pair.ratioUpper.isFinite ? Figures.text(pair.ratioUpper) : "any value"
            parts.append(
                "the ratio is \(ratio), between \(Figures.text(pair.ratioLower)) and \(upper), wanted is "
                    + "\(Figures.text(least))"
            )
        }
        if let most = bounds.maxGap {
            parts.append(
                "the gap is \(Figures.text(pair.gap)), between \(Figures.text(pair.gapLower)) and "
                    + "\(Figures.text(pair.gapUpper)), at most \(Figures.text(most)) is accepted"
            )
        }
        return "\(pair.low) against \(pair.high): \(parts.joined(separator: "; "))"
    }
}
