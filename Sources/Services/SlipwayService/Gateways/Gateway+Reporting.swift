internal import Logging
internal import SlipwayDomain
internal import SlipwayRelease
internal import SlipwayStore

/// What a gateway measured, on its way to the control plane: each report until it was taken, and one after the other.
extension Gateway {
    private static let intervalMilliseconds: Int64 = 200
    /// A gateway that has nothing to tell says so from time to time.
    private static let silenceNanoseconds: UInt64 = 5_000_000_000
    private static let windowNanoseconds: UInt64 = 5_000_000_000
    /// How often the last report is tried.
    private static let lastAttempts = 3

    func reportAgainAndAgain() async {
        while !Task.isCancelled {
            let hasMore = await report()
            // Cancellation ends the wait and with it the loop.
            if !hasMore { try? await runtime.sleep(Self.intervalMilliseconds) }
        }
    }

    /// Sends one report; true when there is more to send at once.
    @discardableResult
    package func report() async -> Bool {
        do {
            guard let bytes = try pending ?? seal(isLast: false) else { return false }
            pending = bytes
            try await parts.link.deliver(bytes)
            pending = nil
            recovered("reports")
            return parts.recorder.outbox.isLong
        } catch let error as ServiceError where error.kind == .invalid {
            // It would be refused for ever: what it held is lost, what comes next is not.
            pending = nil
            complain("reports", "the control plane refused a report: \(error)")
        } catch {
            if !Task.isCancelled { complain("reports", "a report could not be delivered, it is kept: \(error)") }
        }
        return false
    }

    /// The next report; nil when there is nothing to tell.
    private func seal(isLast: Bool) throws -> [UInt8]? {
        let now = runtime.monotonicNanoseconds()
        let counted = try counts()
        let traffic = sums()
        let predictions = parts.recorder.outbox.take(GatewayReport.mostPredictions)
        var windows: [GatewayReport.Window] = []
        if isLast || now &- windowsAt >= Self.windowNanoseconds {
            windows = parts.recorder.outbox.takeWindows()
            windowsAt = now
        }
        let isSilent = counted.isEmpty && traffic.isEmpty && predictions.isEmpty && windows.isEmpty
        guard !isSilent || now &- reportedAt >= Self.silenceNanoseconds else { return nil }
        reportedAt = now
        sequence += 1
        let report = GatewayReport(
            life: life,
            sequence: sequence,
            name: name,
            counted: counted,
            traffic: traffic,
            predictions: predictions,
            windows: windows
        )
        return try CanonicalJSON.bytes(of: JSONValue(encoding: report))
    }

    /// Sums of the steps that are counted, where they changed.
    private func counts() throws -> [GatewayReport.Counted] {
        var counted: [GatewayReport.Counted] = []
        for (release, counting) in meters.sorted(by: { $0.key.text < $1.key.text }) {
            let evidence = try counting.meter.evidence(hasStable: counting.hasStable, now: runtime.now())
            let size = evidence.candidate.requests + (evidence.stable?.requests ?? 0) + evidence.pairs
            guard size != counting.told else { continue }
            meters[release]?.told = size
            counted.append(GatewayReport.Counted(release: release, evidence: evidence))
        }
        return counted
    }

    private func sums() -> [GatewayReport.Traffic] {
        counters.sorted { $0.key < $1.key }.compactMap { model, known in
            let counts = known.counter.take()
            guard counts.requests > 0 else { return nil }
            return GatewayReport.Traffic(
                model: model,
                requests: counts.requests,
                errors: counts.errors,
                slow: counts.slow
            )
        }
    }

    /// The last word: what was answered is written down, and told if somebody listens.
    func finish() async {
        await parts.recorder.finish()
        var failures = 0
        while failures < Self.lastAttempts {
            do {
                pending = try pending ?? seal(isLast: true)
            } catch {
                output.error("the last report cannot be written: \(error)")
            }
            guard pending != nil else { return }
            await report()
            if pending != nil { failures += 1 }
        }
    }
}
