import SlipwayDomain

/// Which share of the models seen serving is known to the registry.
enum ModelsInRegistry {
    static let definition = KPI.Definition(
        id: "models-in-registry",
        title: "Models in registry",
        unit: .ratio,
        formula:
            "models of which every digest seen serving belongs to a registered version / models seen serving; what "
            + "counts for a digest is the last time it was seen in the window"
    )

    static func kpi(_ facts: Facts, _ window: Window) -> KPI {
        var isRegistered: [String: [String: Bool]] = [:]
        var used: [EntryID] = []
        for seen in facts.observations.filter({ window.contains($0.event.time) }).sorted(by: { earlier($0, $1, facts) })
        {
            isRegistered[seen.model, default: [:]][seen.digest] = seen.isRegistered
            used.append(seen.event.entry)
        }
        let known = isRegistered.values.count { $0.values.allSatisfy(\.self) }
        let digests = isRegistered.values.flatMap(\.values)
        return .ratio(
            definition,
            numerator: Double(known),
            denominator: Double(isRegistered.count),
            count: isRegistered.count,
            details: [
                KPI.Detail(name: "digestsSeen", value: Double(digests.count)),
                KPI.Detail(name: "digestsRegistered", value: Double(digests.count(where: \.self))),
            ],
            entryIDs: facts.ordered(used)
        )
    }

    private static func earlier(_ first: Facts.Observation, _ second: Facts.Observation, _ facts: Facts) -> Bool {
        if first.event.time != second.event.time { return first.event.time < second.event.time }
        return facts.precedes(first.event.entry, second.event.entry)
    }
}
