import SlipwayStatistics

/// One difference before it is judged: what was measured and how unlikely it is.
struct DriftMeasure {
    let statistic: DriftTest.Statistic
    var effect = 0.0
    var bound = 0.0
    let floor: Double
    /// Nil when there is too little to test.
    var pValue: Double?
    /// The p-value if the effect were as large as its bound.
    var boundP: Double?
}

/// Measures one column: its distribution, and what is wrong with its values.
struct ColumnMeasurer {
    let policy: DriftPolicy

    /// Fewer expected values than this make a category rare; rare ones are counted together (Cochran 1954).
    private static let rareCount = 5.0

    /// All measures of a column and its population stability index.
    func measures(
        reference: ColumnProfile,
        current: ColumnProfile
    ) throws(StatisticsError) -> (measures: [DriftMeasure], psi: Double?) {
        var measures = [
            share(.missingShare, (reference.missing, reference.rows), (current.missing, current.rows)),
            share(.typeFailureShare, (reference.failed, reference.rows), (current.failed, current.rows)),
        ]
        let distribution: (measure: DriftMeasure, psi: Double?)
        switch (reference, current) {
        case (.numeric(let reference), .numeric(let current)):
            distribution = try numeric(reference.grid, current.grid)
            measures.append(share(.outOfRangeShare, outOfRange(reference.grid), outOfRange(current.grid)))
        case (.categorical(let reference), .categorical(let current)):
            let (old, new) = (reference.categories, current.categories)
            let table = CategoryAlignment(reference: old, current: new)
            distribution = categorical(table.reference, table.current)
            measures.append(share(.unseenShare, (expectedUnseen(old), old.count), (new.unseenTotal, new.count)))
        case (.boolean(let old), .boolean(let new)):
            distribution = categorical([old.trueCount, old.falseCount], [new.trueCount, new.falseCount])
        default:
            throw .differentColumns("\(reference.kind.rawValue) and \(current.kind.rawValue)")
        }
        return ([distribution.measure] + measures, distribution.psi)
    }

    private func numeric(
        _ reference: GridProfile,
        _ current: GridProfile
    ) throws(StatisticsError) -> (DriftMeasure, Double?) {
        var measure = DriftMeasure(statistic: .kolmogorovSmirnov, floor: policy.minKolmogorovSmirnov)
        guard let distance = try GridDistance(reference: reference, current: current) else { return (measure, nil) }
        measure.effect = distance.kolmogorovSmirnov
        measure.bound = distance.kolmogorovSmirnovLimit
        if min(distance.referenceCount, distance.currentCount) >= policy.minRows {
            let (n, m) = (Int(distance.referenceCount), Int(distance.currentCount))
            measure.pValue = KolmogorovSmirnovTest.asymptoticP(statistic: measure.effect, n, m)
            measure.boundP = KolmogorovSmirnovTest.asymptoticP(statistic: measure.bound, n, m)
        }
        return (measure, distance.deciles.populationStability)
    }

    /// How many of as many new values would be unseen if nothing changed: those that the reference could not name
    /// either, and one for each category that it saw once (Good 1953), so that a long tail is no drift.
    private func expectedUnseen(_ reference: CategoryProfile) -> Int64 {
        reference.unseenTotal + Int64(reference.knownCounts.count { $0 == 1 })
    }

    private func outOfRange(_ grid: GridProfile) -> (Int64, Int64) {
        let infinite = grid.positiveInfinity + grid.negativeInfinity
        return (grid.under + grid.over + infinite, grid.count + infinite)
    }

    /// Cramér's V shrinks when one side is much larger, the Jensen-Shannon distance does not: the larger one leads.
    private func categorical(_ reference: [Int64], _ current: [Int64]) -> (DriftMeasure, Double?) {
        var measure = DriftMeasure(statistic: .jensenShannon, floor: policy.minJensenShannon)
        let (old, new) = withoutRare(reference, current)
        guard let distance = ShareDistance(reference: old, current: new) else { return (measure, nil) }
        measure.effect = distance.jensenShannon
        let sizes = (old.reduce(0, +), new.reduce(0, +))
        let isEnough = min(sizes.0, sizes.1) >= policy.minRows
        if let test = ContingencyTest(reference: old, current: new) {
            if test.correctedCramersV / policy.minCramersV > measure.effect / measure.floor {
                measure = DriftMeasure(
                    statistic: .cramersV,
                    effect: test.correctedCramersV,
                    floor: policy.minCramersV
                )
            }
            if isEnough { measure.pValue = test.chiSquareP }
        } else if isEnough {
            measure.pValue = 1  // One category on both sides: nothing can have moved.
        }
        measure.bound = measure.effect
        return (measure, distance.populationStability)
    }

    /// The table with all rare categories in one column, because the chi-square test holds for none of them alone.
    private func withoutRare(_ reference: [Int64], _ current: [Int64]) -> ([Int64], [Int64]) {
        let sizes = (Double(reference.reduce(0, +)), Double(current.reduce(0, +)))
        let smaller = min(sizes.0, sizes.1) / max(1, sizes.0 + sizes.1)
        var (old, new, rest) = ([Int64](), [Int64](), (Int64(0), Int64(0)))
        for (a, b) in zip(reference, current) {
            if Double(a + b) * smaller < ColumnMeasurer.rareCount {
                rest = (rest.0 + a, rest.1 + b)
            } else {
                old.append(a)
                new.append(b)
            }
        }
        return (old + [rest.0], new + [rest.1])
    }

    private func share(
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
