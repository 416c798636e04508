/// When a request that has no answer yet is sent a second time: after the time in which most requests have theirs, and
/// not more often than an upstream can bear.
package struct Hedge: Sendable {
    /// The share of requests that are answered before a second one is sent, such as 0.95.
    package let quantile: Double
    private var latencies = LatencyWindow()
    /// What second requests are paid with: each first one earns a tenth.
    private var budget = 0.0

    /// Fewer answers say nothing of the quantile.
    package static let leastAnswers = 50
    private static let earned = 0.1
    private static let mostSaved = 10.0

    package init(quantile: Double) { self.quantile = quantile }

    /// A first request is sent: how many milliseconds to wait for its answer before a second one; nil for none.
    package mutating func begin() -> Double? {
        budget = min(Self.mostSaved, budget + Self.earned)
        guard latencies.count >= Self.leastAnswers else { return nil }
        return latencies.quantile(quantile)
    }

    /// Whether a second request may be sent now; it is paid for when it may.
    package mutating func spend() -> Bool {
        guard budget >= 1 else { return false }
        budget -= 1
        return true
    }

    /// A first request had its answer after so many milliseconds.
    package mutating func record(milliseconds: Double) { latencies.add(milliseconds) }
}

/// The latencies of the last answers.
package struct LatencyWindow: Sendable {
    private var values: [Double] = []
    private var next = 0
    /// The values in order, made when they are asked for and kept for a while.
    private var sorted: [Double] = []
    private var age = 0

    private static let size = 256
    private static let answersBetweenSorts = 16

    package init() {}

    package var count: Int { values.count }

    package mutating func add(_ milliseconds: Double) {
        guard milliseconds.isFinite, milliseconds >= 0 else { return }
        if values.count < Self.size {
            values.append(milliseconds)
        } else {
            values[next] = milliseconds
            next = (next + 1) % Self.size
        }
        age += 1
    }

    /// The smallest latency that at least this share of the answers did not exceed (nearest rank); nil without answers.
    package mutating func quantile(_ share: Double) -> Double? {
        guard !values.isEmpty else { return nil }
        if sorted.isEmpty || age >= Self.answersBetweenSorts {
            sorted = values.sorted()
            age = 0
        }
        let rank = Int((min(1, max(0, share)) * Double(sorted.count)).rounded(.up))
        return sorted[max(0, min(sorted.count, rank) - 1)]
    }
}
