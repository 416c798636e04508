internal import SlipwayDomain
internal import SlipwayRelease
internal import SlipwayStatistics
internal import SlipwayStore

/// What labels said about a step, and when they were read.
struct ReadQuality {
    let at: UInt64
    let evidence: QualityEvidence?
}

/// A judgement that was written down, and when.
struct ToldVerdict {
    let meter: ArmMeter
    let overall: Ruling
    let at: UInt64
}

/// The evidence of a step: what the meter counted, what labels say by now and what queries answered.
extension ReleaseController {
    func evidence(of plan: ReleasePlan, _ meter: ArmMeter) async throws -> AnalysisEvidence {
        let own = try meter.evidence(hasStable: plan.stable != nil, now: runtime.now())
        let counted = feed.sum(own, of: plan.release)
        let quality = try await quality(of: plan, meter)
        let answers = questions[plan.release]?.evidence
        guard let details = counted.details, quality != nil || answers != nil else { return counted }
        return try counted.with(details.with(quality: quality, queries: answers))
    }

    /// Predictions that are old enough to have their labels, against them; nil when no rule asks.
    private func quality(of plan: ReleasePlan, _ meter: ArmMeter) async throws -> QualityEvidence? {
        let rules = plan.analysis.filter { $0.metric == .accuracy }
        guard !rules.isEmpty, let stable = plan.stable else { return nil }
        let time = runtime.monotonicNanoseconds()
        // Labels are read from the store, so not at every look.
        if let read = qualities[plan.release], time < read.at + Self.nanosecondsBetweenReadings { return read.evidence }
        let delay = rules.compactMap(\.delay).max() ?? Span(milliseconds: 0)
        let until = Instant(milliseconds: runtime.now().milliseconds - delay.milliseconds)
        let evidence = until >= meter.since ? try await quality(of: plan, stable: stable, meter, until: until) : nil
        qualities[plan.release] = ReadQuality(at: time, evidence: evidence)
        return evidence
    }

    private func quality(
        of plan: ReleasePlan,
        stable: Int,
        _ meter: ArmMeter,
        until: Instant
    ) async throws -> QualityEvidence {
        let span = until - meter.since
        let block = max(plan.controls.block?.milliseconds ?? 1000, span.milliseconds / Self.mostSpans + 1)
        let since = meter.since
        let rows = try await releases.database.read { connection in
            try PredictionTable.quality(
                model: plan.model,
                versions: (plan.candidate, stable),
                from: since,
                until: until,
                milliseconds: block,
                threshold: PredictionRecorder.decisionThreshold,
                in: connection
            )
        }
        var ladder = BlockLadder(base: 0)
        var (mine, theirs) = (Labelled(), Labelled())
        var open: Int?
        for row in rows {
            if open != row.span { ladder.close() }
            open = row.span
            let (labelled, wrong) = (Double(row.labelled), Double(row.wrong))
            if row.version == plan.candidate {
                mine.add(row)
                ladder.add(ArmSums(candidate: labelled, candidateHits: wrong))
            } else {
                theirs.add(row)
                ladder.add(ArmSums(stable: labelled, stableHits: wrong))
            }
        }
        ladder.close()
        return QualityEvidence(
            until: until,
            candidate: try mine.arm(),
            stable: try theirs.arm(),
            blocks: ladder.moments
        )
    }

    /// A release is over: nothing of it is counted any more.
    func forget(_ release: ReleaseID) {
        (meters[release], lanes[release], plans[release]) = (nil, nil, nil)
        (qualities[release], questions[release], told[release]) = (nil, nil, nil)
        feed.forget(release)
    }

    /// Whether a judgement has to be written down now. One that decides nothing and says the same as the one before is
    /// told once a second: the store need not hear of every request.
    func isNews(_ verdict: AnalysisVerdict, of release: ReleaseID, _ meter: ArmMeter) -> Bool {
        let time = runtime.monotonicNanoseconds()
        if let last = told[release], last.meter === meter, last.overall == verdict.overall,
            [.inconclusive, .notEnoughData].contains(verdict.overall), time < last.at + Self.nanosecondsBetweenVerdicts
        {
            return false
        }
        told[release] = ToldVerdict(meter: meter, overall: verdict.overall, at: time)
        return true
    }

    private static let nanosecondsBetweenVerdicts: UInt64 = 1_000_000_000

    private static let nanosecondsBetweenReadings: UInt64 = 1_000_000_000
    /// The most spans of time that labels are summed over.
    private static let mostSpans: Int64 = 4096
}

/// One version's sums over the spans.
private struct Labelled {
    var labelled = 0
    var wrong = 0
    var unlabelled = 0

    mutating func add(_ row: PredictionTable.Quality) {
        labelled += row.labelled
        wrong += row.wrong
        unlabelled += row.unlabelled
    }

    func arm() throws(ReleaseError) -> LabelledArm {
        try LabelledArm(labelled: labelled, wrong: wrong, unlabelled: unlabelled)
    }
}
