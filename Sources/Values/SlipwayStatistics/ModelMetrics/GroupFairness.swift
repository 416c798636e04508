import Glibc

/// How often something happens to the members of one group.
package struct GroupCount: Sendable, Hashable, Codable {
    /// The value that the members share.
    package let value: String
    /// How many members there are.
    package let rows: Int64
    /// To how many of `trials` it happened.
    package let hits: Int64
    /// Those whom it could happen to.
    package let trials: Int64

    package init(value: String, rows: Int64, hits: Int64, trials: Int64) {
        self.value = value
        self.rows = rows
        self.hits = hits
        self.trials = trials
    }
}

/// What a difference between groups may be.
package struct GroupBounds: Sendable, Hashable, Codable {
    /// The least ratio of the lower rate to the higher one; 0.8 is the four-fifths rule.
    package let minRatio: Double?
    /// The greatest difference of two rates.
    package let maxGap: Double?
    /// Groups with fewer rows are not compared.
    package let minRows: Int64

    /// Rows below which a group says too little.
    package static let standardRows: Int64 = 100

    package init(minRatio: Double? = nil, maxGap: Double? = nil, minRows: Int64 = standardRows) {
        self.minRatio = minRatio
        self.maxGap = maxGap
        self.minRows = minRows
    }
}

/// Whether groups are treated alike, with what the numbers of members allow to be said.
///
/// Every two groups are compared. That they differ too much is said when the p-value against the bound is small after
/// Benjamini and Hochberg's correction over all pairs and bounds. That they do not is said when even the far end of each
/// pair's interval keeps the bound: all of them have to, so no correction is needed (intersection-union). In between
/// nothing can be told.
package struct GroupFairness: Sendable, Hashable {
    /// A group's rate with its Wilson interval.
    package struct Group: Sendable, Hashable {
        package let count: GroupCount
        /// Nil without trials.
        package let rate: MeasuredMetric?
        /// False when it has too few rows.
        package let isCompared: Bool
    }

    /// Two groups, the one with the lower rate first.
    package struct Pair: Sendable, Hashable {
        package let low: String
        package let high: String
        /// The lower rate over the higher one; nil when both are 0.
        package let ratio: Double?
        /// The score interval of the ratio.
        package let ratioLower: Double
        package let ratioUpper: Double
        /// The higher rate less the lower one, with Newcombe's interval.
        package let gap: Double
        package let gapLower: Double
        package let gapUpper: Double
        /// The smaller of the two-sided p-values against the bounds, corrected over all pairs.
        package fileprivate(set) var adjustedP: Double
        package let keeps: Bool
        package fileprivate(set) var breaks: Bool
    }

    package let groups: [Group]
    /// The worst first.
    package let pairs: [Pair]
    package let verdict: Verdict

    /// Whether the bounds are kept.
    package enum Verdict: String, Sendable, Hashable, Codable, CaseIterable {
        case kept, broken, cannotTell
    }

    /// Compares groups; the level of the correction is 1 - confidence.
    package init(_ counts: [GroupCount], bounds: GroupBounds, confidence: Double = 0.95) {
        groups = counts.sorted { CategoryProfile.precedes($0.value, $1.value) }.map { count in
            let rate = MeasuredMetric.share(count.hits, of: count.trials, confidence: confidence)
            return Group(count: count, rate: rate, isCompared: count.rows >= bounds.minRows && rate != nil)
        }
        let compared = groups.filter(\.isCompared).map(\.count)
        var pairs: [Pair] = []
        var pValues: [Double] = []
        for (place, first) in compared.enumerated() {
            for second in compared[(place + 1)...] {
                let (pair, tests) = Self.pair(first, second, bounds, confidence)
                pairs.append(pair)
                pValues += tests
            }
        }
        let adjusted = FalseDiscoveryRate.adjusted(pValues)
        let each = pairs.isEmpty ? 0 : adjusted.count / pairs.count
        for place in pairs.indices where each > 0 {
            pairs[place].adjustedP = adjusted[(place * each)..<((place + 1) * each)].min() ?? 1
            pairs[place].breaks = pairs[place].adjustedP <= 1 - confidence
        }
        self.pairs = pairs.sorted { left, right in
            (left.adjustedP, left.ratio ?? 1, -left.gap, left.low, left.high)
                < (right.adjustedP, right.ratio ?? 1, -right.gap, right.low, right.high)
        }
        if pairs.contains(where: \.breaks) {
            verdict = .broken
        } else {
            verdict = !pairs.isEmpty && pairs.allSatisfy(\.keeps) ? .kept : .cannotTell
        }
    }

    private static func pair(
        _ first: GroupCount,
        _ second: GroupCount,
        _ bounds: GroupBounds,
        _ confidence: Double
    ) -> (Pair, [Double]) {
        let isRising =
            Double(first.hits) * Double(second.trials) <= Double(second.hits) * Double(first.trials)
        let (low, high) = isRising ? (first, second) : (second, first)
        let (a, b) = ((low.hits, low.trials), (high.hits, high.trials))
        guard let ratio = RateRatio(a, over: b) else { preconditionFailure("groups without trials are not compared") }
        let ratios = ratio.interval(confidence: confidence)
        let gaps = ProportionTest.differenceInterval(reference: a, current: b, confidence: confidence)
        var tests: [Double] = []
        var keeps = true
        if let least = bounds.minRatio {
            keeps = keeps && ratios.lowerBound >= least
            // Which rate is the lower one was seen in the data: both sides count.
            tests.append(min(1, 2 * NormalDistribution.survival(-ratio.score(against: least))))
        }
        if let most = bounds.maxGap {
            keeps = keeps && gaps.upperBound <= most
            tests.append(gapChance(a, b, above: most))
        }
        let pair = Pair(
            low: low.value,
            high: high.value,
            ratio: ratio.value,
            ratioLower: ratios.lowerBound,
            ratioUpper: ratios.upperBound,
            gap: Double(high.hits) / Double(high.trials) - Double(low.hits) / Double(low.trials),
            gapLower: gaps.lowerBound,
            gapUpper: gaps.upperBound,
            adjustedP: 1,
            keeps: keeps,
            breaks: false
        )
        return (pair, tests)
    }

    /// The two-sided p-value against "the gap is at most `most`": the level at which Newcombe's interval ends there.
    private static func gapChance(_ low: (Int64, Int64), _ high: (Int64, Int64), above most: Double) -> Double {
        func isAbove(_ p: Double) -> Bool {
            let interval = ProportionTest.differenceInterval(
                reference: (low.0, low.1),
                current: (high.0, high.1),
                confidence: 1 - p
            )
            return interval.lowerBound > most
        }
        guard isAbove(0.999) else { return 1 }
        var (bad, good) = (log(1e-15), log(0.999))
        for _ in 0..<60 {
            let middle = (bad + good) / 2
            if isAbove(exp(middle)) { good = middle } else { bad = middle }
        }
        return exp(good)
    }
}
