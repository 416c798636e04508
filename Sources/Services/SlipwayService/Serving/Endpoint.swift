package import SlipwayRelease
internal import Synchronization

/// Where predictions of one model are asked for: which versions answer, and in what shares. Never changed, only
/// replaced whole: so each request holds it by one reference.
package final class Endpoint: Sendable {
    package let model: String
    package let stable: LoadedVersion?
    package let candidate: LoadedVersion?
    /// Share of keys that the candidate answers, 0...100.
    package let candidatePercent: Int
    /// Makes the assignment of keys differ from release to release; the release's id.
    package let salt: String
    /// What both arms did since the release's current step began; nil when no release is under way.
    package let meter: ArmMeter?
    /// The share of requests, in percent, that the other version scores as well; 0 when nothing is compared.
    package let mirrorPercent: Int
    /// Bounds what the candidate has in hand.
    package let lane: CandidateLane?
    /// Counts for the error budget.
    package let traffic: TrafficCounter?
    /// Requests that are no evidence.
    package let exclusions: TrafficExclusions

    package init(
        model: String,
        stable: LoadedVersion?,
        candidate: LoadedVersion?,
        candidatePercent: Int,
        salt: String,
        meter: ArmMeter?,
        mirrorPercent: Int = 0,
        lane: CandidateLane? = nil,
        traffic: TrafficCounter? = nil,
        exclusions: TrafficExclusions = TrafficExclusions()
    ) {
        self.model = model
        self.stable = stable
        self.candidate = candidate
        self.candidatePercent = candidatePercent
        self.salt = salt
        self.meter = meter
        self.mirrorPercent = mirrorPercent
        self.lane = lane
        self.traffic = traffic
        self.exclusions = exclusions
    }

    /// The other version, while a step is judged: it scores the same inputs, off the request path, for comparison.
    func counterpart(of version: LoadedVersion, predictionID: String) -> LoadedVersion? {
        guard meter != nil, mirrorPercent > 0 else { return nil }
        if mirrorPercent < 100 {
            let arm = Assignment.arm(salt: salt + "/copies", key: predictionID, candidatePercent: mirrorPercent)
            guard arm == .candidate else { return nil }
        }
        return version.version == candidate?.version ? stable : candidate
    }

    /// The version that answers `key`: the same one for the same key, and never back as the share grows.
    package func version(for key: String) -> LoadedVersion? {
        guard let candidate, candidatePercent > 0 else { return stable }
        guard let stable else { return candidate }
        let arm = Assignment.arm(salt: salt, key: key, candidatePercent: candidatePercent)
        return arm == .candidate ? candidate : stable
    }
}

/// All endpoints in memory; reading it costs a lock for a moment, never a query.
package final class RoutingTable: Sendable {
    private let endpoints = Mutex<[String: Endpoint]>([:])
    private let settled: Atomic<Bool>

    /// A table that is not settled yet is about to be told by somebody else: what it lacks may still come.
    package init(isSettled: Bool = true) { settled = Atomic(isSettled) }

    /// Whether a model that is not in the table is served by nobody.
    package var isSettled: Bool { settled.load(ordering: .acquiring) }
    func settle() { settled.store(true, ordering: .releasing) }

    package func endpoint(_ model: String) -> Endpoint? { endpoints.withLock { $0[model] } }
    package func set(_ endpoint: Endpoint) { endpoints.withLock { $0[endpoint.model] = endpoint } }
    func remove(_ model: String) { endpoints.withLock { $0[model] = nil } }
    package var models: [String] { endpoints.withLock { $0.keys.sorted() } }
}
