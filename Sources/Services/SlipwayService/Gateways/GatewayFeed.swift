internal import SlipwayDomain
internal import SlipwayLedger
internal import SlipwayRelease
internal import Synchronization

/// What the release controller tells gateways, and what they told of the steps under way.
package final class GatewayFeed: Sendable {
    /// A table as it is sent.
    package struct Sheet: Sendable {
        package let bytes: [UInt8]
        /// The digest of the bytes.
        package let tag: String
    }

    private struct State {
        var endpoints: [String: GatewayEndpoint] = [:]
        var callers: [String] = []
        /// Nil as long as the controller has not looked at everything after its start.
        var sheet: Sheet?
        var isWhole = false
        var steps: [ReleaseID: Counting] = [:]
        /// Monotonic time of the last question for a table; nil before the first.
        var askedAt: UInt64?
        /// Monotonic time of the last look at manifests and tokens.
        var refreshedAt: UInt64 = 0
    }

    /// What gateways counted of a release's step.
    private struct Counting {
        let step: GatewayEndpoint.Step
        /// The newest word of each life.
        var parts: [String: (sequence: Int, evidence: AnalysisEvidence)] = [:]
    }

    private let state = Mutex(State())

    /// More starts of gateways than one step of a release ever sees.
    private static let mostLives = 4096
    /// How long after a question tables are kept up to date in all parts.
    private static let interestNanoseconds: UInt64 = 60_000_000_000

    private static let freshNanoseconds: UInt64 = 5_000_000_000

    package init() {}

    /// The table, or nil when it is not known yet.
    package var sheet: Sheet? { state.withLock { $0.sheet } }

    /// The endpoint of a model as it is told.
    func endpoint(_ model: String) -> GatewayEndpoint? { state.withLock { $0.endpoints[model] } }

    /// Whether the parts of the table that nobody tells of when they change were read lately.
    func isFresh(at time: UInt64) -> Bool { state.withLock { time &- $0.refreshedAt < Self.freshNanoseconds } }

    /// Everything was read at `time`.
    func refresh(at time: UInt64) { state.withLock { $0.refreshedAt = time } }

    /// Somebody asks for the table.
    func ask(at time: UInt64) { state.withLock { $0.askedAt = time } }

    /// Whether somebody asked lately.
    func isWanted(at time: UInt64) -> Bool {
        state.withLock { state in state.askedAt.map { time &- $0 < Self.interestNanoseconds } ?? false }
    }

    /// Tells a new state of one endpoint.
    func set(_ endpoint: GatewayEndpoint) throws {
        try state.withLock { state in
            guard state.endpoints[endpoint.model] != endpoint else { return }
            state.endpoints[endpoint.model] = endpoint
            try Self.write(&state)
        }
    }

    /// Tells who may ask.
    func set(callers: [String]) throws {
        try state.withLock { state in
            guard state.callers != callers else { return }
            state.callers = callers
            try Self.write(&state)
        }
    }

    /// Everything was looked at: from here on the table is whole.
    func open() throws {
        try state.withLock { state in
            state.isWhole = true
            try Self.write(&state)
        }
    }

    private static func write(_ state: inout State) throws {
        guard state.isWhole else { return }
        let routes = GatewayRoutes(
            endpoints: state.endpoints.values.sorted { $0.model < $1.model },
            callers: state.callers
        )
        let bytes = try CanonicalJSON.bytes(of: JSONValue(encoding: routes))
        state.sheet = Sheet(bytes: bytes, tag: Digest32.sha256(bytes).prefixed)
    }

    /// A step begins to be counted; what was told of another one is no evidence any more.
    func begin(_ release: ReleaseID, _ step: GatewayEndpoint.Step) {
        state.withLock { $0.steps[release] = Counting(step: step) }
    }

    /// A release is over.
    func forget(_ release: ReleaseID) { state.withLock { $0.steps[release] = nil } }

    /// Takes the newest word of a gateway on a step; one on another step, or an older one, changes nothing.
    func take(_ counted: GatewayReport.Counted, life: String, sequence: Int) {
        state.withLock { state in
            guard var counting = state.steps[counted.release], counting.step.step == counted.evidence.step,
                counting.step.since == counted.evidence.from
            else { return }
            let known = counting.parts[life]
            guard known != nil || counting.parts.count < Self.mostLives, (known?.sequence ?? 0) < sequence else {
                return
            }
            counting.parts[life] = (sequence, counted.evidence)
            state.steps[counted.release] = counting
        }
    }

    /// What this server counted of a step, with what all gateways did.
    func sum(_ own: AnalysisEvidence, of release: ReleaseID) -> AnalysisEvidence {
        let parts = state.withLock { state -> [AnalysisEvidence] in
            guard let counting = state.steps[release], counting.step.step == own.step,
                counting.step.since == own.from
            else { return [] }
            return counting.parts.sorted { $0.key < $1.key }.map(\.value.evidence)
        }
        // What cannot be added up was refused when it came; the rest is summed without it.
        return parts.reduce(own) { sum, part in (try? sum.adding([part])) ?? sum }
    }
}
