package import SlipwayDomain
internal import Synchronization

/// One answered request on its way to the log.
package struct PredictionRecord: Sendable {
    package let id: String
    package let model: String
    package let version: LoadedVersion
    package let time: Instant
    package let inputs: [Tensor]
    package let outputs: [Tensor]
    /// The version whose answer to the same input is to be compared; nil when none.
    package let counterpart: LoadedVersion?
    package let meter: ArmMeter?
    /// The number of the release's candidate, which either version of a pair may be.
    var candidate: Int?
    /// False for what testers and probes asked.
    var isEvidence = true

    /// How many rows were asked about.
    package var rows: Int { inputs.first?.shape.first ?? 0 }

    /// The id of one row.
    package func id(row: Int) -> String { rows == 1 ? id : "\(id)-\(row)" }
}

/// A bounded queue between the request path and the log; what does not fit is counted, never waited for.
package final class PredictionLog: Sendable {
    private let state = Mutex(State())
    private let capacity: Int

    private struct State {
        var records: [PredictionRecord] = []
        var dropped = 0
        var accepted = 0
    }

    package init(capacity: Int = 65_536) { self.capacity = capacity }

    func add(_ record: PredictionRecord) {
        state.withLock { state in
            if state.records.count < capacity {
                state.records.append(record)
                state.accepted += 1
            } else {
                state.dropped += 1
            }
        }
    }

    /// Counts taken records that could not be kept after all.
    func countLost(_ count: Int) {
        state.withLock { state in
            state.accepted -= count
            state.dropped += count
        }
    }

    /// Takes everything that waits.
    func takeAll() -> [PredictionRecord] {
        state.withLock { state in
            defer { state.records = [] }
            return state.records
        }
    }

    /// How many were taken in and how many had no room, since the start.
    package var counts: (accepted: Int, dropped: Int) { state.withLock { ($0.accepted, $0.dropped) } }
}
