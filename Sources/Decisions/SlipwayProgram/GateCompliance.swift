import SlipwayDomain

/// Which share of the changes of production was allowed by the gates beforehand.
enum GateCompliance {
    static let definition = KPI.Definition(
        id: "gate-compliance",
        title: "Gate compliance",
        unit: .ratio,
        formula: "production releases (rollbacks left out) whose decision allowed this version there and stands before "
            + "them in the ledger / production releases started"
    )

    static func kpi(_ facts: Facts, _ window: Window) -> KPI {
        var compliant = 0
        var total = 0
        var withoutDecision = 0
        var denied = 0
        var used: [EntryID] = []
        for release in facts.productionChanges {
            guard let started = release.started, window.contains(started.time) else { continue }
            total += 1
            used.append(started.entry)
            guard let decision = release.decision.flatMap({ facts.decisions[$0] }), decision.key == release.key,
                decision.environment == release.environment, facts.precedes(decision.event.entry, started.entry)
            else {
                withoutDecision += 1
                continue
            }
            used.append(decision.event.entry)
            if decision.isAllowed { compliant += 1 } else { denied += 1 }
        }
        return .ratio(
            definition,
            numerator: Double(compliant),
            denominator: Double(total),
            count: total,
            details: [
                KPI.Detail(name: "withoutDecision", value: Double(withoutDecision)),
                KPI.Detail(name: "denied", value: Double(denied)),
            ],
            entryIDs: facts.ordered(used)
        )
    }
}
