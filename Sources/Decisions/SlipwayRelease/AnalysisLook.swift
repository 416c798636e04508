package import SlipwayDomain

/// What one look at a step found, without the counts: a point of the confidence sequences over time, for pictures.
package struct AnalysisLook: Codable, Hashable, Sendable {
    /// One rule's bounds at the look.
    package struct Bounds: Codable, Hashable, Sendable {
        package let lower: Double
        package let upper: Double
        /// What was observed in the candidate's arm, or how much more than in the stable one; nil with nothing counted.
        package let observed: Double?
    }

    /// The time of the look.
    package let at: Instant
    /// The answer of the look.
    package let verdict: Ruling
    /// In the order of the rules.
    package let bounds: [Bounds]

    /// The most looks that are kept of a step.
    static let most = 48
    /// A look is kept when the step was watched this much longer than at the kept one before.
    private static let stride = 1.25

    init(_ verdict: AnalysisVerdict) {
        at = verdict.evidence.to
        self.verdict = verdict.overall
        bounds = verdict.rules.map { rule in
            let isGap = rule.rule.against == .stable
            let observed = isGap ? rule.candidate.flatMap { here in rule.stable.map { here - $0 } } : rule.candidate
            return Bounds(lower: rule.lower, upper: rule.upper, observed: observed)
        }
    }

    /// The kept looks of a step with one more: all of the beginning, then at growing distances, and each change of the
    /// answer; when there are too many, every second one goes.
    static func adding(_ verdict: AnalysisVerdict, to looks: [AnalysisLook]) -> [AnalysisLook] {
        let look = AnalysisLook(verdict)
        guard let last = looks.last else { return [look] }
        let (before, now) = (last.at - verdict.evidence.from, look.at - verdict.evidence.from)
        let isFar = Double(now.milliseconds) >= max(1000, Double(before.milliseconds) * stride)
        guard look.at > last.at, isFar || look.verdict != last.verdict else { return looks }
        guard looks.count >= most else { return looks + [look] }
        return looks.enumerated().filter { $0.offset % 2 == 1 }.map(\.element) + [look]
    }
}
