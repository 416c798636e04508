import SlipwayDomain

/// From a version being registered to it having all production traffic.
enum LeadTime {
    static let definition = KPI.Definition(
        id: "lead-time",
        title: "Lead time to production",
        unit: .seconds,
        formula:
            "median over model versions of (first at 100 % of production - registered); versions not yet there are "
            + "open, versions overtaken by a newer one are counted as abandoned and left out"
    )

    static func kpi(_ facts: Facts, _ window: Window) -> KPI {
        var closed: [Span] = []
        var toTraffic: [Span] = []
        var open: [Span] = []
        var abandoned = 0
        var invalid = 0
        var used: [EntryID] = []
        let live = firstEvents(facts, \.live)
        let traffic = firstEvents(facts, \.firstTraffic)
        for key in Set(facts.registered.keys).union(live.keys).sorted() {
            let ready = facts.registered[key]
            if let end = live[key], end.time < window.to {
                guard window.contains(end.time) else { continue }
                used.append(end.entry)
                // A version that was live before it was registered, or without it, has no lead time.
                guard let ready, ready.time <= end.time else {
                    invalid += 1
                    continue
                }
                closed.append(end.time - ready.time)
                if let first = traffic[key], first.time >= ready.time { toTraffic.append(first.time - ready.time) }
                used.append(ready.entry)
            } else if let ready, ready.time < window.to {
                if let overtaken = overtaking(key, ready, facts, live), overtaken.time < window.to {
                    guard window.contains(overtaken.time) else { continue }
                    abandoned += 1
                    used += [ready.entry, overtaken.entry]
                } else {
                    open.append(window.to - ready.time)
                    used.append(ready.entry)
                }
            }
        }
        var details = [
            KPI.Detail(name: "abandoned", value: Double(abandoned)),
            KPI.Detail(name: "invalid", value: Double(invalid)),
        ]
        if let median = DurationSummary(closed: toTraffic, open: []).median {
            details.append(KPI.Detail(name: "medianSecondsToFirstTraffic", value: median))
        }
        return .duration(
            definition,
            DurationSummary(closed: closed, open: open),
            details: details,
            entryIDs: facts.ordered(used)
        )
    }

    private static func firstEvents(
        _ facts: Facts,
        _ event: (ReleaseFact) -> Facts.Event?
    ) -> [Facts.VersionKey: Facts.Event] {
        var first: [Facts.VersionKey: Facts.Event] = [:]
        for release in facts.productionChanges {
            guard let found = event(release) else { continue }
            if let known = first[release.key], known.time <= found.time { continue }
            first[release.key] = found
        }
        return first
    }

    /// The first time that a newer version of the same model went live after this one was registered.
    private static func overtaking(
        _ key: Facts.VersionKey,
        _ ready: Facts.Event,
        _ facts: Facts,
        _ live: [Facts.VersionKey: Facts.Event]
    ) -> Facts.Event? {
        live.filter { $0.key.model == key.model && $0.key.version > key.version && $0.value.time >= ready.time }
            .min { ($0.value.time, $0.key) < ($1.value.time, $1.key) }?.value
    }
}
