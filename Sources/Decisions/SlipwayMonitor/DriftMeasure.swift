import SlipwayStatistics

/// One difference before it is judged: what was measured and how unlikely it is.
struct DriftMeasure {
    let statistic: DriftTest.Statistic
    var effect = 0.0
    var bound = 0.0
    let floor: Double
    /// Nil when there is too little to test.
    var pValue: Double?
    /// The p-value if the effect were as large as its bound, where the bound decides.
    var boundP: Double?
    /// False for what is shown and never decides.
    var decides = true
}

/// All that was measured of one column.
struct ColumnMeasures {
    var tests: [DriftMeasure]
    var distances = DriftDistances()
    /// Why some of it does not decide.
    var note: String?
}

/// Measures one column: its distribution, and what is wrong with its values.
struct ColumnMeasurer {
    let policy: DriftPolicy

    /// Fewer expected values than this make a category rare; rare ones are counted together (Cochran 1954).
    private static let rareCount = 5.0

    /// All measures of a column.
    func measures(
        reference: ColumnProfile,
        current: ColumnProfile
    ) throws(StatisticsError) -> ColumnMeasures {
        let wrong = [
            share(.missingShare, (reference.missing, reference.rows), (current.missing, current.rows)),
            share(.typeFailureShare, (reference.failed, reference.rows), (current.failed, current.rows)),
        ]
        var measures: ColumnMeasures
        switch (reference, current) {
        case (.numeric(let reference), .numeric(let current)): measures = try numeric(reference, current)
        case (.categorical(let reference), .categorical(let current)):
            let (old, new) = (reference.categories, current.categories)
            let table = CategoryAlignment(reference: old, current: new)
            measures = categorical(table.reference, table.current, hasRest: table.names.last == .some(nil))
            measures.tests.append(unseen(old, new))
            if isFreeText(old), let before = reference.lengths, let after = current.lengths {
                measures.tests.append(lengths(before, after))
            }
        case (.boolean(let old), .boolean(let new)):
            measures = categorical([old.trueCount, old.falseCount], [new.trueCount, new.falseCount])
        default:
            throw .differentColumns("\(reference.kind.rawValue) and \(current.kind.rawValue)")
        }
        measures.tests.insert(contentsOf: wrong, at: 1)
        return measures
    }

    private func numeric(
        _ reference: NumericProfile,
        _ current: NumericProfile
    ) throws(StatisticsError) -> ColumnMeasures {
        let (old, new) = try NumericProfile.aligned(reference, current)
        var measure = DriftMeasure(statistic: .kolmogorovSmirnov, floor: policy.minKolmogorovSmirnov)
        var range = share(.outOfRangeShare, outOfRange(old), outOfRange(new))
        guard let distance = try GridDistance(reference: old, current: new) else {
            return ColumnMeasures(tests: [measure, range])
        }
        measure.effect = distance.kolmogorovSmirnov
        measure.bound = distance.kolmogorovSmirnovLimit
        if min(distance.referenceCount, distance.currentCount) >= policy.minRows {
            let (n, m) = (Int(distance.referenceCount), Int(distance.currentCount))
            measure.pValue = KolmogorovSmirnovTest.asymptoticP(statistic: measure.effect, n, m)
            if measure.effect < measure.floor, measure.bound >= measure.floor {
                measure.boundP = KolmogorovSmirnovTest.asymptoticP(statistic: measure.bound, n, m)
            }
        }
        var distances = shares(old.decileCounts, new.decileCounts)
        // Values near the largest number are further apart than a number can say.
        distances.wasserstein = distance.wasserstein.finite
        distances.wassersteinError = distance.wassersteinError.finite
        if let deviation = reference.moments.populationDeviation, deviation > 0 {
            distances.wassersteinOverDeviation = (distance.wasserstein / deviation).finite
        }
        if let low = old.quantile(0.25), let high = old.quantile(0.75), high > low {
            distances.wassersteinOverQuartiles = (distance.wasserstein / (high - low)).finite
        }
        distances.below = Double(new.under) / Double(distance.currentCount)
        distances.above = Double(new.over) / Double(distance.currentCount)
        var result = ColumnMeasures(tests: [], distances: distances)
        if reference.unit != nil, let above = distances.above, above > 0.5 {
            // What happens later than the reference is no news.
            (measure.decides, range.decides) = (false, false)
            result.note = "time goes on (\(Figures.text(above)) of the times are after the reference), not judged"
        }
        result.tests = [measure, range]
        return result
    }

    /// The distances over shares, of deciles or of categories.
    private func shares(_ old: [Int64], _ new: [Int64]) -> DriftDistances {
        var result = DriftDistances()
        guard let distance = ShareDistance(reference: old, current: new) else { return result }
        result.jensenShannon = distance.jensenShannon
        result.hellinger = distance.hellinger
        result.populationStability = distance.populationStability
        result.populationStabilityNull = StabilityNull.quantile(
            0.99,
            bins: zip(old, new).count { $0 + $1 > 0 },
            reference: old.reduce(0, +),
            current: new.reduce(0, +)
        )
        if let test = ContingencyTest(reference: old, current: new) {
            result.chiSquareP = test.chiSquareP
            result.cramersV = test.correctedCramersV
        }
        return result
    }

    /// Most new values of a free text were never seen before, so its categories say little, and its lengths are compared.
    private func isFreeText(_ reference: CategoryProfile) -> Bool {
        let single = Int64(reference.knownCounts.count { $0 == 1 })
        return 10 * (reference.unseenTotal + single) > 2 * reference.count
    }

    private func lengths(_ reference: LengthHistogram, _ current: LengthHistogram) -> DriftMeasure {
        var measure = DriftMeasure(statistic: .textLength, floor: policy.minKolmogorovSmirnov)
        let (n, m) = (reference.count, current.count)
        guard n > 0, m > 0 else { return measure }
        let (old, new) = reference.aligned(current)
        var (f, g) = (Int64(0), Int64(0))
        for (a, b) in zip(old, new) {
            (f, g) = (f + a, g + b)
            measure.effect = max(measure.effect, abs(Double(f) / Double(n) - Double(g) / Double(m)))
        }
        measure.bound = measure.effect
        if min(n, m) >= policy.minRows {
            measure.pValue = KolmogorovSmirnovTest.asymptoticP(statistic: measure.effect, Int(n), Int(m))
        }
        return measure
    }

    /// Compares how many new values the reference does not list with the most that would be if nothing changed; fewer are
    /// no news.
    ///
    /// A reference leads to expect those of categories that it saw once, which is what a long tail brings (Good 1953), and
    /// those that it could not name. The latter were rarer in it than they are, since the most frequent were named, so
    /// that up to twice as many are no drift.
    private func unseen(_ reference: CategoryProfile, _ current: CategoryProfile) -> DriftMeasure {
        let single = Int64(reference.knownCounts.count { $0 == 1 })
        let expected = min(reference.count, reference.unseenTotal * 2 + single)
        let found = newUnseen(reference, current)
        let (n, m) = (reference.count, current.count)
        let isMore = n > 0 && m > 0 && Double(found) / Double(m) > Double(expected) / Double(n)
        return share(.unseenShare, (isMore ? expected : 0, n), (isMore ? found : 0, m))
    }

    /// How many values the reference does not list, at least: what the current profile has no name for may be among the
    /// reference's categories when it did not count against them.
    private func newUnseen(_ reference: CategoryProfile, _ current: CategoryProfile) -> Int64 {
        guard reference.known != current.known else { return current.unseenTotal }
        let known = Set(reference.known)
        let named = Array(zip(current.known, current.knownCounts)) + current.unseenCounts.map { ($0.name, $0.count) }
        return named.reduce(0) { $0 + (known.contains($1.0) ? 0 : $1.1) }
    }

    private func outOfRange(_ grid: GridProfile) -> (Int64, Int64) {
        let infinite = grid.positiveInfinity + grid.negativeInfinity
        return (grid.under + grid.over + infinite, grid.count + infinite)
    }

    /// Cramér's V shrinks when one side is much larger, the Jensen-Shannon distance does not: the larger one leads.
    private func categorical(_ reference: [Int64], _ current: [Int64], hasRest: Bool = false) -> ColumnMeasures {
        var measure = DriftMeasure(statistic: .jensenShannon, floor: policy.minJensenShannon)
        let (old, new) = withoutRare(reference, current, hasRest: hasRest)
        let distances = shares(old, new)
        guard let jensenShannon = distances.jensenShannon else { return ColumnMeasures(tests: [measure]) }
        measure.effect = jensenShannon
        let sizes = (old.reduce(0, +), new.reduce(0, +))
        let isEnough = min(sizes.0, sizes.1) >= policy.minRows
        if let cramersV = distances.cramersV {
            if cramersV / policy.minCramersV > measure.effect / measure.floor {
                measure = DriftMeasure(statistic: .cramersV, effect: cramersV, floor: policy.minCramersV)
            }
            if isEnough { measure.pValue = distances.chiSquareP }
        } else if isEnough {
            measure.pValue = 1  // One category on both sides: nothing can have moved.
        }
        measure.bound = measure.effect
        return ColumnMeasures(tests: [measure], distances: distances)
    }

    /// The table with all rare categories in one column, because the chi-square test holds for none of them alone.
    /// The values without a name go with them: which rare categories are named was chosen by the reference's counts, so
    /// that those are higher there than they would be again.
    private func withoutRare(_ reference: [Int64], _ current: [Int64], hasRest: Bool) -> ([Int64], [Int64]) {
        let sizes = (Double(reference.reduce(0, +)), Double(current.reduce(0, +)))
        let smaller = min(sizes.0, sizes.1) / max(1, sizes.0 + sizes.1)
        var (old, new, rest) = ([Int64](), [Int64](), (Int64(0), Int64(0)))
        for (place, (a, b)) in zip(reference, current).enumerated() {
            if hasRest && place == reference.count - 1 || Double(a + b) * smaller < ColumnMeasurer.rareCount {
                rest = (rest.0 + a, rest.1 + b)
            } else {
                old.append(a)
                new.append(b)
            }
        }
        return (old + [rest.0], new + [rest.1])
    }

    func share(
        _ statistic: DriftTest.Statistic,
        _ reference: (Int64, Int64),
        _ current: (Int64, Int64)
    ) -> DriftMeasure {
        let floor = statistic == .outOfRangeShare ? policy.minRangeChange : policy.minShareChange
        var measure = DriftMeasure(statistic: statistic, floor: floor)
        guard reference.1 > 0, current.1 > 0 else { return measure }
        measure.effect = abs(Double(current.0) / Double(current.1) - Double(reference.0) / Double(reference.1))
        measure.bound = measure.effect
        guard min(reference.1, current.1) >= policy.minRows else { return measure }
        let test = ProportionTest.twoProportions(
            reference: (successes: reference.0, trials: reference.1),
            current: (successes: current.0, trials: current.1)
        )
        measure.pValue = test?.p ?? 1  // Equal shares of none or of all.
        return measure
    }
}

extension Double {
    /// Nil for what is no finite number.
    fileprivate var finite: Double? { isFinite ? self : nil }
}
