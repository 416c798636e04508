package import Logging
internal import SlipwayDomain
internal import SlipwayPolicy
internal import SlipwayRelease
internal import SlipwayStore

/// Carries out what the release planner asks for, and tells it what happened. Owns the routing table.
///
/// It may die at any point: what was asked for stands in the release's state and is carried out again after a start.
package actor ReleaseController {
    private let releases: Releases
    private let shelf: ModelShelf
    private let routing: RoutingTable
    private let runtime: Runtime
    private let log: Logger
    private var meters: [ReleaseID: ArmMeter] = [:]
    /// Models whose release was under way at the last look: their routes are brought up to date once more at its end.
    private var busy: Set<String> = []

    /// Models whose stable version could not be loaded.
    private var broken: Set<String> = []
    private var looks = 0
    /// A stable version that could not be loaded is tried again every so many looks.
    private static let looksBetweenRestores = 100

    /// Real time between two looks at the releases under way.
    private static let intervalMilliseconds: Int64 = 50

    package init(releases: Releases, shelf: ModelShelf, routing: RoutingTable, runtime: Runtime, log: Logger) {
        self.releases = releases
        self.shelf = shelf
        self.routing = routing
        self.runtime = runtime
        self.log = log
    }

    /// Loads what serves now, then looks after releases until the task is cancelled.
    package func run() async throws {
        for endpoint in try await releases.database.read({ try EndpointTable.all(in: $0) }) {
            await restore(endpoint)
        }
        while !Task.isCancelled {
            do {
                try await lookAfterAll()
            } catch {
                // The next look tries again; nothing was decided.
                log.error("releases could not be looked after: \(error)")
            }
            // Cancellation ends the wait and with it the loop.
            try? await runtime.sleep(Self.intervalMilliseconds)
        }
    }

    /// One look at every release under way.
    package func lookAfterAll() async throws {
        let active = try await releases.database.read { try ReleaseTable.active(in: $0) }
        for row in active {
            do {
                try await lookAfter(Releases.state(row))
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
        for model in busy.subtracting(models) { try await refresh(model) }
        busy = models
    }

    private func restore(_ endpoint: EndpointRow) async {
        for version in [endpoint.stable, endpoint.candidate].compactMap({ $0 }) {
            do {
                _ = try await load(version, of: endpoint.model)
            } catch {
                log.error("\(endpoint.model)@\(version) cannot be served: \(error)")
            }
        }
        await route(endpoint, meter: nil)
    }

    private func lookAfter(_ state: ReleaseState) async throws {
        let plan = state.plan
        var state = state
        if state.phase == .progressing || state.phase == .paused, meters[plan.release] == nil {
            // After a restart the step's counts begin anew: evidence is only ever what was seen.
            try await resetEvidence(of: plan, step: state.stepIndex ?? 0)
        }
        for pending in state.pendingEffects where pending.failures == 0 || pending.dueAt <= runtime.now() {
            state = try await carryOut(pending, of: state)
            if state.isTerminal { break }
        }
        // A pause stops the progress, not the protection: the planner goes on to look for proven harm.
        if state.phase == .progressing || state.phase == .paused, let meter = meters[plan.release],
            meter.step == state.stepIndex
        {
            let evidence = try meter.evidence(hasStable: plan.stable != nil, now: runtime.now())
            state = try await releases.apply(.analysed(Analyst.judge(evidence, under: plan)), to: plan.release)
        }
        if !state.isTerminal { state = try await releases.apply(.tick, to: plan.release) }
        if state.isTerminal { meters[plan.release] = nil }
        try await refresh(plan.model)
    }

    private func carryOut(_ pending: PendingEffect, of state: ReleaseState) async throws -> ReleaseState {
        let plan = state.plan
        do {
            switch pending.effect {
            case .loadVersion(let version):
                _ = try await load(version, of: plan.model, decision: plan.decision)
            case .setWeights(let percent):
                try await releases.database.write { connection in
                    try EndpointTable.setPercent(
                        percent,
                        model: plan.model,
                        release: plan.release.text,
                        effect: (pending.id.revision, pending.id.index),
                        in: connection
                    )
                }
                try await refresh(plan.model)
            case .resetEvidence(let step):
                try await resetEvidence(of: plan, step: step)
            case .unloadVersion(let version):
                try await unload(version, of: plan)
            }
            return try await releases.apply(.effectCompleted(pending.id), to: plan.release)
        } catch {
            log.warning("release \(plan.release): \(pending.effect) failed: \(error)")
            let reason = (error as? ServiceError)?.message ?? "internal error, see the server's log"
            return try await releases.apply(.effectFailed(pending.id, reason: reason), to: plan.release)
        }
    }

    private func resetEvidence(of plan: ReleasePlan, step: Int) async throws {
        let slow = plan.analysis.first { $0.metric == .latencyP95 }?.max
        meters[plan.release] = ArmMeter(step: step, since: runtime.now(), slowAfterMilliseconds: slow)
        try await refresh(plan.model)
    }

    /// Loads a version that a decision allows, and only the file that the decision was about.
    private func load(_ version: Int, of model: String, decision entry: EntryID? = nil) async throws -> LoadedVersion {
        let json = try await releases.database.read { connection in
            let entry = try entry ?? Releases.decision(behind: version, of: model, in: connection)
            return try entry.flatMap { try GovernanceTable.decision($0, in: connection) }
        }
        guard let json else {
            throw ServiceError.forbidden("\(model)@\(version) has no decision that allows it in production")
        }
        let decision = try JSONValue(parsing: Array(json.utf8)).decode(Decision.self)
        guard decision.allowed, decision.version == version, decision.model == model else {
            throw ServiceError.forbidden("the decision does not allow \(model)@\(version) in production")
        }
        return try await shelf.load(model: model, version: version, digest: decision.artifactDigest)
    }

    private func unload(_ version: Int, of plan: ReleasePlan) async throws {
        let endpoint = try await releases.database.read { try EndpointTable.row(plan.model, in: $0) }
        // What still serves, or is what a rollback would go to next, stays in memory.
        let kept = [endpoint?.stable, endpoint?.candidatePercent == 0 ? nil : endpoint?.candidate]
        guard !kept.contains(version) else { return }
        await shelf.unload(model: plan.model, version: version)
    }

    /// Brings the routing table up to what is stored.
    private func refresh(_ model: String) async throws {
        guard let endpoint = try await releases.database.read({ try EndpointTable.row(model, in: $0) }) else { return }
        await route(endpoint, meter: endpoint.release.flatMap { meters[ReleaseID($0)] })
    }

    private func route(_ endpoint: EndpointRow, meter: ArmMeter?) async {
        let stable = await shelf.version(endpoint.stable, of: endpoint.model)
        // A candidate never takes over because the stable version is missing: then nobody answers, and it is tried again.
        let isWhole = endpoint.stable == nil || stable != nil
        if isWhole { broken.remove(endpoint.model) } else { broken.insert(endpoint.model) }
        let candidate = isWhole ? await shelf.version(endpoint.candidate, of: endpoint.model) : nil
        routing.set(
            Endpoint(
                model: endpoint.model,
                stable: stable,
                candidate: candidate,
                candidatePercent: endpoint.candidatePercent,
                salt: endpoint.release ?? "",
                meter: meter
            )
        )
    }
}
