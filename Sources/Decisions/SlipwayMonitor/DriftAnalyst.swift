package import SlipwayStatistics

/// Compares a profile of live data with the reference: effect and significance, corrected over all tests.
package enum DriftAnalyst {
    /// The verdict on every watched column and on the whole; throws when the profiles do not belong together.
    ///
    /// `isMultivariate` also asks whether rows can be told apart by all columns together, where both sides have a sample.
    package static func judge(
        reference: DatasetProfile,
        current: DatasetProfile,
        policy: DriftPolicy = .standard,
        isMultivariate: Bool = false
    ) throws(StatisticsError) -> DriftVerdict {
        let evidence = try DriftEvidence(
            reference: reference,
            current: current,
            policy: policy,
            isMultivariate: isMultivariate
        )
        return verdict(evidence, adjusted: FalseDiscoveryRate.adjusted(evidence.pValues), policy: policy)
    }

    /// The verdict on one comparison whose p-values were corrected, perhaps together with those of others.
    static func verdict(_ evidence: DriftEvidence, adjusted: [Double], policy: DriftPolicy) -> DriftVerdict {
        var next = 0
        func take(_ p: Double?) -> Double? {
            guard p != nil else { return nil }
            next += 1
            return adjusted[next - 1]
        }
        let columns = evidence.columns.map { item in
            let tests = item.measures.tests.map { measure in
                test(measure, adjustedP: take(measure.decides ? measure.pValue : nil), policy: policy)
            }
            return column(item.column.name, item.column.profile.kind, tests, item.measures)
        }
        let multivariate = evidence.multivariate.map {
            $0.drift(adjustedP: take($0.classifier?.pValue), policy: policy)
        }
        let vectors = evidence.vectors.map { measure in
            measure.drift(adjusted: measure.pValues.compactMap { take($0) }, policy: policy)
        }
        return summary(
            columns.sorted { rank($0) < rank($1) },
            rows: evidence.rows,
            tests: adjusted.count,
            policy: policy,
            multivariate: multivariate,
            vectors: vectors
        )
    }

    private static func test(_ measure: DriftMeasure, adjustedP: Double?, policy: DriftPolicy) -> DriftTest {
        let verdict: DriftVerdict.Verdict =
            if let adjustedP {
                if adjustedP <= policy.falseDiscoveryRate, measure.effect >= measure.floor {
                    .drifted
                } else if measure.bound >= measure.floor, let p = measure.boundP, p <= policy.falseDiscoveryRate,
                    measure.effect < measure.floor
                {
                    .cannotTell
                } else {
                    .stable
                }
            } else {
                measure.decides ? .cannotTell : .stable
            }
        return DriftTest(
            statistic: measure.statistic,
            effect: measure.effect,
            bound: measure.bound,
            floor: measure.floor,
            pValue: measure.pValue,
            adjustedP: adjustedP,
            verdict: verdict
        )
    }

    private static func column(
        _ name: String,
        _ kind: ColumnKind,
        _ tests: [DriftTest],
        _ measures: ColumnMeasures
    ) -> ColumnDrift {
        let drifted = tests.filter { $0.verdict == .drifted }.sorted {
            ($0.statistic.isDistribution ? 0 : 1, -$0.strength) < ($1.statistic.isDistribution ? 0 : 1, -$1.strength)
        }
        let ordered = drifted + tests.filter { $0.verdict != .drifted }
        let verdict: DriftVerdict.Verdict =
            drifted.isEmpty ? tests.first { $0.statistic.isDistribution }?.verdict ?? .cannotTell : .drifted
        let psi = measures.distances.populationStability
        let stability = psi.map { ", PSI \(Figures.text($0))" } ?? ""
        let sentence =
            switch (verdict, ordered.first) {
            case (.stable, _) where measures.note != nil: "\(name): \(measures.note ?? "")."
            case (.drifted, _): "\(name) drifted: \(drifted.map(phrase).joined(separator: "; "))\(stability)."
            case (.stable, let test?): "\(name) is stable: \(phrase(test))\(stability)."
            case (.cannotTell, let test?) where test.pValue != nil:
                "\(name) cannot be told: \(phrase(test)), and up to \(Figures.text(test.bound)) inside a bin."
            default: "\(name) cannot be told: too few values."
            }
        return ColumnDrift(
            name: name,
            kind: kind,
            verdict: verdict,
            psi: psi,
            tests: ordered,
            sentence: sentence,
            distances: measures.distances
        )
    }

    private static func phrase(_ test: DriftTest) -> String {
        let change = test.statistic.isDistribution ? "" : " changed by"
        let p = test.adjustedP.map { " (from \(Figures.text(test.floor)) it counts), p \(Figures.chance($0))" } ?? ""
        return "\(test.statistic.words)\(change) \(Figures.text(test.effect))\(p)"
    }

    /// Drifted first, then by strength; the name decides between equals, so that equal inputs give equal bytes.
    private static func rank(_ column: ColumnDrift) -> (Int, Double, String) {
        let place =
            switch column.verdict {
            case .drifted: 0
            case .cannotTell: 2
            case .stable: 1
            }
        return (place, -column.strength, column.name)
    }

    private static func summary(
        _ columns: [ColumnDrift],
        rows: Int64,
        tests: Int,
        policy: DriftPolicy,
        multivariate: MultivariateDrift?,
        vectors: [VectorDrift]
    ) -> DriftVerdict {
        let drifted = columns.filter { $0.verdict == .drifted }
        let verdict: DriftVerdict.Verdict
        let sentence: String
        if !drifted.isEmpty {
            verdict = .drifted
            let named = drifted.prefix(5).map { "\($0.name) (\(Figures.text($0.leading?.effect ?? 0)))" }
            let more = drifted.count > 5 ? " and \(drifted.count - 5) more" : ""
            sentence =
                "\(drifted.count) of \(columns.count) columns drifted over \(rows) rows: "
                + named.joined(separator: ", ") + more + "."
        } else if let vector = vectors.first(where: { $0.verdict == .drifted }) {
            verdict = .drifted
            sentence = "A column of vectors drifted over \(rows) rows. \(vector.sentence)"
        } else if let multivariate, multivariate.verdict == .drifted {
            verdict = .drifted
            sentence =
                "None of \(columns.count) columns drifted over \(rows) rows, but they no longer go together as they did. "
                + multivariate.sentence
        } else if columns.contains(where: { $0.verdict == .stable })
            || vectors.contains(where: { $0.verdict == .stable })
        {
            verdict = .stable
            sentence = "None of \(columns.count + vectors.count) columns drifted over \(rows) rows."
        } else {
            verdict = .cannotTell
            sentence = "\(rows) rows are too few to tell: a verdict needs \(policy.minRows) on both sides."
        }
        return DriftVerdict(
            verdict: verdict,
            rows: rows,
            columns: columns,
            tests: tests,
            sentence: sentence,
            multivariate: multivariate,
            vectors: vectors.isEmpty ? nil : vectors
        )
    }
}
