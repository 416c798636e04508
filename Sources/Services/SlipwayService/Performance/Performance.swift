package import SlipwayDomain
internal import SlipwayLedger
internal import SlipwayMonitor
internal import SlipwayStatistics
package import SlipwayStore

/// How good a model is and was: what labels show, what is estimated without them, and how far estimates can be trusted.
package struct Performance: Sendable {
    private let database: any SQLDatabase
    private let ledger: LedgerBook
    private let recorder: PredictionRecorder
    private let routing: RoutingTable
    private let runtime: Runtime

    package init(
        database: any SQLDatabase,
        ledger: LedgerBook,
        recorder: PredictionRecorder,
        routing: RoutingTable,
        runtime: Runtime
    ) {
        self.database = database
        self.ledger = ledger
        self.recorder = recorder
        self.routing = routing
        self.runtime = runtime
    }

    /// Windows that are told.
    private static let mostWindows = 60
    /// Windows that are measured anew because they are not judged yet.
    private static let mostOpen = 8

    /// The account of one model's live performance, for machines.
    package func report(model: String) async throws -> JSONValue {
        try await recorder.flush()
        let now = runtime.now()
        let version = routing.endpoint(model)?.stable?.version ?? 0
        let subject = "models/\(model)"
        let recorded = try await ledger.entries().filter { $0.subject == subject && $0.name == "performance.recorded" }
        return try await database.read { connection in
            guard let watch = try PerformanceWatch.read(model, in: connection) else {
                throw ServiceError.notFound(
                    "nothing watches the performance of '\(model.prefix(80))': give its manifest monitors.performance, e.g. "
                        + "{metric: roc_auc, min: 0.65, labels: {delay: 24h}}, and run `slipway apply slipway.yaml`"
                )
            }
            let judged = recorded.suffix(Self.mostWindows).map { entry -> JSONValue in
                var members = entry.data.object ?? [:]
                members["stage"] = "judged"
                return .object(members)
            }
            let open = try Self.open(watch, version: version, now: now, in: connection)
            let reference = try Governance.performanceReference(of: model, version: version, in: connection)
            let counts = try AnswerTable.counts(model: model, in: connection)
            return [
                "model": .string(model), "version": .integer(Int64(version)), "now": .string(now.description),
                "metric": .string(watch.metric), "bound": .number(watch.policy.bound),
                "isLeast": .bool(watch.policy.isLeast), "window": .string(watch.span.description),
                "labels": [
                    "delay": .string(watch.timing.delay.description),
                    "horizon": .string(watch.timing.horizon.description),
                    "watermark": .string(watch.timing.watermark(at: now).description),
                    "counts": .object(counts.mapValues { .integer(Int64($0)) }),
                ],
                "reference": reference.map { reference in
                    [
                        "rows": .integer(Int64(reference.rows)), "datasetDigest": .string(reference.datasetDigest),
                        "value": reference.metrics[watch.metric].map(JSONValue.number) ?? .null,
                    ]
                } ?? .null,
                "estimator": try watch.bias(version: version, in: connection).map(PerformanceWatch.json) ?? .null,
                "windows": .array(Array((judged + open).suffix(Self.mostWindows))),
            ]
        }
    }

    /// The windows that are not judged yet, by the labels that are there.
    private static func open(
        _ watch: PerformanceWatch,
        version: Int,
        now: Instant,
        in connection: any SQLReader
    ) throws -> [JSONValue] {
        var next = try watch.start(
            after: WatchTable.lastPerformanceWindow(model: watch.model, in: connection),
            in: connection
        )
        var windows: [JSONValue] = []
        while let from = next, windows.count < mostOpen {
            let to = from + watch.span
            let answers = try watch.answers(from: from, to: to, in: connection)
            let verdict = try PerformanceAnalyst.judge(
                answers.labelled(watch.task),
                predictions: answers.predictions,
                policy: watch.policy
            )
            let stored = try PerformanceTable.estimate(model: watch.model, from: from, to: to, in: connection)
            let estimate =
                try stored?.estimate.map { try JSONValue(parsing: Array($0.utf8)).decode(EstimatedMetric.self) }
                ?? watch.estimate(answers, in: connection)
            var members = try watch.members(
                verdict,
                answers,
                fairness: watch.fairness(answers),
                in: connection
            )
            members["version"] = .integer(Int64(version))
            members["window"] = Monitoring.window(from, to)
            members["stage"] = .string(watch.timing.stage(of: to, at: now).rawValue)
            members["estimate"] = estimate.map(PerformanceWatch.json) ?? .null
            // Early labels are seldom like the late ones: below the least share nothing is shown as realised.
            if verdict.coverage < watch.policy.minCoverage {
                for name in ["value", "lower", "upper", "method"] { members[name] = .null }
            }
            if case .number(let value)? = members["value"], let estimate {
                members["gap"] = .number(value - estimate.value)
            } else {
                members["gap"] = .null
            }
            windows.append(.object(members))
            next = try watch.start(after: to, in: connection)
        }
        return windows
    }
}
