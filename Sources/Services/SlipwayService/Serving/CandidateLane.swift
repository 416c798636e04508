internal import Synchronization

/// Bounds what a candidate has in hand, so that a slow one keeps nobody waiting but its own share.
package final class CandidateLane: Sendable {
    private let limit: Int
    private let inHand = Atomic<Int>(0)
    private let refused = Atomic<Int>(0)

    package init(limit: Int) { self.limit = limit }

    /// Takes a place, or says that there is none.
    func enter() -> Bool {
        if inHand.add(1, ordering: .relaxed).newValue <= limit { return true }
        inHand.subtract(1, ordering: .relaxed)
        refused.add(1, ordering: .relaxed)
        return false
    }

    func leave() { inHand.subtract(1, ordering: .relaxed) }

    /// How many requests found no place.
    package var refusals: Int { refused.load(ordering: .relaxed) }
}

/// Counts what an endpoint does, for its error budget; taken and stored by the release controller.
package final class TrafficCounter: Sendable {
    /// Requests slower than this are slow; 0 when there is no latency objective.
    private let slowAfterNanoseconds: UInt64
    private let requests = Atomic<Int>(0)
    private let errors = Atomic<Int>(0)
    private let slow = Atomic<Int>(0)

    package init(slowAfterMilliseconds: Double?) {
        slowAfterNanoseconds = slowAfterMilliseconds.map { UInt64($0 * 1_000_000) } ?? 0
    }

    func record(isError: Bool, nanoseconds: UInt64) {
        requests.add(1, ordering: .relaxed)
        if isError { errors.add(1, ordering: .relaxed) }
        if slowAfterNanoseconds > 0, nanoseconds > slowAfterNanoseconds { slow.add(1, ordering: .relaxed) }
    }

    /// Takes the counts and begins at zero again.
    func take() -> (requests: Int, errors: Int, slow: Int) {
        (
            requests.exchange(0, ordering: .relaxed), errors.exchange(0, ordering: .relaxed),
            slow.exchange(0, ordering: .relaxed)
        )
    }
}
