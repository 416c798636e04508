import SlipwayDomain

/// From the start of an incident to safe behaviour.
enum TimeToRestore {
    static let definition = KPI.Definition(
        id: "time-to-restore",
        title: "Time to restore",
        unit: .seconds,
        formula:
            "median over incidents of (safe again - impact began, or opened if that is unknown); an incident opened "
            + "again goes on"
    )

    static func kpi(_ facts: Facts, _ window: Window) -> KPI {
        var closed: [Span] = []
        var byDeployment: [Span] = []
        var open: [Span] = []
        var used: [EntryID] = []
        for incident in facts.incidents.values.sorted(by: { $0.id < $1.id }) {
            if let restored = incident.restored, restored < window.to {
                guard window.contains(restored) else { continue }
                let span = max(restored - incident.start, .seconds(0))
                closed.append(span)
                if incident.release != nil { byDeployment.append(span) }
                used += incident.entries
            } else if incident.start < window.to {
                open.append(window.to - incident.start)
                used += incident.entries
            }
        }
        var details = [KPI.Detail(name: "causedByDeployment", value: Double(byDeployment.count))]
        if let median = DurationSummary(closed: byDeployment, open: []).median {
            details.append(KPI.Detail(name: "medianSecondsCausedByDeployment", value: median))
        }
        return .duration(
            definition,
            DurationSummary(closed: closed, open: open),
            details: details,
            entryIDs: facts.ordered(used)
        )
    }
}
