import SlipwayDomain

/// A model's live performance as text.
struct PerformanceText {
    let report: JSONValue

    private static let mostWindows = 16
    private static let mostSlices = 10

    private var windows: [JSONValue] { report["windows"]?.array ?? [] }
    private var metric: String { report["metric"]?.string ?? "" }

    var lines: [String] {
        let side = report["isLeast"]?.bool == false ? "at most" : "at least"
        let labels = report["labels"]
        var lines = [
            "\(report["model"]?.string ?? "")  \(metric) \(side) \(Self.number(report["bound"])), windows of "
                + "\(report["window"]?.string ?? ""), labels due after \(labels?["delay"]?.string ?? "")",
            "  watermark  \(labels?["watermark"]?.string ?? ""): what was predicted before it has the labels that count",
        ]
        lines += table + trend
        if let sentence = report["estimator"]?["sentence"]?.string { lines.append("  estimator  \(sentence)") }
        if report["reference"] == .null, let version = report["version"]?.integer, version > 0 {
            lines.append(
                "  estimator  none: `slipway evaluate \(report["model"]?.string ?? "")@\(version)` teaches it from labelled data"
            )
        }
        if let newest = windows.last(where: { ($0["labels"]?.integer ?? 0) > 0 }) { lines += details(newest) }
        return lines + counts(labels?["counts"])
    }

    private var table: [String] {
        guard !windows.isEmpty else { return ["  no predictions yet"] }
        let head = ["window", "predictions", "labels", "realised", "estimated", "gap", "verdict"]
        var rows = [head]
        for window in windows.suffix(Self.mostWindows) {
            let stage = window["stage"]?.string ?? ""
            let verdict = window["verdict"]?.string ?? ""
            rows.append([
                "\(time(window["window"]?["from"])) .. \(time(window["window"]?["to"]))",
                "\(window["predictions"]?.integer ?? 0)", "\(window["labels"]?.integer ?? 0)", Self.interval(window),
                Self.interval(window["estimate"]), window["gap"]?.number.map { Self.signed($0) } ?? "-",
                stage == "judged" ? verdict : stage,
            ])
        }
        let widths = head.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            var line = " "
            for (cell, width) in zip(row, widths) { line += " " + cell.padding(width + 1) }
            while line.hasSuffix(" ") { line.removeLast() }
            return line
        }
    }

    private var trend: [String] {
        let realised = windows.map { $0["value"]?.number }
        let estimated = windows.map { $0["estimate"]?["value"]?.number }
        let all = (realised + estimated).compactMap { $0 }
        guard let low = all.min(), let high = all.max(), windows.count > 1 else { return [] }
        return [
            "  realised   \(Self.spark(realised, low, high))  \(low.rounded(to: 3)) to \(high.rounded(to: 3))",
            "  estimated  \(Self.spark(estimated, low, high))",
        ]
    }

    private func details(_ window: JSONValue) -> [String] {
        var lines: [String] = []
        if let business = window["business"], let each = business["perDecision"], each != .null {
            let unit = business["unit"]?.string.map { " \($0)" } ?? ""
            let estimated =
                business["estimatedPerDecision"]?["value"]?.number.map { ", estimated \($0.rounded(to: 3))" } ?? ""
            lines.append(
                "  value      \(Self.number(business["realised"]))\(unit) in the newest window with labels, "
                    + "\(Self.interval(each))\(unit) a decision\(estimated)"
            )
        }
        for verdict in window["fairness"]?.array ?? [] {
            lines.append("  fairness   \(verdict["sentence"]?.string ?? "")")
        }
        let slices = (window["slices"]?.array ?? []).filter { $0["measured"] != .null }
        let isLeast = report["isLeast"]?.bool != false
        let worst = slices.sorted { left, right in
            let (a, b) = (left["measured"]?["value"]?.number ?? 0, right["measured"]?["value"]?.number ?? 0)
            return isLeast ? a < b : a > b
        }
        for slice in worst.prefix(Self.mostSlices) {
            lines.append(
                "  slice      \(slice["column"]?.string ?? "")=\(slice["value"]?.string ?? "")  "
                    + "\(Self.interval(slice["measured"])) on \(slice["labels"]?.integer ?? 0) labels"
            )
        }
        if worst.count > Self.mostSlices {
            lines.append("  slice      and \(worst.count - Self.mostSlices) better ones")
        }
        return lines
    }

    private func counts(_ counts: JSONValue?) -> [String] {
        let words = [
            ("joined", "joined"), ("corrected", "corrected"), ("repeated", "given twice"),
            ("conflicting", "refused: another label stands"), ("unknown", "of no prediction"),
            ("late", "after the horizon"), ("refused", "not labels of this model"),
            ("afterJudgement", "after their window was judged"),
        ]
        let told = words.compactMap { name, words in
            counts?[name]?.integer.map { "\($0) \(words)" }
        }
        return told.isEmpty ? [] : ["  labels     " + told.joined(separator: ", ")]
    }

    /// Eighths of a line's height; a dot where there is no value.
    static func spark(_ values: [Double?], _ low: Double, _ high: Double) -> String {
        let steps = Array("▁▂▃▄▅▆▇█")
        return String(
            values.map { value -> Character in
                guard let value else { return "·" }
                let share = high > low ? (value - low) / (high - low) : 0.5
                return steps[min(steps.count - 1, max(0, Int(share * Double(steps.count))))]
            }
        )
    }

    private static func interval(_ value: JSONValue?) -> String {
        guard let number = value?["value"]?.number else { return "-" }
        guard let lower = value?["lower"]?.number, let upper = value?["upper"]?.number else {
            return number.rounded(to: 4)
        }
        return "\(number.rounded(to: 4)) [\(lower.rounded(to: 4)), \(upper.rounded(to: 4))]"
    }

    private static func number(_ value: JSONValue?) -> String {
        guard let number = value?.number else { return "-" }
        var text = number.rounded(to: 4)
        while text.contains("."), text.hasSuffix("0") || text.hasSuffix(".") { text.removeLast() }
        return text
    }

    private static func signed(_ value: Double) -> String { (value < 0 ? "" : "+") + value.rounded(to: 4) }

    /// To the minute, or to the second where windows are shorter than that.
    private func time(_ value: JSONValue?) -> String {
        let isShort = (Span(report["window"]?.string ?? "") ?? .days(1)) < .hours(1)
        return String((value?.string ?? "").prefix(isShort ? 19 : 16)).replacing("T", with: " ")
    }
}
