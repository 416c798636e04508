internal import SlipwayDomain
internal import SlipwayService

/// Everything about one model on one page.
struct ModelPage {
    let history: ModelHistory
    let now: Instant

    func page(server: ModelReports.ServerState) -> Page {
        Page(title: history.model, server: server, holdsDrill: history.isDrill, content: content)
    }

    var content: HTML {
        """
        \(header)\(alarm)\(VersionsSection(history: history).html)\
        \(ReleasesSection(history: history, now: now).html)\(DriftSection(history: history).html)\
        \(PerformanceSection(history: history).html)\(IncidentsSection(history: history).html)
        """
    }

    private var header: HTML {
        let badge = Badge(text: "no manifest", tone: .warn).html
        var facts: [(String, HTML)] = [
            ("Serves", serves), ("Owner", history.owner.map { "\($0)" } ?? badge),
            ("Tier", history.tier.map { "\($0)" } ?? badge),
        ]
        if let runbook = history.runbook { facts.append(("Runbook", Runbook(text: runbook).html)) }
        facts.append(("Incidents", "\(history.openIncidents.count) open of \(history.incidents.count)"))
        return """
            <h1>\(history.model)</h1>
            \(history.summary.map { "<p>\($0)</p>\n" })\(Facts(rows: facts).html)<nav aria-label="On this page"><ul>
            <li><a href="#versions">Versions</a></li>
            <li><a href="#releases">Releases</a></li>
            <li><a href="#drift">Drift</a></li>
            <li><a href="#performance">Live performance</a></li>
            <li><a href="#incidents">Incidents</a></li>
            </ul></nav>

            """
    }

    private var serves: HTML {
        guard let serving = history.serving else { return Badge(text: "nothing yet", tone: .plain).html }
        let candidate = history.activeRelease.map { release -> HTML in
            let share = release.steps.last?.percent ?? 0
            return "; version \(release.version) is being released and has \(share) %"
        }
        return "version \(serving.version) since \(Figures.time(serving.since))\(candidate)"
    }

    /// What is wrong now stands above everything else.
    private var alarm: HTML {
        let open = history.openIncidents
        guard !open.isEmpty else { return "" }
        let badge = Badge(text: "incident open", tone: .bad).html
        return """
            <section class="alarm" aria-label="Open incidents">
            \(open.html { "<p>\(badge) \(IncidentsSection.summary($0))</p>\n" })\
            <p>What changed before it: <code>slipway triage \(history.model)</code></p>
            </section>

            """
    }
}
