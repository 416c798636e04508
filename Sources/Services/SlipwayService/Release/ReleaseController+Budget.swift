internal import Logging
internal import SlipwayDomain
internal import SlipwayPolicy
internal import SlipwayRelease
internal import SlipwayStore

/// Error budgets: what the endpoints did is stored by the hour, and tells releases how fast they may go.
extension ReleaseController {
    func counter(of model: String) async -> TrafficCounter {
        if let counter = counters[model] { return counter }
        var limit: Double?
        do {
            limit = try await releases.governance.manifest(of: model)?.spec.objectives?.latencyP95
        } catch {
            // Without a limit nothing counts as slow; errors are counted all the same.
            log.error("the objectives of \(model) could not be read: \(error)")
        }
        if let counter = counters[model] { return counter }
        let counter = TrafficCounter(slowAfterMilliseconds: limit)
        counters[model] = counter
        return counter
    }

    /// Adds what was counted to the store.
    func storeTraffic() async throws {
        var sums: [(model: String, sums: EndpointSums)] = []
        for (model, counter) in counters.sorted(by: { $0.key < $1.key }) {
            let counts = counter.take()
            guard counts.requests > 0 else { continue }
            sums.append((model, EndpointSums(requests: counts.requests, errors: counts.errors, slow: counts.slow)))
        }
        guard !sums.isEmpty else { return }
        let time = runtime.now()
        try await releases.database.write { [sums] connection in
            for (model, sums) in sums { try EndpointHourTable.add(sums, model: model, at: time, in: connection) }
        }
    }

    /// Tells a release what its endpoint's budget lets it do.
    func tellBudget(of state: ReleaseState) async throws {
        let plan = state.plan
        guard let objectives = try await releases.governance.manifest(of: plan.model)?.spec.objectives else { return }
        let now = runtime.now()
        let since = Instant(milliseconds: now.milliseconds - objectives.window.milliseconds)
        let sums = try await releases.database.read {
            try EndpointHourTable.sums(model: plan.model, from: since, to: now, in: $0)
        }
        let counts = BudgetCounts(requests: sums.requests, errors: sums.errors, slow: sums.slow)
        let hasLatency = objectives.latencyP95 != nil
        let pace = ErrorBudget.pace(
            counts,
            availability: objectives.availability,
            hasLatency: hasLatency,
            policy: plan.controls.budget
        )
        let left = ErrorBudget.left(counts, availability: objectives.availability, hasLatency: hasLatency)
        let percent = left.map { Int(max(-1_000_000, min(100, ($0 * 100).rounded(.down)))) }
        // Told only when the pace changes: the number behind it moves with every request.
        guard pace != state.surroundings?.pace ?? .normal else { return }
        _ = try await releases.apply(
            .surroundings(ReleaseSurroundings(pace: pace, budgetPercent: percent)),
            to: plan.release
        )
    }
}
