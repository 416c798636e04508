import Foundation
import SlipwayStatistics
import Testing

@Suite("Statistics agree with SciPy's reference values within 1e-9")
struct DriftReferenceTests {
    @Test("exact path: every numeric and categorical statistic of a regenerated case", arguments: regeneratedCases)
    func exactPath(name: String) throws {
        let folder = try ReferenceFixture.inputs()
        let reference = try ReferenceFixture.columns(folder.appending(path: "\(name).ref.csv"))
        let current = try ReferenceFixture.columns(folder.appending(path: "\(name).cur.csv"))
        var pValues: [(column: ReferenceColumn, p: Double)] = []
        for (columnName, column) in try ReferenceColumn.all(name) {
            let x = try #require(reference[columnName])
            let y = try #require(current[columnName])
            #expect(column.values["missing"] as? [Int] == [x.count { $0 == nil }, y.count { $0 == nil }])
            let p =
                column.isNumeric
                ? try numeric(
                    column,
                    x.compactMap { $0.flatMap(Double.init) },
                    y.compactMap { $0.flatMap(Double.init) }
                )
                : try categorical(column, x, y)
            if column.number("bh_adjusted_p") != nil { pValues.append((column, try #require(p))) }
        }
        #expect(!pValues.isEmpty)
        for (adjusted, (column, _)) in zip(FalseDiscoveryRate.adjusted(pValues.map(\.p)), pValues) {
            column.expect("bh_adjusted_p", adjusted)
        }
    }

    private func numeric(_ column: ReferenceColumn, _ x: [Double], _ y: [Double]) throws -> Double? {
        let (reference, current) = (SortedSample(x), SortedSample(y))
        #expect(column.values["n"] as? Int == reference.count)
        #expect(column.values["m"] as? Int == current.count)
        let distance = try #require(SampleDistance(reference: reference, current: current))
        let d = distance.kolmogorovSmirnov
        column.expect("ks_stat", d, relative: true)
        let p = KolmogorovSmirnovTest.asymptoticP(statistic: d, reference.count, current.count)
        column.expect("ks_p_asymp", p)
        if (column.number("ks_p_asymp") ?? 0) > 1e-200 { column.expect("ks_p_asymp", p, relative: true) }
        column.expect("ks_p_auto", KolmogorovSmirnovTest.p(statistic: d, reference.count, current.count))
        column.expect("wasserstein", distance.wasserstein, relative: true)
        column.expect("energy_distance", distance.energy, relative: true)
        column.expect("cramer_von_mises", distance.cramerVonMises)
        column.expect("mannwhitney_p", RankSumTest.p(reference: reference, current: current))
        let (before, after) = (Moments(x), Moments(y))
        column.expect("ref_std_ddof0", before.populationDeviation, relative: true)
        let floored = max(before.populationDeviation ?? 0, 1e-3)
        column.expect("wasserstein_over_refstd_floor1e-3", distance.wasserstein / floored, relative: true)
        let comparison = MeanComparison(reference: before, current: after)
        column.expect("welch_t_p", comparison?.welchP)
        column.expect("cohen_d", comparison?.cohenD)
        moments(column, [before, after])
        let deciles = reference.distinctQuantiles(steps: 10)
        // Foundation reads JSON numbers to the last digit or the one before it; the counts below are compared exactly.
        let expected = try #require(column.numbers("deciles_ref"))
        #expect(expected.count == deciles.count, "\(column.place) deciles")
        #expect(zip(expected, deciles).allSatisfy { abs($0 - $1) <= 1e-15 * abs($1) }, "\(column.place) deciles")
        let counts = [reference.counts(between: deciles), current.counts(between: deciles)]
        #expect(column.pairs("decile_counts") == counts, "\(column.place) decile counts")
        return p
    }

    private func moments(_ column: ReferenceColumn, _ sides: [Moments]) {
        guard let expected = column.values["moments"] as? [[NSNumber]] else { return }
        for (side, values) in zip(sides, expected) {
            let actual = [side.mean, side.variance, side.skewness, side.excessKurtosis, side.minimum, side.maximum]
            for (a, b) in zip(actual, values) {
                let scale = max(1, abs(b.doubleValue))
                #expect(abs((a ?? .nan) - b.doubleValue) <= 1e-9 * scale, "\(column.place) moments \(actual) \(values)")
            }
        }
    }

    private func categorical(_ column: ReferenceColumn, _ x: [String?], _ y: [String?]) throws -> Double? {
        let reference = try CategoryProfile(reference: x)
        var current = CategoryProfile.emptyLike(reference)
        for value in y { current.add(value) }
        let aligned = CategoryAlignment(reference: reference, current: current)
        #expect(column.values["categories"] as? Int == aligned.names.count)
        if let counts = column.values["counts"] as? [String: [Int64]] {
            for (name, a, b) in zip3(aligned) { #expect(counts[name] == [a, b], "\(column.place) \(name)") }
        }
        shares(column, aligned.reference, aligned.current, suffix: "")
        if let t = column.number("two_proportion_z") {
            let place = try #require(aligned.names.firstIndex(of: "true"))
            let result = try #require(
                ProportionTest.twoProportions(
                    reference: (aligned.reference[place], reference.count),
                    current: (aligned.current[place], current.count)
                )
            )
            #expect(abs(result.z - t) <= 1e-9)
            column.expect("two_proportion_p", result.p)
        }
        return ContingencyTest(reference: aligned.reference, current: aligned.current)?.chiSquareP
    }

    private func zip3(_ aligned: CategoryAlignment) -> [(String, Int64, Int64)] {
        zip(aligned.names, zip(aligned.reference, aligned.current)).map { ($0 ?? "", $1.0, $1.1) }
    }

    @Test("shares: PSI, JS, Hellinger, chi-square, Cramér's V from the stored counts of all cases", arguments: allCases)
    func storedCounts(name: String) throws {
        var compared = 0
        for (_, column) in try ReferenceColumn.all(name) {
            if let counts = column.pairs("decile_counts") {
                shares(column, counts[0], counts[1], suffix: "_ref_deciles")
                compared += 1
            } else if let counts = column.values["counts"] as? [String: [Int64]] {
                let sorted = counts.sorted { $0.key < $1.key }.map(\.value)
                shares(column, sorted.map { $0[0] }, sorted.map { $0[1] }, suffix: "")
                compared += 1
            }
        }
        #expect(compared > 0)
    }

    private func shares(_ column: ReferenceColumn, _ x: [Int64], _ y: [Int64], suffix: String) {
        let distance = ShareDistance(reference: x, current: y)
        column.expect("psi\(suffix)_eps1e-4", distance?.populationStability)
        column.expect("js_distance_base2\(suffix)", distance?.jensenShannon)
        column.expect("js_distance_nats", distance?.jensenShannonNats)
        column.expect("hellinger\(suffix)", distance?.hellinger)
        column.expect("l_infinity", distance?.lInfinity)
        column.expect("tvd", distance?.totalVariation)
        let test = ContingencyTest(reference: x, current: y)
        column.expect("chi2\(suffix)", test?.chiSquare)
        column.expect("chi2_p\(suffix)", test?.chiSquareP)
        column.expect("chi2_df", test.map { Double($0.degreesOfFreedom) })
        column.expect("g_test", test?.likelihoodRatio)
        column.expect("g_test_p", test?.likelihoodRatioP)
        column.expect("cramers_v", test?.cramersV)
        column.expect("cramers_v_bias_corrected", test?.correctedCramersV)
    }

    @Test("p-values from the stored statistics of all cases, without their inputs", arguments: allCases)
    func storedStatistics(name: String) throws {
        for (_, column) in try ReferenceColumn.all(name) where column.isNumeric {
            let n = try #require(column.values["n"] as? Int)
            let m = try #require(column.values["m"] as? Int)
            let d = try #require(column.number("ks_stat"))
            column.expect("ks_p_asymp", KolmogorovSmirnovTest.asymptoticP(statistic: d, n, m))
            if n == m { column.expect("ks_p_auto", KolmogorovSmirnovTest.p(statistic: d, n, m)) }
        }
    }

    @Test("grid path: deciles are exact, KS and Wasserstein within their stated bounds", arguments: regeneratedCases)
    func gridPath(name: String) throws {
        let folder = try ReferenceFixture.inputs()
        let reference = try ReferenceFixture.columns(folder.appending(path: "\(name).ref.csv"))
        let current = try ReferenceFixture.columns(folder.appending(path: "\(name).cur.csv"))
        for (columnName, column) in try ReferenceColumn.all(name) where column.isNumeric {
            let x = try #require(reference[columnName]).map { $0.flatMap(Double.init) }
            let y = try #require(current[columnName]).map { $0.flatMap(Double.init) }
            let profile = try GridProfile(reference: x)
            var now = GridProfile.emptyLike(profile)
            for value in y { now.add(value) }
            let distance = try #require(try GridDistance(reference: profile, current: now))
            column.expect("psi_ref_deciles_eps1e-4", distance.deciles.populationStability)
            column.expect("js_distance_base2_ref_deciles", distance.deciles.jensenShannon)
            #expect(column.pairs("decile_counts") == [profile.decileCounts, now.decileCounts], "\(column.place)")
            let d = try #require(column.number("ks_stat"))
            #expect(distance.kolmogorovSmirnov <= d + 1e-12, "\(column.place)")
            #expect(distance.kolmogorovSmirnovLimit >= d - 1e-12, "\(column.place)")
            let w = try #require(column.number("wasserstein"))
            #expect(abs(distance.wasserstein - w) <= distance.wassersteinError + 1e-9 * max(1, w), "\(column.place)")
            #expect(profile.grid.edges.count <= 256)
            if profile.isExact, now.isExact {
                #expect(abs(distance.kolmogorovSmirnov - d) < 1e-12, "\(column.place)")
                #expect(abs(distance.wasserstein - w) < 1e-9 * max(1, w), "\(column.place)")
                #expect(distance.wassersteinError == 0)
            }
        }
    }

    @Test(
        "profile path: counted by prefixes, against the reference and apart from it, within the stated bounds",
        arguments: regeneratedCases
    )
    func profilePath(name: String) throws {
        let folder = try ReferenceFixture.inputs()
        let reference = try ReferenceFixture.columns(folder.appending(path: "\(name).ref.csv"))
        let current = try ReferenceFixture.columns(folder.appending(path: "\(name).cur.csv"))
        for (columnName, column) in try ReferenceColumn.all(name) where column.isNumeric {
            let x = try #require(reference[columnName]).map { $0.flatMap(Double.init) }
            let y = try #require(current[columnName]).map { $0.flatMap(Double.init) }
            let old = try NumericProfile(reference: x)
            var against = NumericProfile.emptyLike(old)
            for value in y { against.add(value) }
            for new in [against, try NumericProfile(reference: y)] {
                let (a, b) = try NumericProfile.aligned(old, new)
                let distance = try #require(try GridDistance(reference: a, current: b))
                let d = try #require(column.number("ks_stat"))
                #expect(distance.kolmogorovSmirnov <= d + 1e-12, "\(column.place)")
                #expect(distance.kolmogorovSmirnovLimit >= d - 1e-12, "\(column.place)")
                let w = try #require(column.number("wasserstein"))
                #expect(
                    abs(distance.wasserstein - w) <= distance.wassersteinError + 1e-9 * max(1, w),
                    "\(column.place)"
                )
                if a.isExact, b.isExact { #expect(abs(distance.kolmogorovSmirnov - d) < 1e-12, "\(column.place)") }
            }
            // Up to 4,096 values nothing is cut off, so the deciles are those of the sorted values.
            if let prefixes = old.prefixes, prefixes.shift == 0 {
                #expect(old.grid.decileCounts == column.pairs("decile_counts")?.first, "\(column.place)")
                let counts = against.grid.decileCounts
                column.expect(
                    "psi_ref_deciles_eps1e-4",
                    ShareDistance(reference: old.grid.decileCounts, current: counts)?.populationStability
                )
            }
        }
    }
}
