internal import Synchronization

/// Copies of live requests on their way to the other version: bounded, and the first thing to go under load.
package final class ShadowQueue: Sendable {
    private let state = Mutex(State())
    private let capacity: Int
    private let mostElements: Int
    private let busyAt: Int
    private let live = Atomic<Int>(0)

    private struct State {
        var records: [PredictionRecord] = []
        var elements = 0
        var taken = 0
        var shed = 0
    }

    /// Holds `capacity` requests of `mostElements` numbers together; takes none while `busyAt` live ones are in hand.
    package init(capacity: Int = 2048, mostElements: Int = 4_000_000, busyAt: Int = 128) {
        self.capacity = capacity
        self.mostElements = mostElements
        self.busyAt = busyAt
    }

    /// A live request begins.
    func liveBegins() { live.add(1, ordering: .relaxed) }

    /// A live request is over.
    func liveEnds() { live.subtract(1, ordering: .relaxed) }

    /// Takes a copy, or sheds it.
    func offer(_ record: PredictionRecord) {
        let elements = record.inputs.reduce(0) { $0 + $1.data.count }
        let isBusy = live.load(ordering: .relaxed) > busyAt
        state.withLock { state in
            guard !isBusy, state.records.count < capacity, state.elements + elements <= mostElements else {
                state.shed += 1
                return
            }
            state.records.append(record)
            state.elements += elements
            state.taken += 1
        }
    }

    func takeAll() -> [PredictionRecord] {
        state.withLock { state in
            defer { (state.records, state.elements) = ([], 0) }
            return state.records
        }
    }

    /// How many copies were taken and how many were shed, since the start.
    package var counts: (taken: Int, shed: Int) { state.withLock { ($0.taken, $0.shed) } }
}
