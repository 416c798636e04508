internal import SlipwayDomain
internal import SlipwayService

/// Incidents and the alerts behind them, newest first.
struct IncidentsSection {
    let history: ModelHistory

    private static let mostIncidents = 10
    private static let mostAlerts = 25

    var html: HTML {
        let incidents = history.incidents.reversed().prefix(Self.mostIncidents)
        let hidden = history.incidents.count - incidents.count
        let body: HTML = incidents.isEmpty ? "<p>No incident was opened.</p>\n" : incidents.html { article($0) }
        let more: HTML = hidden > 0 ? "<p>\(hidden) earlier incidents: <code>slipway incidents</code></p>\n" : ""
        return "<section id=\"incidents\">\n<h2>Incidents</h2>\n\(body)\(more)\(alerts)</section>\n"
    }

    /// Where the change came in, in words.
    private static func origin(_ origin: String) -> String {
        switch origin {
        case "upstream": "upstream of the model: its inputs changed"
        case "model": "in the model: its answers changed and its inputs did not"
        case "outcome": "in the outcome: what inputs and answers mean"
        default: origin
        }
    }

    /// What an incident is about.
    static func summary(_ incident: ModelHistory.Incident) -> String {
        incident.data["summary"]?.string ?? "incident \(incident.id)"
    }

    private func article(_ incident: ModelHistory.Incident) -> HTML {
        let badge =
            incident.resolvedAt == nil ? Badge(text: "open", tone: .bad) : Badge(text: "resolved", tone: .good)
        return """
            <article>
            <h3>\(Self.summary(incident)) \(badge.html)</h3>
            \(facts(incident))\(columns(incident))\(marks(incident))</article>

            """
    }

    private func facts(_ incident: ModelHistory.Incident) -> HTML {
        let data = incident.data
        var rows: [(String, HTML)] = [
            ("Owner", "\(data["owner"]?.string ?? Figures.none)"),
            ("Runbook", data["runbook"]?.string.map { Runbook(text: $0).html } ?? "none"),
            ("Severity", "\(Figures.count(data["severity"]))"), ("Began", Figures.time(data["startedAt"])),
            ("Opened", Figures.time(incident.openedAt)),
            ("Resolved", incident.resolvedAt.map { Figures.time($0) } ?? "not yet"),
        ]
        if let origin = data["origin"]?.string { rows.append(("Came in", "\(Self.origin(origin))")) }
        if let release = data["release"]?.string { rows.append(("Release", "<code>\(release)</code>")) }
        rows.append(("Incident", "<code>\(incident.id.text)</code>"))
        return Facts(rows: rows).html
    }

    /// What somebody said of the alert, and the buttons to say it.
    private func marks(_ incident: ModelHistory.Incident) -> HTML {
        let said: HTML =
            switch incident.data["outcome"]?.string {
            case let outcome?: "<p>Marked \(outcome) by \(incident.data["outcomeBy"]?.string ?? Figures.none).</p>\n"
            case nil: "<p>Was it worth waking for? Alert precision is counted from the answers.</p>\n"
            }
        let address = "/models/\(PathSegment.encode(history.model))/incidents/\(PathSegment.encode(incident.id.text))"
        return """
            \(said)<form method="post" class="marks">
            <button formaction="\(address)/actionable">Actionable</button>
            <button formaction="\(address)/noise">Noise</button>
            </form>

            """
    }

    private func columns(_ incident: ModelHistory.Incident) -> HTML {
        let columns = Self.columns(incident.data)
        guard !columns.isEmpty else { return "" }
        return Table(
            caption: "What it is about",
            columns: [.text("Column or metric"), .text("In words")],
            rows: columns.map { ["\($0.name)", "\($0.sentence)"] }
        ).html
    }

    /// Names with sentences, or names alone.
    private static func columns(_ data: JSONValue) -> [(name: String, sentence: String)] {
        (data["columns"]?.array ?? []).compactMap { column in
            guard let name = column.string ?? column["name"]?.string else { return nil }
            return (name, column["sentence"]?.string ?? "")
        }
    }

    private var alerts: HTML {
        let newest = history.alerts.reversed().prefix(Self.mostAlerts)
        guard !newest.isEmpty else { return "" }
        let all = history.alerts.count
        return """
            <h3>Alerts</h3>
            \(Table(
                caption: all > newest.count ? "The newest \(newest.count) of \(all)" : "Newest first",
                columns: [.text("Fired"), .text("Kind"), .text("Since"), .text("Columns or metrics")],
                rows: newest.map { alert in
                    [
                        Figures.time(alert.at), "\(alert.data["kind"]?.string ?? Figures.none)",
                        Figures.time(alert.data["onset"]),
                        "\(Self.columns(alert.data).map(\.name).joined(separator: ", "))",
                    ]
                }
            ).html)
            """
    }
}
