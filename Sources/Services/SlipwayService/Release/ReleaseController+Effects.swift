internal import Logging
internal import SlipwayDomain
internal import SlipwayPolicy
internal import SlipwayRelease
internal import SlipwayStore

/// Carrying out effects, and keeping the routing table as the store says.
extension ReleaseController {
    func carryOut(_ pending: PendingEffect, of state: ReleaseState) async throws -> ReleaseState {
        let plan = state.plan
        do {
            switch pending.effect {
            case .loadVersion(let version):
                _ = try await load(version, of: plan.model, decision: plan.decision)
            case .probeVersion(let version):
                try await probe(version, of: plan)
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
                try await resetEvidence(of: state, step: step)
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

    func resetEvidence(of state: ReleaseState, step: Int) async throws {
        let plan = state.plan
        // Another controller's clock may be ahead of this one; what is counted from here on came after its word.
        let since = max(runtime.now(), state.enteredStepAt ?? runtime.now())
        meters[plan.release] = ArmMeter(plan, step: step, since: since)
        plans[plan.release] = plan
        (qualities[plan.release], questions[plan.release]) = (nil, nil)
        feed.begin(plan.release, GatewayEndpoint.Step(step: step, since: since))
        try await refresh(plan.model)
    }

    /// Asks a loaded version once, with zeros of the shape that it takes; that it refuses zeros is no failure.
    private func probe(_ version: Int, of plan: ReleasePlan) async throws {
        let loaded = try await load(version, of: plan.model, decision: plan.decision)
        let inputs = loaded.model.inputs.compactMap(Tensor.init(zerosFor:))
        guard inputs.count == loaded.model.inputs.count else { return }
        do {
            _ = try await pool.run {
                try loaded.model.run(inputs, outputs: nil, timeoutMilliseconds: 10_000)
            }
        } catch let error as ServiceError where error.kind == .invalid {
            return
        }
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
        if let digest = decision.artifactDigest { digests[model, default: [:]][version] = digest }
        let loaded = try await shelf.load(model: model, version: version, digest: decision.artifactDigest)
        digests[model, default: [:]][version] = loaded.digest
        return loaded
    }

    private func unload(_ version: Int, of plan: ReleasePlan) async throws {
        let endpoint = try await releases.database.read { try EndpointTable.row(plan.model, in: $0) }
        // What still serves, or is what a rollback would go to next, stays in memory.
        let kept = [
            endpoint?.stable, endpoint?.previous, endpoint?.candidatePercent == 0 ? nil : endpoint?.candidate,
        ]
        guard !kept.contains(version) else { return }
        await shelf.unload(model: plan.model, version: version)
    }

    func restore(_ endpoint: EndpointRow) async {
        for version in [endpoint.stable, endpoint.candidate].compactMap({ $0 }) {
            do {
                _ = try await load(version, of: endpoint.model)
            } catch {
                log.error("\(endpoint.model)@\(version) cannot be served: \(error)")
            }
        }
        await route(endpoint, release: nil, look: nextLook())
    }

    /// What a rollback would go to is made ready after everything that serves.
    func warmPrevious(_ endpoint: EndpointRow) async {
        guard let previous = endpoint.previous, previous != endpoint.stable else { return }
        do {
            _ = try await load(previous, of: endpoint.model)
        } catch {
            // A rollback loads it again, or says why it cannot.
            log.warning("\(endpoint.model)@\(previous) could not be made ready for a rollback: \(error)")
        }
    }

    /// Brings the routing table up to what is stored.
    func refresh(_ model: String) async throws {
        let look = nextLook()
        let (row, release) = try await releases.database.read { [known = releases.known] connection in
            (
                try EndpointTable.row(model, in: connection),
                try ReleaseTable.active(model: model, in: connection).map(known.state)
            )
        }
        if let row { await route(row, release: release, look: look) }
    }

    private func nextLook() -> Int {
        routeLooks += 1
        return routeLooks
    }

    /// Sets what was read at `look`, unless somebody who read later was faster.
    private func route(_ endpoint: EndpointRow, release: ReleaseState?, look: Int) async {
        let stable = await shelf.version(endpoint.stable, of: endpoint.model)
        // A candidate never takes over because the stable version is missing: then nobody answers, and it is tried again.
        let isWhole = endpoint.stable == nil || stable != nil
        if isWhole { broken.remove(endpoint.model) } else { broken.insert(endpoint.model) }
        let candidate = isWhole ? await shelf.version(endpoint.candidate, of: endpoint.model) : nil
        let traffic = await counter(of: endpoint.model)
        let rules = await toldRules(of: endpoint)
        guard look > newestLooks[endpoint.model] ?? 0 else { return }
        newestLooks[endpoint.model] = look
        let controls = release?.plan.controls
        let isJudged = release?.phase == .progressing || release?.phase == .paused
        let id = endpoint.release.map { ReleaseID($0) }
        routing.set(
            Endpoint(
                model: endpoint.model,
                stable: stable,
                candidate: candidate,
                candidatePercent: endpoint.candidatePercent,
                salt: endpoint.release ?? "",
                meter: id.flatMap { meters[$0] },
                mirrorPercent: isJudged ? controls?.mirrorPercent ?? 0 : 0,
                lane: id.map { lane(of: $0, limit: controls?.candidateQueue) },
                traffic: traffic,
                exclusions: controls?.exclusions ?? TrafficExclusions()
            )
        )
        do {
            if let rules { try tell(endpoint, release: release, rules) }
        } catch {
            // Gateways go on with what they were told before.
            log.error("gateways hear nothing of \(endpoint.model): \(error)")
        }
    }

    private func lane(of release: ReleaseID, limit: Int?) -> CandidateLane {
        if let lane = lanes[release] { return lane }
        let lane = CandidateLane(limit: limit ?? ReleaseControls.standardQueue)
        lanes[release] = lane
        return lane
    }
}

extension Tensor {
    /// One row of zeros as a model takes it; nil for inputs that have no zero.
    fileprivate init?(zerosFor signature: TensorSignature) {
        let shape = signature.shape.map { $0 < 0 ? 1 : $0 }
        let count = shape.reduce(1, *)
        guard count <= 1_000_000 else { return nil }
        let data: TensorData
        switch signature.type {
        case .fp32: data = .fp32(Array(repeating: 0, count: count))
        case .fp64: data = .fp64(Array(repeating: 0, count: count))
        case .int32: data = .int32(Array(repeating: 0, count: count))
        case .int64: data = .int64(Array(repeating: 0, count: count))
        case .bool: data = .bool(Array(repeating: false, count: count))
        default: return nil
        }
        self.init(name: signature.name, shape: shape, data: data)
    }
}
