internal import SlipwayDomain
internal import SlipwayMonitor
internal import SlipwayPolicy
internal import SlipwayStatistics
internal import SlipwayStore

extension Monitoring {
    /// The next window of a model that waits for its estimate or for its judgement.
    private struct Ready: Sendable {
        var watch: PerformanceWatch
        var estimate: Instant?
        var judge: Instant?
    }

    /// Estimates a window when it ends, and judges it when the watermark of its labels has passed.
    func watchPerformance(_ model: String, now: Instant) async throws {
        let ready = try await database.read { connection -> Ready? in
            guard let watch = try PerformanceWatch.read(model, in: connection) else { return nil }
            let judged = try WatchTable.lastPerformanceWindow(model: model, in: connection)
            let estimated = try PerformanceTable.lastEstimate(model: model, in: connection)
            guard let first = try watch.start(after: judged, in: connection) else { return nil }
            var ready = Ready(watch: watch)
            if let next = try watch.start(after: max(estimated ?? first, first), in: connection),
                watch.timing.stage(of: next + watch.span, at: now) != .filling
            {
                ready.estimate = next
            }
            if watch.timing.stage(of: first + watch.span, at: now) == .due { ready.judge = first }
            return ready
        }
        guard let ready, ready.estimate != nil || ready.judge != nil else { return }
        try await recorder.flush()
        let version = routing.endpoint(model)?.stable?.version ?? 0
        if let from = ready.estimate { try await estimate(ready.watch, from: from, version: version, now: now) }
        if let from = ready.judge { try await judge(ready.watch, from: from, version: version, now: now) }
    }

    private func estimate(_ watch: PerformanceWatch, from: Instant, version: Int, now: Instant) async throws {
        let to = from + watch.span
        let found = try await database.read { connection in
            let answers = try watch.answers(from: from, to: to, in: connection)
            let bias = try watch.bias(version: version, in: connection)
            return (try watch.estimate(answers, in: connection), answers.predictions, bias)
        }
        let (estimated, predictions, bias) = found
        try await database.write { [self] connection in
            let row = PerformanceEstimateRow(
                from: from,
                to: to,
                version: version,
                metric: watch.metric,
                estimate: try estimated.map { try CanonicalJSON.text(of: JSONValue(encoding: $0)) },
                realised: nil
            )
            try PerformanceTable.setEstimate(row, model: watch.model, in: connection)
            guard let estimated else { return }
            let verdict = EstimatorAnalyst.judge(estimated, predictions: predictions, policy: watch.policy)
            // An estimator that was found wrong wakes nobody; that it is wrong has its own alert.
            let isTrusted = bias?.verdict != .biased
            let data: JSONValue = [
                "model": .string(watch.model), "version": .integer(Int64(version)),
                "window": Self.window(from, to), "metric": .string(watch.metric),
                "estimate": PerformanceWatch.json(estimated), "predictions": .integer(Int64(predictions)),
                "threshold": .number(watch.policy.bound), "isLeast": .bool(watch.policy.isLeast),
                "verdict": .string(verdict.verdict.rawValue), "sentence": .string(verdict.sentence),
                "isTrusted": .bool(isTrusted),
            ]
            try record("performance.estimated", model: watch.model, data, at: now, in: connection)
            let flagged: [String]? =
                switch verdict.verdict {
                case .ok: []
                case .breached: isTrusted ? [watch.metric] : nil
                case .cannotTell: nil
                }
            try alert(
                .estimate,
                manifest: watch.manifest,
                version: version,
                seen: WindowVerdict(from: from, to: to, flagged: flagged),
                sentences: [watch.metric: verdict.sentence],
                at: now,
                in: connection
            )
        }
    }

    /// What a window showed once its labels were there.
    private struct Judgement: Sendable {
        let version: Int
        let verdict: PerformanceVerdict
        let members: [String: JSONValue]
        let fairness: [FairnessVerdict]
        /// What was said without labels, and the row that keeps it.
        let estimated: EstimatedMetric?
        let estimate: PerformanceEstimateRow
        let gap: EstimatorBias.Gap?
        let bias: EstimatorBias?
    }

    private func judge(_ watch: PerformanceWatch, from: Instant, version: Int, now: Instant) async throws {
        let to = from + watch.span
        let judged = try await database.read { connection in
            try Self.judgement(watch, from: from, to: to, version: version, in: connection)
        }
        var members = judged.members
        members["version"] = .integer(Int64(version))
        members["window"] = Self.window(from, to)
        members["estimate"] = judged.estimated.map(PerformanceWatch.json) ?? .null
        members["gap"] = judged.gap.map { .number($0.value) } ?? .null
        members["estimator"] = judged.bias.map(PerformanceWatch.json) ?? .null
        let data = JSONValue.object(members)
        try await database.write { [self] connection in
            let entry = try record("performance.recorded", model: watch.model, data, at: now, in: connection)
            try WatchTable.insertPerformanceWindow(
                model: watch.model,
                from: from,
                to: to,
                entry: entry,
                in: connection
            )
            try PerformanceTable.setEstimate(judged.estimate, model: watch.model, in: connection)
            try alerts(watch, judged, from: from, to: to, now: now, in: connection)
        }
    }

    private static func judgement(
        _ watch: PerformanceWatch,
        from: Instant,
        to: Instant,
        version: Int,
        in connection: any SQLReader
    ) throws -> Judgement {
        let answers = try watch.answers(from: from, to: to, in: connection)
        let verdict = try PerformanceAnalyst.judge(
            answers.labelled(watch.task),
            predictions: answers.predictions,
            policy: watch.policy
        )
        let fairness = watch.fairness(answers)
        let stored = try PerformanceTable.estimate(model: watch.model, from: from, to: to, in: connection)
        // What was said before the labels came is what counts; a window from before estimates is estimated now.
        let before =
            try stored?.metric == watch.metric
            ? stored?.estimate.map { try JSONValue(parsing: Array($0.utf8)).decode(EstimatedMetric.self) }
            : watch.estimate(answers, in: connection)
        var gap: EstimatorBias.Gap?
        if verdict.verdict != .cannotTell, let value = verdict.value, let estimated = before,
            estimated.rows >= EstimatorAnalyst.leastRows
        {
            gap = EstimatorBias.Gap(realised: value, estimated: estimated)
        }
        let by = stored?.version ?? version
        return Judgement(
            version: version,
            verdict: verdict,
            members: try watch.members(verdict, answers, fairness: fairness, in: connection),
            fairness: fairness,
            estimated: before,
            estimate: PerformanceEstimateRow(
                from: from,
                to: to,
                version: by,
                metric: watch.metric,
                estimate: try before.map { try CanonicalJSON.text(of: JSONValue(encoding: $0)) },
                realised: gap?.realised
            ),
            gap: gap,
            bias: try watch.bias(version: by, adding: gap, in: connection)
        )
    }

    private nonisolated func alerts(
        _ watch: PerformanceWatch,
        _ judged: Judgement,
        from: Instant,
        to: Instant,
        now: Instant,
        in connection: any SQLWriter
    ) throws {
        try alert(
            .performance,
            manifest: watch.manifest,
            version: judged.version,
            seen: WindowVerdict(from: from, to: to, performance: judged.verdict),
            sentences: [judged.verdict.metric: judged.verdict.sentence],
            at: now,
            in: connection
        )
        if let bias = judged.bias, judged.gap != nil {
            let name = "estimated \(watch.metric)"
            try alert(
                .estimator,
                manifest: watch.manifest,
                version: judged.version,
                seen: WindowVerdict(from: from, to: to, flagged: bias.verdict == .biased ? [name] : []),
                sentences: [name: EstimatorAnalyst.sentence(bias)],
                // The interval may be looked at at all times: one look is enough.
                policy: AlertPolicy(needed: 1, outOf: 1, closeAfter: 3, coolDown: 6),
                at: now,
                in: connection
            )
        }
        guard !judged.fairness.isEmpty else { return }
        let broken = judged.fairness.filter { $0.fairness.verdict == .broken }
        let isTold = broken.count + judged.fairness.count { $0.fairness.verdict == .kept } > 0
        try alert(
            .fairness,
            manifest: watch.manifest,
            version: judged.version,
            seen: WindowVerdict(from: from, to: to, flagged: isTold ? broken.map(\.policy.name) : nil),
            sentences: Dictionary(broken.map { ($0.policy.name, $0.sentence) }) { first, _ in first },
            at: now,
            in: connection
        )
    }
}
