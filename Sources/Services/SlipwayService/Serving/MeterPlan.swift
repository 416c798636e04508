package import SlipwayDomain
package import SlipwayRelease

/// What has to be counted during a step, by the rules of its release.
package struct MeterPlan: Sendable {
    /// The candidate's share in percent, by which chance assigns requests.
    package let percent: Int?
    /// The time within which requests may depend on each other, when the manifest states one.
    package let block: Span?
    /// The latency rules, in the order of the plan.
    package let latencies: [Latency]
    /// The columns by whose values disagreement is counted.
    package let slices: [String]
    /// Whether distributions of scores are kept.
    package let keepsScores: Bool

    /// One latency rule.
    package struct Latency: Sendable {
        package let percentile: Int
        /// Milliseconds; nil when the rule compares with stable.
        package let max: Double?
    }

    /// What a step of a release needs.
    package init(_ plan: ReleasePlan, step: Int) {
        percent = plan.percent(atStep: step)
        block = plan.controls.block
        latencies = plan.analysis.compactMap { rule in
            guard case .latency(let percentile) = rule.metric else { return nil }
            return Latency(percentile: percentile, max: rule.max)
        }
        slices = plan.analysis.compactMap(\.slice)
        keepsScores = plan.analysis.contains { $0.metric == .scoreDrift }
    }

    /// The limit behind the plain count of slow requests.
    var slowAfterMilliseconds: Double? { latencies.first { $0.percentile == 95 && $0.max != nil }?.max }

    /// A ladder of blocks as this plan closes them.
    func ladder() -> TimedLadder { TimedLadder(block: block) }
}
