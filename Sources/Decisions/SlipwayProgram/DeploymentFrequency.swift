import SlipwayDomain

/// How often a model in production gets a new version.
enum DeploymentFrequency {
    /// A twelfth of the mean Gregorian year of 365.2425 days.
    private static let monthMilliseconds = 365.2425 / 12 * 86_400_000

    static let definition = KPI.Definition(
        id: "deployment-frequency",
        title: "Deployment frequency",
        unit: .perModelMonth,
        formula: "releases promoted in production (rollbacks left out) / months that models were in production within "
            + "the window, a month being 30.436875 days"
    )

    static func kpi(_ facts: Facts, _ window: Window) -> KPI {
        var firstLive: [String: Instant] = [:]
        var days: Set<String> = []
        var used: [EntryID] = []
        for release in facts.productionChanges {
            if let live = release.live {
                firstLive[release.key.model] = min(firstLive[release.key.model] ?? live.time, live.time)
            }
            guard release.isPromoted, let completed = release.completed, window.contains(completed.time) else {
                continue
            }
            used.append(completed.entry)
            days.insert(completed.time.date)
        }
        let active = firstLive.values.filter { $0 < window.to }
        let milliseconds = active.reduce(0) { $0 + (window.to - max($1, window.from)).milliseconds }
        return .ratio(
            definition,
            numerator: Double(used.count),
            denominator: Double(milliseconds) / monthMilliseconds,
            count: used.count,
            details: [
                KPI.Detail(name: "activeModels", value: Double(active.count)),
                KPI.Detail(name: "daysWithDeployment", value: Double(days.count)),
            ],
            entryIDs: facts.ordered(used)
        )
    }
}
