import SlipwayDomain

/// From the first bad data or behaviour to the first alert.
enum TimeToDetect {
    static let definition = KPI.Definition(
        id: "time-to-detect",
        title: "Time to detect",
        unit: .seconds,
        formula:
            "median over drift and performance alerts of (alert fired - onset, the start of the first bad window); "
            + "alerts without a known onset are counted and left out"
    )

    static func kpi(_ facts: Facts, _ window: Window) -> KPI {
        var closed: [Span] = []
        var kinds: [String: Int] = ["drift": 0, "performance": 0]
        var withoutOnset = 0
        var invalid = 0
        var used: [EntryID] = []
        for (_, alert) in facts.alerts.sorted(by: { $0.key < $1.key }) where window.contains(alert.fired.time) {
            used.append(alert.fired.entry)
            if let onset = alert.onset, onset <= alert.fired.time {
                closed.append(alert.fired.time - onset)
                kinds[alert.kind, default: 0] += 1
            } else if alert.onset == nil {
                withoutOnset += 1
            } else {
                invalid += 1
            }
        }
        let byHuman = facts.incidents.values.count { $0.alert == nil && window.contains($0.start) }
        let byKind = kinds.sorted { $0.key < $1.key }.map { KPI.Detail(name: $0.key, value: Double($0.value)) }
        return .duration(
            definition,
            DurationSummary(closed: closed, open: []),
            details: byKind + [
                KPI.Detail(name: "withoutOnset", value: Double(withoutOnset)),
                KPI.Detail(name: "invalid", value: Double(invalid)),
                KPI.Detail(name: "incidentsWithoutAlert", value: Double(byHuman)),
            ],
            entryIDs: facts.ordered(used)
        )
    }
}
