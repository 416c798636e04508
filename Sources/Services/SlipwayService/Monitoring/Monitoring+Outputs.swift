internal import SlipwayDomain
internal import SlipwayMonitor
internal import SlipwayStatistics
internal import SlipwayStore

extension Monitoring {
    /// The name of the answers among columns.
    static let outputColumn = "output"
    /// How many windows of a version show what its answers look like, and how many scores of them are read.
    private static let windowsToLearn = 5
    private static let mostScores = 50_000

    /// The answers of a window against those of the version's first windows; nil while those are not known, and for a
    /// model whose answers are no numbers.
    func judgeOutputs(
        of window: FullWindow,
        policy: StreamPolicy,
        evidence: StreamEvidence
    ) async throws -> StreamVerdict? {
        let (text, scores) = try await database.read { connection in
            (
                try OutputTable.reference(model: window.model, version: window.version, in: connection),
                try Self.scores(of: window, from: window.observed.from, in: connection)
            )
        }
        guard let text, !scores.isEmpty else { return nil }
        let reference = try JSONValue(parsing: Array(text.utf8)).decode(DatasetProfile.self)
        var profile = DatasetProfile.emptyLike(reference)
        try profile.add(batch: [scores.map { .number($0) }])
        let observed = ObservedWindow(from: window.observed.from, to: window.observed.to, profile: profile)
        let analyst = StreamAnalyst(reference: WatchedReference(profile: reference), policy: policy)
        return try analyst.judge(observed, earlier: [], evidence: evidence)
    }

    /// The profile of a version's answers once it had enough windows in a row whose inputs were as expected; nil before
    /// and after. What was answered to drifted inputs says nothing about the version.
    func newOutputReference(of window: FullWindow, calm: CalmSpell?, policy: StreamPolicy) async throws -> String? {
        guard let calm, calm.windows >= Self.windowsToLearn else { return nil }
        let scores = try await database.read { connection -> [Double] in
            guard try OutputTable.reference(model: window.model, version: window.version, in: connection) == nil
            else { return [] }
            return try Self.scores(of: window, from: calm.since, in: connection)
        }
        guard scores.count >= Int(policy.drift.minRows) else { return nil }
        let profile = try DatasetProfile(reference: [(Self.outputColumn, .numbers(scores))])
        return try CanonicalJSON.text(of: JSONValue(encoding: profile))
    }

    private static func scores(
        of window: FullWindow,
        from start: Instant,
        in connection: any SQLReader
    ) throws -> [Double] {
        try OutputTable.scores(
            model: window.model,
            version: window.version,
            from: start,
            to: window.observed.to,
            limit: mostScores,
            in: connection
        )
    }
}
