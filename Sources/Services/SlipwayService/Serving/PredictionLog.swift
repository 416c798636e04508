package import SlipwayDomain
internal import Synchronization

/// One answered request on its way to the log; many hands hold it, so it is handed on by reference.
package final class PredictionRecord: Sendable {
    package let id: String
    package let model: String
    package let version: LoadedVersion
    package let time: Instant
    /// What the client named the entity by; nil when it did not.
    package let key: String?
    /// How long the version took.
    package let nanoseconds: UInt64
    package let inputs: [Tensor]
    package let outputs: [Tensor]
    /// The version whose answer to the same input is to be compared; nil when none.
    package let counterpart: LoadedVersion?
    package let meter: ArmMeter?
    /// The number of the release's candidate, which either version of a pair may be.
    let candidate: Int?
    /// False for what testers and probes asked.
    let isEvidence: Bool

    package init(
        id: String,
        model: String,
        version: LoadedVersion,
        time: Instant,
        key: String?,
        nanoseconds: UInt64,
        inputs: [Tensor],
        outputs: [Tensor],
        counterpart: LoadedVersion?,
        meter: ArmMeter?,
        candidate: Int? = nil,
        isEvidence: Bool = true
    ) {
        self.id = id
        self.model = model
        self.version = version
        self.time = time
        self.key = key
        self.nanoseconds = nanoseconds
        self.inputs = inputs
        self.outputs = outputs
        self.counterpart = counterpart
        self.meter = meter
        self.candidate = candidate
        self.isEvidence = isEvidence
    }

    /// How many rows were asked about.
    package var rows: Int { inputs.first?.shape.first ?? 0 }

    /// The id of one row.
    package func id(row: Int) -> String { rows == 1 ? id : "\(id)-\(row)" }

    /// About how much memory it holds while it waits.
    var byteCount: Int {
        var bytes = Self.overhead + (key?.utf8.count ?? 0)
        for tensor in inputs { bytes += tensor.data.byteCount }
        for tensor in outputs { bytes += tensor.data.byteCount }
        return bytes
    }

    /// Id, times, shapes and what the arrays cost beside their elements.
    private static let overhead = 512
}

/// A bounded queue between the request path and the log; what does not fit is counted, never waited for.
///
/// It is bounded by bytes, because a request may hold one row or a million.
package final class PredictionLog: Sendable {
    private let state = Mutex(State())
    private let capacityBytes: Int

    private struct State {
        var records: [PredictionRecord] = []
        var bytes = 0
        var dropped = 0
        var accepted = 0
    }

    package init(capacityBytes: Int = 64 << 20) { self.capacityBytes = capacityBytes }

    /// False for a log of nothing, as a server without a ledger has it.
    var keeps: Bool { capacityBytes > 0 }

    func add(_ record: PredictionRecord) {
        guard keeps else { return }
        let bytes = record.byteCount
        state.withLock { state in
            if state.bytes + bytes <= capacityBytes {
                state.records.append(record)
                state.bytes += bytes
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
            defer { (state.records, state.bytes) = ([], 0) }
            return state.records
        }
    }

    /// How many were taken in and how many had no room, since the start.
    package var counts: (accepted: Int, dropped: Int) { state.withLock { ($0.accepted, $0.dropped) } }

    /// How much memory the waiting predictions hold now.
    package var waitingBytes: Int { state.withLock { $0.bytes } }
}
