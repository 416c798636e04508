package import SlipwayDomain
package import SlipwayLedger

/// The key figures of a window of time, computed from the ledger alone.
package struct Scorecard: Hashable, Sendable {
    /// The first instant of the window.
    package let from: Instant
    /// The first instant after the window.
    package let to: Instant
    /// Whether the server ran on a made-up clock, so that nobody takes a drill for production.
    package let isDrill: Bool
    /// The figures, in a fixed order.
    package let kpis: [KPI]

    /// Computes the figures of the half-open window `from..<to` from all entries of the ledger, in its order.
    ///
    /// What counts is when things happened, not when they were recorded, so late entries correct past windows. What
    /// the actor `simulator` did is left out unless it is asked for.
    package static func compute(
        entries: [Entry],
        window: (from: Instant, to: Instant),
        includingSimulator: Bool = false
    ) -> Scorecard {
        let facts = Facts(includingSimulator ? entries : entries.filter { $0.actor != "simulator" })
        let window = Window(from: window.from, to: window.to)
        let kpis = [
            LeadTime.kpi(facts, window), DeploymentFrequency.kpi(facts, window), ChangeFailureRate.kpi(facts, window),
            TimeToRestore.kpi(facts, window), TimeToDetect.kpi(facts, window), ModelsInRegistry.kpi(facts, window),
            GateCompliance.kpi(facts, window), AlertPrecision.kpi(facts, window),
        ]
        return Scorecard(from: window.from, to: window.to, isDrill: facts.isDrill, kpis: kpis)
    }

    /// The figure called `id`, or nil.
    package subscript(_ id: String) -> KPI? { kpis.first { $0.id == id } }

    /// How many canaries were rolled back before they had all traffic; these are no change failures.
    package var caughtByCanary: Int { Int(self["change-failure-rate"]?.detail("caughtByCanary") ?? 0) }

    /// The scorecard as a JSON object.
    package var json: JSONValue {
        [
            "from": .string(from.description), "to": .string(to.description), "drill": .bool(isDrill),
            "caughtByCanary": .integer(Int64(caughtByCanary)), "kpis": .array(kpis.map(\.json)),
        ]
    }
}

/// A half-open window of time.
struct Window {
    let from: Instant
    let to: Instant

    func contains(_ instant: Instant) -> Bool { from <= instant && instant < to }
}
