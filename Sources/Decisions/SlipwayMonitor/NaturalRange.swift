/// How far windows of the reference itself are from the whole: rows in the order of time depend on each other, and what
/// a column does by itself is no alarm.
package struct NaturalRange: Codable, Hashable, Sendable {
    /// For each column, for each statistic by its name, the largest effect that a window of the reference had and that
    /// chance does not explain.
    package private(set) var effects: [String: [String: Double]] = [:]

    /// Nothing moves by itself: independent rows.
    package init() {}

    /// The least effect of a test that counts: the policy's, or what the column does by itself.
    func floor(of test: DriftTest, in column: String) -> Double {
        max(test.floor, Self.margin * (effects[column]?[test.statistic.rawValue] ?? 0))
    }

    /// A window of the future may be further away than the furthest of the past.
    private static let margin = 1.5

    /// What a column's shares do by themselves: of its distribution, and of what is wrong with its values.
    func of(_ column: String) -> (distribution: Double, trouble: Double) {
        var (distribution, trouble) = (0.0, 0.0)
        for statistic in DriftTest.Statistic.allCases {
            let effect = Self.margin * (effects[column]?[statistic.rawValue] ?? 0)
            if statistic.isDistribution {
                distribution = max(distribution, effect)
            } else {
                trouble = max(trouble, effect)
            }
        }
        return (distribution, trouble)
    }

    /// Takes notice of a window of the reference.
    package mutating func observe(_ verdict: DriftVerdict) {
        for column in verdict.columns {
            for test in column.tests {
                guard let p = test.adjustedP, p <= Self.chance else { continue }
                let known = effects[column.name]?[test.statistic.rawValue] ?? 0
                if test.effect > known { effects[column.name, default: [:]][test.statistic.rawValue] = test.effect }
            }
        }
    }

    /// Effects that are likelier than this are put down to chance.
    private static let chance = 0.001

    /// The verdict without the drift of columns that are within their natural range.
    func forgiving(_ verdict: DriftVerdict) -> DriftVerdict {
        guard !effects.isEmpty, !verdict.drifted.isEmpty else { return verdict }
        let columns = verdict.columns.map { column -> ColumnDrift in
            guard column.verdict == .drifted,
                !column.tests.contains(where: { $0.verdict == .drifted && $0.effect >= floor(of: $0, in: column.name) })
            else { return column }
            return ColumnDrift(
                name: column.name,
                kind: column.kind,
                verdict: .stable,
                psi: column.psi,
                tests: column.tests,
                sentence: column.sentence + " The reference moves as far by itself."
            )
        }
        let drifted = columns.filter { $0.verdict == .drifted }
        guard drifted.count < verdict.drifted.count else { return verdict }
        let named = drifted.prefix(5).map { "\($0.name) (\(Figures.text($0.leading?.effect ?? 0)))" }
        let many = verdict.drifted.count - drifted.count
        let rest = "\(many) \(many == 1 ? "moves" : "move") no further than the reference does by itself."
        return DriftVerdict(
            verdict: drifted.isEmpty ? .stable : .drifted,
            rows: verdict.rows,
            columns: drifted + columns.filter { $0.verdict != .drifted },
            tests: verdict.tests,
            sentence: drifted.isEmpty
                ? "None of \(columns.count) columns drifted over \(verdict.rows) rows; \(rest)"
                : "\(drifted.count) of \(columns.count) columns drifted over \(verdict.rows) rows: "
                    + named.joined(separator: ", ") + "; \(rest)"
        )
    }
}
