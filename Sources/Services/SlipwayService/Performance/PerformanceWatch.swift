internal import SlipwayDomain
internal import SlipwayMonitor
internal import SlipwayPolicy
internal import SlipwayStatistics
internal import SlipwayStore

/// What the manifest of a model wants to know of its live performance.
struct PerformanceWatch: Sendable {
    let manifest: Manifest
    let rules: Monitors.Performance
    let policy: PerformancePolicy
    let timing: LabelTiming
    let span: Span
    let fairness: [FairnessPolicy]

    /// Live performance is judged over this span when the manifest names none.
    static let standardSpan = Span.days(7)

    /// Nil when the manifest does not watch performance.
    init?(_ manifest: Manifest) {
        guard let rules = manifest.spec.monitors.performance else { return nil }
        self.manifest = manifest
        self.rules = rules
        let metric = rules.metric.rawValue
        policy =
            rules.max.map { PerformancePolicy(metric: metric, max: $0) }
            ?? PerformancePolicy(metric: metric, min: rules.min ?? 0)
        timing = LabelTiming(delay: rules.labels.delay, horizon: rules.labels.horizon)
        span = rules.window ?? Self.standardSpan
        fairness = (manifest.spec.monitors.fairness ?? []).map {
            FairnessPolicy(metric: $0.metric.rawValue, group: $0.group, bounds: $0.bounds)
        }
    }

    /// The watch over a model, or nil.
    static func read(_ model: String, in connection: any SQLReader) throws -> PerformanceWatch? {
        try Governance.manifest(of: model, in: connection).flatMap { PerformanceWatch($0) }
    }

    var model: String { manifest.metadata.name }
    var metric: String { policy.metric }
    var task: ModelTask { manifest.spec.task }

    /// The start of the first window at or after an instant in which something was answered; windows follow each other
    /// without gaps, and empty ones are passed over. Nil when nothing was answered since.
    func start(after instant: Instant?, in connection: any SQLReader) throws -> Instant? {
        let first = try AnswerTable.firstTime(
            model: model,
            from: instant ?? Instant(milliseconds: .min),
            in: connection
        )
        guard let first, let instant else { return first }
        let passed = (first - instant).milliseconds / max(1, span.milliseconds)
        return instant + Span(milliseconds: passed * span.milliseconds)
    }

    /// The answers of a window.
    func answers(from: Instant, to: Instant, in connection: any SQLReader) throws -> LiveAnswers {
        try LiveAnswers.read(
            model: model,
            from: from,
            to: to,
            columns: manifest.spec.monitors.groupColumns,
            in: connection
        )
    }

    // MARK: Estimates

    /// What is estimated of answers without their labels; nil when no version of them was evaluated.
    func estimate(_ answers: LiveAnswers, in connection: any SQLReader) throws -> EstimatedMetric? {
        if task == .regression {
            // The newest evaluation of the versions tells how far losses scatter.
            let loss: LossEstimator.Loss = metric == "mae" ? .absolute : .squared
            let expected = loss == .absolute ? answers.expectedErrors : answers.expectedSquares
            for version in answers.scoresByVersion.keys.sorted(by: >) {
                let reference = try Governance.performanceReference(of: model, version: version, in: connection)
                guard let estimator = reference?.losses.first(where: { $0.loss == loss }) else { continue }
                return estimator.estimate(expected)
            }
            return nil
        }
        let estimate = try calibrated(answers, in: connection)
        return estimate.rows > 0 ? estimate.estimate(metric) : nil
    }

    /// The answers whose scores are calibrated.
    func calibrated(_ answers: LiveAnswers, in connection: any SQLReader) throws -> CalibratedEstimate {
        var estimate = CalibratedEstimate()
        for (version, scores) in answers.scoresByVersion.sorted(by: { $0.key < $1.key }) {
            let reference = try Governance.performanceReference(of: model, version: version, in: connection)
            if let calibration = reference?.calibration { estimate.add(scores, calibration: calibration) }
        }
        return estimate
    }

    /// How far the estimates of a version have been off; nil before the first window with labels.
    func bias(version: Int, adding gap: EstimatorBias.Gap? = nil, in connection: any SQLReader) throws -> EstimatorBias?
    {
        let rows = try PerformanceTable.realised(model: model, version: version, metric: metric, in: connection)
        var gaps: [EstimatorBias.Gap] = []
        for row in rows {
            guard let realised = row.realised, let text = row.estimate else { continue }
            let estimated = try JSONValue(parsing: Array(text.utf8)).decode(EstimatedMetric.self)
            gaps.append(EstimatorBias.Gap(realised: realised, estimated: estimated))
        }
        if let gap { gaps.append(gap) }
        let reference = try Governance.performanceReference(of: model, version: version, in: connection)
        let tolerance =
            rules.tolerance ?? EstimatorAnalyst.tolerance(metric, reference: reference?.metrics[metric])
        return EstimatorBias(gaps, tolerance: tolerance)
    }
}
