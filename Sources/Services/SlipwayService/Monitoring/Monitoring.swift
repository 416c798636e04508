package import Logging
internal import SlipwayDomain
internal import SlipwayMonitor
internal import SlipwayPolicy
package import SlipwayStore

/// Watches live traffic: judges windows, lets few alerts through, opens one incident a model.
package actor Monitoring {
    let database: any SQLDatabase
    let ledger: LedgerBook
    let runtime: Runtime
    let windows: LiveWindows
    private let recorder: PredictionRecorder
    private let routing: RoutingTable
    private let log: Logger

    /// Real time between two looks.
    private static let intervalMilliseconds: Int64 = 100
    /// Windows that are filling are stored every so many looks.
    private static let looksBetweenSaves = 20
    /// Live performance is judged over this span.
    static let performanceSpan = Span.days(7)

    package init(
        database: any SQLDatabase,
        ledger: LedgerBook,
        runtime: Runtime,
        windows: LiveWindows,
        recorder: PredictionRecorder,
        routing: RoutingTable,
        log: Logger
    ) {
        self.database = database
        self.ledger = ledger
        self.runtime = runtime
        self.windows = windows
        self.recorder = recorder
        self.routing = routing
        self.log = log
    }

    /// Watches until the task is cancelled, then stores the windows that are filling.
    package func run() async throws {
        var looks = 0
        while !Task.isCancelled {
            do {
                try await look()
                looks += 1
                if looks % Self.looksBetweenSaves == 0 { try await windows.save() }
            } catch {
                // The next look tries again; what was not stored is still there.
                log.error("monitoring could not go on: \(error)")
            }
            // Cancellation ends the wait and with it the loop.
            try? await runtime.sleep(Self.intervalMilliseconds)
        }
        try await windows.save()
    }

    /// Judges what has become ready to be judged.
    package func look() async throws {
        let now = runtime.now()
        var failure: (any Error)?
        for window in try await windows.takeFull(now: now) {
            do {
                try await judge(window)
            } catch {
                await windows.putBack(window)
                failure = error
            }
        }
        if let failure { throw failure }
        for model in routing.models {
            try await observeServing(model, now: now)
            try await judgePerformance(model, now: now)
        }
    }

    /// Manifest or reference of a model changed.
    package func settingsChanged(of model: String) async throws {
        await recorder.forget(model)
        try await windows.forget(model)
    }

    private func judgePerformance(_ model: String, now: Instant) async throws {
        let ready = try await database.read { connection -> (Manifest, Monitors.Performance, Instant)? in
            guard let manifest = try Governance.manifest(of: model, in: connection),
                let performance = manifest.spec.monitors.performance, performance.metric == .rocAUC,
                let start = try WatchTable.lastPerformanceWindow(model: model, in: connection)
                    ?? PredictionTable.firstTime(model: model, in: connection)
            else { return nil }
            return (manifest, performance, start)
        }
        // A week is judged once its last labels are due, and half a delay later for those that are late.
        guard let (manifest, performance, from) = ready else { return }
        let to = from + Self.performanceSpan
        let grace = Span(milliseconds: performance.labels.delay.milliseconds * 3 / 2)
        guard now >= to + grace else { return }
        try await recorder.flush()
        let version = routing.endpoint(model)?.stable?.version ?? 0
        let data = try await database.read { try PredictionTable.labelled(model: model, from: from, to: to, in: $0) }
        let verdict = try PerformanceAnalyst.judge(
            scores: data.scores,
            labels: data.labels.map { $0 > 0.5 },
            predictions: data.predictions,
            policy: PerformancePolicy(min: performance.min)
        )
        let json: JSONValue = [
            "model": .string(model), "version": .integer(Int64(version)), "window": Self.window(from, to),
            "metric": .string(verdict.metric), "value": verdict.value.map(JSONValue.number) ?? .null,
            "lower": verdict.lower.map(JSONValue.number) ?? .null,
            "upper": verdict.upper.map(JSONValue.number) ?? .null,
            "labels": .integer(Int64(verdict.labels)), "predictions": .integer(Int64(verdict.predictions)),
            "threshold": .number(verdict.threshold), "verdict": .string(verdict.verdict.rawValue),
            "sentence": .string(verdict.sentence),
        ]
        let seen = WindowVerdict(from: from, to: to, performance: verdict)
        try await database.write { [self] connection in
            let entry = try ledger.record(
                EntryDraft(
                    type: "performance.recorded",
                    subject: "models/\(model)",
                    actor: Caller.system.actor,
                    data: json
                ),
                at: now,
                in: connection
            )
            try WatchTable.insertPerformanceWindow(model: model, from: from, to: to, entry: entry, in: connection)
            try alert(
                .performance,
                manifest: manifest,
                version: version,
                seen: seen,
                sentences: [verdict.metric: verdict.sentence],
                at: now,
                in: connection
            )
        }
    }

    /// Says once a day which file serves, so that the share of serving models that the registry knows can be computed.
    private func observeServing(_ model: String, now: Instant) async throws {
        guard let serving = routing.endpoint(model)?.stable else { return }
        let day = now.date
        guard lastObserved[model] != serving.digest + day else { return }
        try await database.write { [self] connection in
            guard try WatchTable.markServed(model: model, digest: serving.digest, day: day, in: connection) else {
                return
            }
            let known = try ModelVersionTable.version(Int64(serving.version), of: model, in: connection) != nil
            let data: JSONValue = [
                "model": .string(model), "version": .integer(Int64(serving.version)), "digest": .string(serving.digest),
                "registered": .bool(known),
            ]
            try ledger.record(
                EntryDraft(
                    type: "serving.observed",
                    subject: "models/\(model)",
                    actor: Caller.system.actor,
                    data: data
                ),
                at: now,
                in: connection
            )
        }
        lastObserved[model] = serving.digest + day
    }

    private var lastObserved: [String: String] = [:]

    static func window(_ from: Instant, _ to: Instant) -> JSONValue {
        ["from": .string(from.description), "to": .string(to.description)]
    }
}
