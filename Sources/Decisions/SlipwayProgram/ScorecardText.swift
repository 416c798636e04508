import SlipwayDomain

extension Scorecard {
    /// More entries than this are counted, not listed.
    private static let maxListed = 8

    /// The scorecard for the terminal: a table, then each figure's formula and entries.
    package var text: String {
        var lines = ["Scorecard \(from) to \(to)"]
        if isDrill { lines.append("DRILL: the server ran on a made-up clock, these are not production figures") }
        lines.append("")
        let rows = [["figure", "value", "n", ""]] + kpis.map(Scorecard.row)
        let widths = (0..<3).map { column in rows.map { $0[column].count }.max() ?? 0 }
        for row in rows {
            let cells = (0..<3).map {
                $0 == 2 ? Scorecard.pad(row[$0], widths[$0], left: true) : Scorecard.pad(row[$0], widths[$0])
            }
            lines.append(Scorecard.trimmed((cells + [row[3]]).joined(separator: "  ")))
        }
        if kpis.contains(where: \.isLowSample) {
            lines += ["", "* fewer than \(KPI.lowSampleLimit) observations: one more can change the figure a lot"]
        }
        for kpi in kpis {
            lines += ["", "\(kpi.title): \(kpi.formula)", "  " + Scorecard.entries(kpi)]
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func row(_ kpi: KPI) -> [String] {
        [
            kpi.title, kpi.value.map { value($0, kpi.unit) } ?? "none", "\(kpi.count)\(kpi.isLowSample ? "*" : " ")",
            notes(kpi),
        ]
    }

    private static func notes(_ kpi: KPI) -> String {
        var notes: [String] = []
        if let reason = kpi.reason { notes.append(reason) }
        if let durations = kpi.durations, durations.closedCount > 0 || durations.openCount > 0 {
            if let percentile = durations.percentile90 { notes.append("p90 \(value(percentile, .seconds))") }
            if let mean = durations.meanClosedOnly { notes.append("mean of closed \(value(mean, .seconds))") }
            if let age = durations.oldestOpenAge {
                let median = durations.kaplanMeierMedian.map { value($0, .seconds) } ?? "not reached"
                notes.append("\(durations.openCount) open (oldest \(value(age, .seconds)))")
                notes.append("median with open ones (Kaplan-Meier) \(median)")
            }
        }
        if kpi.unit == .ratio, let numerator = kpi.numerator, let denominator = kpi.denominator, denominator > 0 {
            notes.append("\(decimal(numerator, 0)) of \(decimal(denominator, 0))")
        }
        if kpi.unit == .perModelMonth, let numerator = kpi.numerator, let denominator = kpi.denominator, denominator > 0
        {
            notes.append("\(decimal(numerator, 0)) in \(decimal(denominator, 2)) model-months")
        }
        for detail in kpi.details where detail.value != 0 {
            let isDuration = detail.name.hasPrefix("medianSeconds")
            let name = isDuration ? "median" + detail.name.dropFirst("medianSeconds".count) : detail.name
            notes.append("\(spaced(name)) \(isDuration ? value(detail.value, .seconds) : decimal(detail.value, 0))")
        }
        return notes.joined(separator: ", ")
    }

    private static func value(_ value: Double, _ unit: KPI.Unit) -> String {
        switch unit {
        case .seconds: Span(milliseconds: Int64((value * 1000).rounded())).spoken
        case .ratio: decimal(value * 100, 1) + " %"
        case .perModelMonth: decimal(value, 2) + " per model and month"
        }
    }

    private static func entries(_ kpi: KPI) -> String {
        guard !kpi.entryIDs.isEmpty else { return "entries: none" }
        let listed = kpi.entryIDs.prefix(maxListed).map(\.text).joined(separator: " ")
        let rest = kpi.entryIDs.count - maxListed
        return "entries: " + listed + (rest > 0 ? " and \(rest) more" : "")
    }

    /// `caughtByCanary` becomes `caught by canary`.
    private static func spaced(_ name: String) -> String {
        name.map { $0.isUppercase ? " " + $0.lowercased() : String($0) }.joined()
    }

    /// A number that is not negative, with so many decimal places.
    private static func decimal(_ value: Double, _ places: Int) -> String {
        let scale = (0..<places).reduce(1) { power, _ in power * 10 }
        let scaled = Int64((value * Double(scale)).rounded())
        guard places > 0 else { return String(scaled) }
        let fraction = String(scaled % Int64(scale))
        return "\(scaled / Int64(scale))." + String(repeating: "0", count: places - fraction.count) + fraction
    }

    private static func pad(_ text: String, _ width: Int, left: Bool = false) -> String {
        let space = String(repeating: " ", count: max(0, width - text.count))
        return left ? space + text : text + space
    }

    private static func trimmed(_ line: String) -> String {
        var line = line
        while line.last == " " { line.removeLast() }
        return line
    }
}
