import SlipwayDomain

extension Story {
    /// A year of drift and performance windows, the alerts that they raised, and two incidents.
    mutating func watch() {
        var from = Self.instant("2013-04-01")
        for index in 0..<17 {
            drift(from, index)
            from = from + .days(14)
        }
        from = Self.instant("2013-04-01")
        for index in 0..<34 {
            performance(from, index)
            from = from + .days(7)
        }
        incidents()
    }

    /// Seasonal: strongest in the middle of the summer; one window has too few rows.
    private mutating func drift(_ from: Instant, _ index: Int) {
        let season = 1 - min(1, Double((index - 7).magnitude) / 7)
        let sizes: [(name: String, statistic: String, size: Double, floor: Double)] = [
            ("temp", "ks", 0.82, 0.15), ("dewp", "ks", 0.61, 0.15), ("humid", "ks", 0.22, 0.15),
            ("sched_dep_time", "ks", 0.03, 0.15), ("dest", "js", 0.31, 0.3), ("carrier", "cramers_v", 0.02, 0.15),
            ("a_column_with_a_very_long_name_indeed", "missing_share", 0.05, 0.01),
        ]
        let isThin = index == 3
        let columns = sizes.map { column -> JSONValue in
            let effect = column.size * (0.1 + 0.9 * season)
            let isDrifted = !isThin && effect > column.floor
            return [
                "name": .string(column.name), "statistic": .string(column.statistic), "effect": .number(effect),
                "verdict": .string(isThin ? "cannotTell" : isDrifted ? "drifted" : "stable"),
                "pValue": isThin ? .null : 0.000_01, "adjustedP": isThin ? .null : .number(isDrifted ? 0.000_02 : 0.4),
                "psi": .number(effect / 2), "strength": .number(effect / column.floor),
                "sentence": .string("\(column.name) was compared"),
            ]
        }
        let verdict = isThin ? "cannotTell" : season > 0.2 ? "drifted" : "stable"
        tell(
            "drift.recorded",
            (from + .days(14)).description,
            by: "slipway",
            [
                "version": 2, "window": Self.window(from, from + .days(14)), "rows": .integer(isThin ? 120 : 12_345),
                "verdict": .string(verdict), "sentence": .string("the window is \(verdict)"),
                "columns": .array(columns),
            ]
        )
    }

    private mutating func performance(_ from: Instant, _ index: Int) {
        let value = 0.71 - 0.0012 * Double(index * (index % 3 + 1))
        let isThin = index == 9
        let isBreached = value + 0.015 < 0.65
        tell(
            "performance.recorded",
            (from + .days(8)).description,
            by: "slipway",
            [
                "version": 2, "window": Self.window(from, from + .days(7)), "metric": "roc_auc",
                "value": isThin ? .null : .number(value), "lower": isThin ? .null : .number(value - 0.015),
                "upper": isThin ? .null : .number(value + 0.015), "threshold": 0.65,
                "labels": .integer(isThin ? 40 : 5900), "predictions": 6100,
                "verdict": .string(isThin ? "cannotTell" : isBreached ? "breached" : "ok"),
                "sentence": "the week was judged",
            ]
        )
    }

    private mutating func incidents() {
        alert("a1", "drift", "2013-06-24T00:00:00Z", ["temp", "dewp"])
        incident(
            "i1",
            alert: "a1",
            "2013-06-24T00:00:00Z",
            ["temp", "dewp"],
            runbook: "https://runbooks.example/drift"
        )
        tell("incident.resolved", "2013-07-02T09:00:00Z", by: "grace", ["incident": "i1"])
        alert("a2", "performance", "2013-11-20T00:00:00Z", ["roc_auc"])
        incident("i2", alert: "a2", "2013-11-20T00:00:00Z", ["roc_auc"], runbook: "runbook.md")
    }

    private mutating func alert(_ id: String, _ kind: String, _ at: String, _ columns: [String]) {
        tell(
            "alert.fired",
            at,
            by: "slipway",
            [
                "alert": .string(id), "version": 2, "kind": .string(kind), "onset": .string(at),
                "columns": Self.columns(columns),
            ]
        )
    }

    private mutating func incident(_ id: String, alert: String, _ at: String, _ columns: [String], runbook: String) {
        tell(
            "incident.opened",
            at,
            by: "slipway",
            [
                "incident": .string(id), "owner": "team-ops", "runbook": .string(runbook), "severity": 2,
                "startedAt": .string(at), "alert": .string(alert), "columns": Self.columns(columns),
                "summary": .string("flight-delay is not what it was: \(columns.joined(separator: ", "))"),
            ]
        )
    }

    private static func columns(_ names: [String]) -> JSONValue {
        .array(names.map { ["name": .string($0), "sentence": .string("\($0) moved")] })
    }

    private static func window(_ from: Instant, _ to: Instant) -> JSONValue {
        ["from": .string(from.description), "to": .string(to.description)]
    }
}
