internal import SlipwayDomain

/// Prometheus queries: no statistics, because nobody here knows what the numbers are made of. The rule is stated in
/// answers instead: three in a row over the limit fail, three in a row within it pass, and no answer is never a pass.
extension RuleJudge {
    /// How many answers in a row decide.
    static let answersInARow = 3

    func queryRuling() -> (Ruling, [QueryAnswer], Int) {
        guard let mine = (details.queries ?? []).first(where: { $0.query == rule.query }) else {
            return (.notEnoughData, [], 0)
        }
        let newest = Array(mine.answers.suffix(Self.answersInARow))
        let values = newest.compactMap(\.value)
        guard values.count == Self.answersInARow else { return (.notEnoughData, newest, mine.answered) }
        if values.allSatisfy({ $0 > rule.limit }) { return (.fail, newest, mine.answered) }
        guard evidence.to - evidence.from >= demands.duration else {
            return (.notEnoughData, newest, mine.answered)
        }
        return (values.allSatisfy { $0 <= rule.limit } ? .pass : .inconclusive, newest, mine.answered)
    }

    func queryVerdict() -> RuleVerdict {
        let (ruling, newest, answered) = queryRuling()
        let values = newest.compactMap(\.value)
        let failure = newest.last?.failure.map { "the newest question failed: \($0)" }
        return RuleVerdict(
            rule: rule,
            ruling: ruling,
            candidate: values.last,
            stable: nil,
            lower: values.min() ?? 0,
            upper: values.max() ?? 0,
            limit: rule.limit,
            count: answered,
            note: failure
        )
    }
}
