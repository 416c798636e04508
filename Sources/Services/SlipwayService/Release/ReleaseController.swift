package import Logging
internal import SlipwayDomain
internal import SlipwayPolicy
internal import SlipwayRelease
internal import SlipwayStore

/// Carries out what the release planner asks for, and tells it what happened. Owns the routing table.
///
/// It may die at any point: what was asked for stands in the release's state and is carried out again after a start.
package actor ReleaseController {
    let releases: Releases
    let shelf: ModelShelf
    let routing: RoutingTable
    let runtime: Runtime
    let log: Logger
    /// First requests to a candidate run here.
    let pool: BlockingPool
    /// What gateways are told, and what they counted.
    let feed: GatewayFeed
    /// Digests of versions that were allowed, by model and version.
    var digests: [String: [Int: String]] = [:]
    /// Counts looks at endpoints, so that an old one never stands over a new one.
    var routeLooks = 0
    var newestLooks: [String: Int] = [:]
    /// What manifests said when they were last read for gateways.
    var toldRules: [String: ToldRules] = [:]
    var meters: [ReleaseID: ArmMeter] = [:]
    var lanes: [ReleaseID: CandidateLane] = [:]
    /// The plans whose steps are metered.
    var plans: [ReleaseID: ReleasePlan] = [:]
    /// The newest judgements that were written down.
    var told: [ReleaseID: ToldVerdict] = [:]
    /// What labels said when they were last read.
    var qualities: [ReleaseID: ReadQuality] = [:]
    /// What queries answered in the steps under way.
    var questions: [ReleaseID: QuestionLog] = [:]
    /// Where queries are asked; nil when the operator named no server.
    let metrics: (any MetricSource)?
    /// What each endpoint did since it was last stored.
    var counters: [String: TrafficCounter] = [:]
    /// Models whose stable version could not be loaded.
    var broken: Set<String> = []
    /// Models whose release was under way at the last look: their routes are brought up to date once more at its end.
    private var busy: Set<String> = []
    private var looks = 0

    /// A stable version that could not be loaded is tried again every so many looks.
    private static let looksBetweenRestores = 100
    /// Counts for error budgets are stored, and budgets computed, every so many looks.
    private static let looksBetweenBudgets = 20
    /// Real time between two looks at the releases under way.
    private static let intervalMilliseconds: Int64 = 50
    /// How many looks in a row a way back gets at once: load, weights, unload and the end.
    private static let looksOfAWayBack = 6

    package init(
        releases: Releases,
        shelf: ModelShelf,
        routing: RoutingTable,
        pool: BlockingPool,
        metrics: (any MetricSource)? = nil,
        feed: GatewayFeed = GatewayFeed(),
        runtime: Runtime,
        log: Logger
    ) {
        self.releases = releases
        self.shelf = shelf
        self.routing = routing
        self.pool = pool
        self.metrics = metrics
        self.feed = feed
        self.runtime = runtime
        self.log = log
    }

    /// Loads what serves now, then looks after releases until the task is cancelled.
    package func run() async throws {
        let endpoints = try await releases.database.read { try EndpointTable.all(in: $0) }
        for endpoint in endpoints { await restore(endpoint) }
        for endpoint in endpoints { await warmPrevious(endpoint) }
        try await tellGateways()
        try feed.open()
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.answerTheBell() }
            if let metrics { group.addTask { await self.askAgainAndAgain(metrics) } }
            group.addTask { await self.tellAgainAndAgain() }
            // The others last as long as this does.
            await self.lookAgainAndAgain()
            group.cancelAll()
        }
        try await storeTraffic()
    }

    private func lookAgainAndAgain() async {
        while !Task.isCancelled {
            do {
                try await lookAfterAll()
            } catch is CancellationError {
                // The server is stopping.
            } catch {
                // The next look tries again; nothing was decided.
                log.error("releases could not be looked after: \(error)")
            }
            // Cancellation ends the wait and with it the loop.
            try? await runtime.sleep(Self.intervalMilliseconds)
        }
    }

    /// A way back does not wait for its turn, which may come after another model's long load.
    private func answerTheBell() async {
        for await id in releases.bell.rings {
            do {
                for _ in 0..<Self.looksOfAWayBack {
                    let state = try await releases.state(id)
                    guard !state.isTerminal, state.phase == .rollingBack || state.plan.kind == .rollback else { break }
                    try await lookAfter(state)
                }
            } catch {
                // The ordinary looks go on with it.
                log.error("release \(id) could not be hurried: \(error)")
            }
        }
    }

    /// One look at every release under way.
    package func lookAfterAll() async throws {
        let active = try await releases.database.read { try ReleaseTable.active(in: $0) }
        let isTimeForBudgets = looks % Self.looksBetweenBudgets == 0
        if isTimeForBudgets { try await storeTraffic() }
        for row in active {
            do {
                let state = try await releases.state(row.id)
                // A release hears of its budget before it exposes anybody, and then from time to time.
                if isTimeForBudgets || state.stepIndex == nil {
                    try await tellBudget(of: state)
                    try await lookAfter(releases.state(row.id))
                } else {
                    try await lookAfter(state)
                }
            } catch {
                // The release stays where it is and is looked at again; the others go on.
                log.error("release \(row.id) could not go on: \(error)")
            }
        }
        looks += 1
        if looks % Self.looksBetweenRestores == 0 {
            for model in broken.sorted() {
                let endpoint = try await releases.database.read { try EndpointTable.row(model, in: $0) }
                if let endpoint { await restore(endpoint) }
            }
        }
        let models = Set(active.map(\.model))
        for model in busy.subtracting(models) { try await settle(model) }
        busy = models
    }

    /// A release is over: its routes are set once more, and only what serves or may come back stays in memory.
    private func settle(_ model: String) async throws {
        try await refresh(model)
        guard let endpoint = try await releases.database.read({ try EndpointTable.row(model, in: $0) }) else { return }
        let kept = Set([endpoint.stable, endpoint.previous, endpoint.candidate].compactMap { $0 })
        await shelf.keep(kept, of: model)
    }

    private func lookAfter(_ state: ReleaseState) async throws {
        let plan = state.plan
        var state = state
        guard !state.isTerminal else { return }
        if state.phase == .progressing || state.phase == .paused, state.stepIndex != nil, needsMeter(state) {
            // After a restart the step's counts begin anew: evidence is only ever what was seen.
            try await resetEvidence(of: state, step: state.stepIndex ?? 0)
        }
        for pending in state.pendingEffects where pending.failures == 0 || pending.dueAt <= runtime.now() {
            state = try await carryOut(pending, of: state)
            if state.isTerminal { break }
        }
        // A pause stops the progress, not the protection: the planner goes on to look for proven harm.
        if state.phase == .progressing || state.phase == .paused, let meter = meters[plan.release],
            meter.step == state.stepIndex
        {
            let evidence = try await evidence(of: plan, meter)
            let verdict = Analyst.judge(evidence, under: plan)
            if isNews(verdict, of: plan.release, meter) {
                state = try await releases.apply(.analysed(verdict), to: plan.release)
            }
            state = try await compare(state, evidence)
        }
        if !state.isTerminal { state = try await releases.tick(plan.release) }
        if state.isTerminal {
            forget(plan.release)
        }
        try await refresh(plan.model)
    }

    /// A meter that began in the future was made before the clock was set back.
    private func needsMeter(_ state: ReleaseState) -> Bool {
        guard let meter = meters[state.plan.release] else { return true }
        return meter.since > max(runtime.now(), state.enteredStepAt ?? meter.since)
    }

    private func compare(_ state: ReleaseState, _ counted: AnalysisEvidence) async throws -> ReleaseState {
        let plan = state.plan
        guard plan.strategy == .ab, !state.isTerminal, state.phase == .progressing, state.settledAt != nil,
            let rule = plan.controls.comparison, let stable = plan.stable
        else { return state }
        let arms: (candidate: ComparisonArm, stable: ComparisonArm)
        switch rule.metric {
        case .errorRate:
            arms = (
                try ComparisonArm(observations: counted.candidate.requests, hits: counted.candidate.errors),
                try ComparisonArm(observations: counted.stable?.requests ?? 0, hits: counted.stable?.errors ?? 0)
            )
        case .labelRate:
            let counts = try await releases.database.read { connection in
                try [plan.candidate, stable].map {
                    try PredictionTable.labels(model: plan.model, version: $0, from: counted.from, in: connection)
                }
            }
            arms = (
                try ComparisonArm(observations: counts[0].count, hits: counts[0].ones),
                try ComparisonArm(observations: counts[1].count, hits: counts[1].ones)
            )
        }
        let evidence = ComparisonEvidence(
            step: counted.step,
            from: counted.from,
            to: max(counted.from, runtime.now()),
            candidate: arms.candidate,
            stable: arms.stable
        )
        guard evidence.to - evidence.from >= plan.demands.duration else { return state }
        let verdict = ComparisonVerdict.judge(
            evidence,
            by: rule,
            alpha: plan.alphaShare,
            leastObservations: plan.demands.requests
        )
        return try await releases.apply(.compared(verdict), to: plan.release)
    }
}
