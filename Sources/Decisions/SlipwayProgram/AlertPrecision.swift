import SlipwayDomain

/// Which share of the alerts that somebody looked at were worth waking for.
enum AlertPrecision {
    static let definition = KPI.Definition(
        id: "alert-precision",
        title: "Alert precision",
        unit: .ratio,
        formula:
            "alerts marked actionable / alerts marked at all; alerts of one incident count once, by its last mark; alerts "
            + "without a mark are left out, and counted as coverage"
    )

    static func kpi(_ facts: Facts, _ window: Window) -> KPI {
        var fired: [String: [EntryID]] = [:]
        for (id, alert) in facts.alerts.sorted(by: { $0.key < $1.key }) where window.contains(alert.fired.time) {
            fired[group(of: id, alert, facts), default: []].append(alert.fired.entry)
        }
        var actionable = 0
        var noise = 0
        var used: [EntryID] = []
        for (group, entries) in fired.sorted(by: { $0.key < $1.key }) {
            used += entries
            guard let mark = facts.marks[group] else { continue }
            used.append(mark.event.entry)
            if mark.isActionable { actionable += 1 } else { noise += 1 }
        }
        let triaged = actionable + noise
        let untriaged = fired.count - triaged
        return .ratio(
            definition,
            numerator: Double(actionable),
            denominator: Double(triaged),
            count: triaged,
            reason: fired.isEmpty
                ? "no events" : "no alert is marked yet: `slipway incidents mark ID actionable|noise`",
            details: [
                KPI.Detail(name: "noise", value: Double(noise)),
                KPI.Detail(name: "untriaged", value: Double(untriaged)),
                KPI.Detail(
                    name: "coveragePercent",
                    value: fired.isEmpty ? 0 : 100 * Double(triaged) / Double(fired.count)
                ),
                KPI.Detail(name: "lowestPercent", value: share(actionable, of: fired.count)),
                KPI.Detail(name: "highestPercent", value: share(actionable + untriaged, of: fired.count)),
            ],
            entryIDs: facts.ordered(used)
        )
    }

    /// The incident that an alert belongs to; an alert that no incident names stands for itself.
    private static func group(of id: String, _ alert: Facts.Alert, _ facts: Facts) -> String {
        alert.incident ?? facts.incidents.values.first { $0.alert == id }?.id ?? id
    }

    private static func share(_ part: Int, of whole: Int) -> Double {
        whole == 0 ? 0 : 100 * Double(part) / Double(whole)
    }
}
