import SlipwayDomain

/// Which share of the versions that got all traffic had to be taken back or caused an incident.
enum ChangeFailureRate {
    /// How long after a deployment an incident without a named cause is put down to it.
    static let attribution = Span.days(7)

    static let definition = KPI.Definition(
        id: "change-failure-rate",
        title: "Change failure rate",
        unit: .ratio,
        formula:
            "production deployments that reached 100 % and then failed / production deployments that reached 100 % "
            + "at least 7 days ago; failed = rolled back, or named by an incident, or newest when another incident of "
            + "the model began within 7 days; incidents of a drift alert are put down to the data"
    )

    static func kpi(_ facts: Facts, _ window: Window) -> KPI {
        var mature = 0
        var failed = 0
        var immature = 0
        var immatureFailed = 0
        var caught = 0
        var used: [EntryID] = []
        let causes = failures(facts, before: window.to)
        for release in facts.productionChanges {
            if release.live == nil {
                guard release.outcome == "rolledBack", let end = release.completed, window.contains(end.time) else {
                    continue
                }
                caught += 1
                used.append(end.entry)
            } else if let live = release.live, window.contains(live.time) {
                let evidence = causes[release.id] ?? []
                used += [live.entry] + evidence
                let isMature = live.time + attribution <= window.to
                mature += isMature ? 1 : 0
                immature += isMature ? 0 : 1
                if !evidence.isEmpty {
                    failed += isMature ? 1 : 0
                    immatureFailed += isMature ? 0 : 1
                }
            }
        }
        let young = "no deployment is 7 days old yet, \(immature) younger"
        return .ratio(
            definition,
            numerator: Double(failed),
            denominator: Double(mature),
            count: mature,
            reason: immature > 0 ? young : "no events",
            details: [
                KPI.Detail(name: "caughtByCanary", value: Double(caught)),
                KPI.Detail(name: "immature", value: Double(immature)),
                KPI.Detail(name: "immatureFailed", value: Double(immatureFailed)),
            ],
            entryIDs: facts.ordered(used)
        )
    }

    /// For each failed release the entries that say so.
    private static func failures(_ facts: Facts, before end: Instant) -> [String: [EntryID]] {
        var causes: [String: [EntryID]] = [:]
        for release in facts.releases.values where release.isProduction {
            if !release.isRollback, release.live != nil, let completed = release.completed, !release.isPromoted,
                completed.time < end
            {
                causes[release.id, default: []].append(completed.entry)
            }
            if release.isRollback, let started = release.started, started.time < end,
                let blamed = newest(facts, release.key.model, at: started.time), blamed.key != release.key
            {
                causes[blamed.id, default: []].append(started.entry)
            }
        }
        for incident in facts.incidents.values where incident.start < end {
            if let release = incident.release {
                causes[release, default: []] += incident.entries.prefix(1)
            } else if incident.alert.flatMap({ facts.alerts[$0] })?.kind != "drift",
                let blamed = newest(facts, incident.model, at: incident.start)
            {
                causes[blamed.id, default: []] += incident.entries.prefix(1)
            }
        }
        return causes
    }

    /// The model's newest deployment at an instant, if it is young enough to be blamed.
    private static func newest(_ facts: Facts, _ model: String, at instant: Instant) -> ReleaseFact? {
        var found: (release: ReleaseFact, live: Instant)?
        for release in facts.productionChanges where release.key.model == model {
            guard let live = release.live?.time, live <= instant else { continue }
            if let known = found, known.live >= live { continue }
            found = (release, live)
        }
        guard let found, instant <= found.live + attribution else { return nil }
        return found.release
    }
}
