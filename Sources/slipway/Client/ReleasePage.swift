import Foundation
import SlipwayDomain

/// A page that draws a release's confidence sequences over time against their limits; one file, no scripts.
struct ReleasePage {
    private let account: JSONValue

    init(_ account: JSONValue) { self.account = account }

    var html: String {
        let title = "Release \(account["release"]?.string ?? "")"
        let holds = account["holds"]?.bool == true
        let text = (account["text"]?.array ?? []).compactMap(\.string).joined(separator: "\n")
        return """
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
            <title>\(title.forMarkup)</title>
            <style>
            body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1c2733;background:#fff}
            svg{width:100%;height:auto}text{font-size:12px;fill:#44525f}pre{overflow-x:auto;background:#f4f6f8;padding:1rem}
            .band{fill:#9ec5e8;fill-opacity:.55}.line{fill:none;stroke:#1f5f99;stroke-width:1.5}.axis{stroke:#8a97a3}
            .limit{stroke:#b3261e;stroke-width:1.5;stroke-dasharray:6 4}figcaption{color:#44525f}
            @media(prefers-color-scheme:dark){body{color:#dfe6ec;background:#12181e}pre{background:#1c252d}text{fill:#aebac5}
            .line{stroke:#8cc3f2}.band{fill:#2f6ea5}.limit{stroke:#ff8a80}figcaption{color:#aebac5}}
            </style></head><body>
            <h1>\(title.forMarkup)</h1>
            <p>\(holds ? "Every verdict follows from its own record, byte for byte." : "<strong>Not every record holds; see the end.</strong>")</p>
            <p>Each band holds the real value at every look together, with the alpha of its rule and step. The dashed line is
            the limit: a band wholly over it fails the release, a band wholly under it passes.</p>
            \(figures)<h2>In words</h2>
            <pre>\(text.forMarkup)</pre>
            </body></html>

            """
    }

    private var figures: String {
        var figures = ""
        for step in account["steps"]?.array ?? [] {
            for judgement in step["judgements"]?.array ?? [] {
                figures += section(judgement["data"], step["percent"]?.integer ?? 0)
            }
        }
        if let now = account["now"] { figures += section(now, nil) }
        return figures.isEmpty ? "<p>Nothing was judged.</p>\n" : figures
    }

    private func section(_ data: JSONValue?, _ percent: Int64?) -> String {
        guard let data, let metrics = data["metrics"]?.array else { return "" }
        let place = percent.map { "\($0) % of the traffic" } ?? "the step under way"
        var text = "<h2>At \(place): \((data["verdict"]?.string ?? "").forMarkup)</h2>\n"
        for (index, metric) in metrics.enumerated() {
            let caption = metric["sentence"]?.string ?? ""
            let chart = SequenceChart(data, metric: metric, index: index, title: caption)
            text += "<figure>\(chart?.svg ?? "")<figcaption>\(caption.forMarkup)</figcaption></figure>\n"
        }
        return text
    }
}

/// One rule's confidence sequence at one step.
private struct SequenceChart {
    private struct Point {
        let seconds: Double
        let lower: Double
        let upper: Double
        let observed: Double?
    }

    private let points: [Point]
    private let limit: Double
    private let title: String
    private let range: ClosedRange<Double>
    private static let (width, height, left, bottom) = (760.0, 240.0, 70.0, 30.0)

    /// Nil when there is nothing to draw.
    init?(_ data: JSONValue, metric: JSONValue, index: Int, title: String) {
        guard let from = data["evidence"]?["from"]?.string.flatMap({ Instant($0) }),
            let to = data["evidence"]?["to"]?.string.flatMap({ Instant($0) }),
            let limit = metric["limit"]?.number, let lower = metric["lower"]?.number,
            let upper = metric["upper"]?.number, metric["candidate"]?.number != nil
        else { return nil }
        var points: [Point] = []
        for look in data["looks"]?.array ?? [] {
            guard let at = look["at"]?.string.flatMap({ Instant($0) }), at < to,
                let bounds = look["bounds"]?.array, bounds.indices.contains(index),
                let low = bounds[index]["lower"]?.number, let high = bounds[index]["upper"]?.number
            else { continue }
            let seconds = Double((at - from).milliseconds) / 1000
            points.append(Point(seconds: seconds, lower: low, upper: high, observed: bounds[index]["observed"]?.number))
        }
        var observed = metric["candidate"]?.number
        if let stable = metric["stable"]?.number { observed = observed.map { $0 - stable } }
        let seconds = Double((to - from).milliseconds) / 1000
        points.append(Point(seconds: seconds, lower: lower, upper: upper, observed: observed))
        self.points = points
        self.limit = limit
        self.title = title
        // The first bands are as wide as can be; the picture is of what is near the limit.
        let near = max(
            abs(limit),
            points.suffix(max(1, points.count / 2)).map { max(abs($0.lower), abs($0.upper)) }.max() ?? 0
        )
        let least = points.contains { $0.lower < 0 } ? -near : 0
        range = least...max(near * 1.15, least + 1e-9)
    }

    var svg: String {
        let upper = points.map { place($0, $0.upper) }
        let lower = points.reversed().map { place($0, $0.lower) }
        let line = points.compactMap { point in point.observed.map { place(point, $0) } }
        let y = height(limit)
        let dots = points.count == 1 ? dot(points[0]) : ""
        return """
            <svg viewBox="0 0 \(Int(Self.width)) \(Int(Self.height))" role="img" aria-label="\(title.forMarkup)">
            <polygon class="band" points="\((upper + lower).joined(separator: " "))"/>\(dots)
            <polyline class="line" points="\(line.joined(separator: " "))"/>
            <line class="limit" x1="\(Self.left)" x2="\(Self.width)" y1="\(y)" y2="\(y)"/>
            <line class="axis" x1="\(Self.left)" x2="\(Self.width)" y1="\(Self.height - Self.bottom)" y2="\(Self.height - Self.bottom)"/>
            <text x="\(Self.left + 6)" y="\(y - 5)">limit \(label(limit))</text>
            <text x="4" y="14">\(label(range.upperBound))</text>
            <text x="4" y="\(Self.height - Self.bottom)">\(label(range.lowerBound))</text>
            <text x="\(Self.left)" y="\(Self.height - 8)">0 s</text>
            <text x="\(Self.width)" y="\(Self.height - 8)" text-anchor="end">\(Int(points.last?.seconds ?? 0)) s</text>
            </svg>
            """
    }

    /// A single look is a bar.
    private func dot(_ point: Point) -> String {
        let x = Self.width - 4
        return
            "<line class=\"line\" x1=\"\(x)\" x2=\"\(x)\" y1=\"\(height(point.upper))\" y2=\"\(height(point.lower))\"/>"
    }

    private func place(_ point: Point, _ value: Double) -> String {
        let last = max(points.last?.seconds ?? 1, 1e-3)
        let x = Self.left + point.seconds / last * (Self.width - Self.left)
        return "\(x.rounded(to: 1)),\(height(value))"
    }

    private func height(_ value: Double) -> Double {
        let share =
            (min(max(value, range.lowerBound), range.upperBound) - range.lowerBound)
            / (range.upperBound - range.lowerBound)
        let y = 4 + (1 - share) * (Self.height - Self.bottom - 4)
        return (y * 10).rounded() / 10
    }

    private func label(_ value: Double) -> String {
        abs(value) >= 10 ? value.rounded(to: 1) : String(format: "%.3g", value)
    }
}
