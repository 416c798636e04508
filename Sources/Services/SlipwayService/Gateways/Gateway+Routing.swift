internal import SlipwayDomain
internal import SlipwayLedger
internal import SlipwayRelease

/// Endpoints out of the table, and the versions that they need.
extension Gateway {
    /// Sets an endpoint as the table says, with the versions that are in memory.
    func route(_ told: GatewayEndpoint) {
        let stable = version(told.stable, of: told.model)
        // As at the control plane: a candidate never takes over because the stable version is missing.
        let isWhole = told.stable == nil || stable != nil
        let release = told.plan?.release
        parts.routing.set(
            Endpoint(
                model: told.model,
                stable: stable,
                candidate: isWhole ? version(told.candidate, of: told.model) : nil,
                // With nobody to answer, a share says that somebody will: "ask again" rather than "no such model".
                candidatePercent: isWhole ? told.candidatePercent : max(1, told.candidatePercent),
                salt: told.salt,
                meter: meter(of: told),
                mirrorPercent: told.isMirrored ? told.plan?.controls.mirrorPercent ?? 0 : 0,
                lane: release.map { lane(of: $0, limit: told.plan?.controls.candidateQueue) },
                traffic: counter(of: told),
                exclusions: told.plan?.controls.exclusions ?? TrafficExclusions()
            )
        )
    }

    private func version(_ version: GatewayEndpoint.Version?, of model: String) -> LoadedVersion? {
        version.flatMap { shelf[Key(model: model, version: $0)] }
    }

    private func meter(of told: GatewayEndpoint) -> ArmMeter? {
        guard let plan = told.plan, let step = told.counted else { return nil }
        if let counting = meters[plan.release], counting.step == step { return counting.meter }
        let meter = ArmMeter(plan, step: step.step, since: step.since)
        meters[plan.release] = Counting(step: step, hasStable: plan.stable != nil, meter: meter)
        return meter
    }

    private func lane(of release: ReleaseID, limit: Int?) -> CandidateLane {
        if let lane = lanes[release] { return lane }
        let lane = CandidateLane(limit: limit ?? ReleaseControls.standardQueue)
        lanes[release] = lane
        return lane
    }

    /// Counts go on through changes of the table; with another limit they begin anew.
    private func counter(of told: GatewayEndpoint) -> TrafficCounter {
        if let known = counters[told.model], known.limit == told.slowAfter { return known.counter }
        let counter = TrafficCounter(slowAfterMilliseconds: told.slowAfter)
        counters[told.model] = (told.slowAfter, counter)
        return counter
    }

    func loadAgainAndAgain() async {
        while !Task.isCancelled {
            if await loadNext() { continue }
            // Cancellation ends the wait and with it the loop.
            try? await runtime.sleep(20)
        }
    }

    /// Loads the most urgent version that is missing; false when there is none to be tried now.
    package func loadNext() async -> Bool {
        guard let key = missing() else {
            if parts.routing.isSettled { parts.readiness.load() }
            return await loadReference()
        }
        do {
            let bytes = try await content(key.version.digest) { [parts] in
                try await parts.link.file(
                    model: key.model,
                    version: key.version.version,
                    digest: key.version.digest
                )
            }
            let engine = parts.engine
            let loaded = try await pool.run {
                LoadedVersion(version: key.version.version, digest: key.version.digest, model: try engine.load(bytes))
            }
            // The table may have changed meanwhile.
            guard let told = endpoints[key.model], told.versions.contains(key.version) else { return true }
            shelf[key] = loaded
            retries[key] = nil
            route(told)
        } catch {
            retries[key] = runtime.monotonicNanoseconds() + Self.retryNanoseconds
            complain("\(key.model)@\(key.version.version)", "\(key.model)@\(key.version.version): \(error)")
        }
        return true
    }

    /// What serves comes before what may serve.
    private func missing() -> Key? {
        let now = runtime.monotonicNanoseconds()
        let told = endpoints.values.sorted { $0.model < $1.model }
        let ranks: [(GatewayEndpoint) -> GatewayEndpoint.Version?] = [\.stable, \.candidate, \.previous]
        for rank in ranks {
            for endpoint in told {
                guard let version = rank(endpoint) else { continue }
                let key = Key(model: endpoint.model, version: version)
                if shelf[key] == nil, retries[key].map({ $0 <= now }) ?? true { return key }
            }
        }
        return nil
    }

    /// Content by its digest: from the disk, or else from the control plane. Neither is believed.
    func content(_ digest: String, or fetch: () async throws -> [UInt8]) async throws -> [UInt8] {
        let files = parts.files
        let kept = try await pool.run { () throws -> [UInt8]? in
            guard let bytes = try files.content(digest), Digest32.sha256(bytes).prefixed == digest else { return nil }
            return bytes
        }
        if let kept { return kept }
        let bytes = try await fetch()
        try await pool.run {
            let found = Digest32.sha256(bytes).prefixed
            guard found == digest else {
                throw ServiceError.conflict("a file came as \(found), the table says \(digest): it is not used")
            }
        }
        do {
            try await pool.run { try files.keep(bytes, digest: digest) }
        } catch {
            // It serves all the same; after a start it is fetched again.
            complain("cache", "a model file cannot be kept: \(error)")
        }
        return bytes
    }

    /// Fetches one reference profile that the recorder lacks; false when it lacks none.
    private func loadReference() async -> Bool {
        for endpoint in endpoints.values {
            guard let reference = endpoint.reference,
                retries[Self.key(endpoint, reference)] ?? 0
                    <= runtime.monotonicNanoseconds(),
                await parts.recorder.lacks(reference, of: endpoint.model)
            else { continue }
            do {
                let bytes = try await content(reference.digest) { [parts] in
                    try await parts.link.reference(model: endpoint.model, version: reference.version)
                }
                try await parts.recorder.set(reference, of: endpoint.model, bytes: bytes)
            } catch {
                retries[Self.key(endpoint, reference)] = runtime.monotonicNanoseconds() + Self.retryNanoseconds
                complain("reference of \(endpoint.model)", "the reference of \(endpoint.model): \(error)")
            }
            return true
        }
        return false
    }

    private static func key(_ endpoint: GatewayEndpoint, _ reference: GatewayEndpoint.Reference) -> Key {
        Key(
            model: endpoint.model,
            version: GatewayEndpoint.Version(version: reference.version, digest: reference.digest)
        )
    }

    private static let retryNanoseconds: UInt64 = 1_000_000_000
}
