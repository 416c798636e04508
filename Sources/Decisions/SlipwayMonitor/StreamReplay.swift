import SlipwayDomain
package import SlipwayStatistics

/// A stream of windows watched from its beginning, as the live service does it: what would have alerted on a history?
package struct StreamReplay {
    private let analyst: StreamAnalyst
    private let policy: StreamPolicy
    private var earlier: [ObservedWindow] = []
    private var evidence = StreamEvidence()
    /// Where the alert stands.
    package private(set) var state = AlertState()

    package init(reference: WatchedReference, policy: StreamPolicy) {
        analyst = StreamAnalyst(reference: reference, policy: policy)
        self.policy = policy
    }

    /// Judges the next window and returns what people would have been told.
    package mutating func add(
        _ window: ObservedWindow
    ) throws(StatisticsError) -> (verdict: StreamVerdict, signals: [AlertSignal]) {
        let verdict = try analyst.judge(window, earlier: earlier, evidence: evidence)
        evidence = verdict.evidence
        earlier = (earlier + [window]).suffix(policy.together - 1)
        let step = AlertMachine.step(state, verdict.window, now: window.to, policy: policy.drift.persistence)
        state = step.state
        return (verdict, step.signals)
    }
}
