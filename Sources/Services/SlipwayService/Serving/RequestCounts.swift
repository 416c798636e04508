internal import SlipwayRelease
internal import SlipwayStatistics

/// What the requests of both arms came to.
struct RequestCounts: Sendable {
    /// One version's requests.
    struct Arm: Sendable {
        var requests = 0
        var errors = 0
        var slow = 0
        /// Milliseconds; kept only where a rule asks.
        var latencies = LogHistogram()
    }

    /// What one latency rule counts.
    struct Slowness: Sendable {
        let rule: MeterPlan.Latency
        /// Milliseconds over which an answer is slow: the rule's own, or the stable version's percentile so far.
        var threshold: Double?
        var candidate = 0
        var stable = 0
        var blocks: TimedLadder
    }

    private(set) var candidate = Arm()
    private(set) var stable = Arm()
    private(set) var errors: TimedLadder
    private(set) var slowness: [Slowness]

    /// The stable version's percentile is read again after so many of its answers.
    private static let answersBetweenReadings: Int64 = 64

    init(_ plan: MeterPlan) {
        errors = plan.ladder()
        slowness = plan.latencies.map { Slowness(rule: $0, threshold: $0.max, blocks: plan.ladder()) }
    }

    mutating func add(_ request: MeteredRequest, isSlow: Bool) {
        let hit = request.isError ? 1 : 0
        if request.isCandidate {
            candidate.requests += 1
            candidate.errors += hit
            if isSlow { candidate.slow += 1 }
            errors.add(ArmSums(candidate: 1, candidateHits: Double(hit)), at: request.at)
        } else {
            stable.requests += 1
            stable.errors += hit
            if isSlow { stable.slow += 1 }
            errors.add(ArmSums(stable: 1, stableHits: Double(hit)), at: request.at)
        }
        if !slowness.isEmpty { addLatency(request) }
    }

    private mutating func addLatency(_ request: MeteredRequest) {
        guard let nanoseconds = request.nanoseconds else { return }
        let milliseconds = Double(nanoseconds) / 1_000_000
        if request.isCandidate { candidate.latencies.add(milliseconds) } else { stable.latencies.add(milliseconds) }
        let isReading = !request.isCandidate && stable.latencies.count % Self.answersBetweenReadings == 0
        for place in slowness.indices {
            let isSlow = slowness[place].threshold.map { milliseconds > $0 } ?? false
            let hit = isSlow ? 1.0 : 0
            if request.isCandidate {
                slowness[place].candidate += isSlow ? 1 : 0
                slowness[place].blocks.add(ArmSums(candidate: 1, candidateHits: hit), at: request.at)
            } else {
                slowness[place].stable += isSlow ? 1 : 0
                slowness[place].blocks.add(ArmSums(stable: 1, stableHits: hit), at: request.at)
            }
            if isReading, slowness[place].rule.max == nil {
                slowness[place].threshold = stable.latencies.quantile(Double(slowness[place].rule.percentile) / 100)
            }
        }
    }
}

/// One request as a meter counts it.
struct MeteredRequest {
    let isCandidate: Bool
    let isError: Bool
    /// Nil when no model ran.
    let nanoseconds: UInt64?
    /// When it was answered, on the monotonic clock; 0 when nobody looked.
    let at: UInt64
}

/// How errors crowd on keys, in a fixed number of counters: keys that share one only make the crowding look worse.
struct KeyTally: Sendable {
    private var counters: [UInt32] = []
    private(set) var hits = 0
    private(set) var squares = 0
    private var isNamed = false

    private static let bits: UInt64 = 17

    /// An error of a request with this key; nil for a request that named none.
    mutating func add(_ key: String?) {
        hits += 1
        guard let key else {
            squares += 1
            return
        }
        if counters.isEmpty { counters = Array(repeating: 0, count: 1 << Self.bits) }
        isNamed = true
        let place = Int(StableHash.hash(key) >> (64 - Self.bits))
        squares += 2 * Int(counters[place]) + 1
        counters[place] &+= 1
    }

    /// Nil when no request named a key.
    var crowding: KeyCrowding? { isNamed ? KeyCrowding(hits: hits, squares: squares) : nil }
}
