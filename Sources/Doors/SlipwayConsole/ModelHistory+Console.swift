internal import SlipwayDomain
internal import SlipwayService

extension ModelHistory {
    var owner: String? { manifest?["metadata"]?["owner"]?.string }
    var summary: String? { manifest?["metadata"]?["description"]?.string }
    var runbook: String? { manifest?["spec"]?["runbook"]?.string }

    /// The tier with its meaning, as DESIGN.md names the three.
    var tier: String? {
        manifest?["metadata"]?["tier"]?.integer.map { tier in
            switch tier {
            case 1: "1, critical"
            case 2: "2, important"
            case 3: "3, internal"
            default: String(tier)
            }
        }
    }

    var openIncidents: [Incident] { incidents.filter { $0.resolvedAt == nil } }

    /// What is said of a version besides its evidence.
    func role(of version: Int) -> Badge? {
        if serving?.version == version { return Badge(text: "serving", tone: .good) }
        if activeRelease?.version == version { return Badge(text: "being released", tone: .warn) }
        return nil
    }
}

extension ModelHistory.Release {
    var badge: Badge {
        switch outcome {
        case "promoted": Badge(text: "promoted", tone: .good)
        case "rolledBack": Badge(text: "rolled back", tone: .bad)
        case "aborted": Badge(text: "called off", tone: .warn)
        case let other?: Badge(text: other, tone: .plain)
        case nil: Badge(text: "under way", tone: .warn)
        }
    }

    /// `Version 3 in place of version 2`.
    var heading: String {
        let change = kind == "rollback" ? "Rollback to version \(version)" : "Version \(version)"
        return change + (stable.map { " in place of version \($0)" } ?? ", the first to serve")
    }
}

extension ModelHistory.Window {
    var verdict: String? { data["verdict"]?.string }

    /// `2013-07-01 to 2013-07-15`; with the time of day where the window is no whole number of days.
    var span: HTML {
        let day = Span.days(1).milliseconds
        let isWholeDays = from.milliseconds % day == 0 && to.milliseconds % day == 0
        let texts = isWholeDays ? (from.date, to.date) : (Figures.minute(from), Figures.minute(to))
        return #"<span class="nowrap">\#(texts.0)</span> to <span class="nowrap">\#(texts.1)</span>"#
    }
}
