internal import SlipwayDomain
internal import SlipwayService

/// How good live answers were, week by week, once their labels were known.
struct PerformanceSection {
    let history: ModelHistory

    /// A year of weeks.
    private static let most = 53

    var html: HTML {
        let windows = Array(history.performance.suffix(Self.most))
        guard let newest = windows.last else {
            return """
                <section id="performance">
                <h2>Live performance</h2>
                <p>No week was judged yet. It takes labels: <code>slipway labels \(history.model) DATA</code></p>
                </section>

                """
        }
        return """
            <section id="performance">
            <h2>Live performance</h2>
            <p>Newest week, \(newest.span): \(Badge.verdict(newest.verdict).html) \
            \(newest.data["sentence"]?.string ?? "")</p>
            \(chart(windows, newest))\(table(windows, newest))</section>

            """
    }

    private func metric(_ window: ModelHistory.Window) -> String { window.data["metric"]?.string ?? "value" }

    private func chart(_ windows: [ModelHistory.Window], _ newest: ModelHistory.Window) -> HTML {
        let points = windows.map { window in
            IntervalChart.Point(
                from: window.from,
                to: window.to,
                value: window.data["value"]?.number,
                lower: window.data["lower"]?.number,
                upper: window.data["upper"]?.number,
                isBreached: window.verdict == "breached"
            )
        }
        let breached = points.count(where: \.isBreached)
        let least = newest.data["threshold"]?.number
        let told = least.map { ", the least allowed is \(Figures.fixed($0, decimals: 2))" } ?? ""
        let svg = IntervalChart(
            title: "\(metric(newest)) in \(points.count) windows\(told); \(breached) breached",
            metric: metric(newest),
            points: points,
            threshold: least
        ).html
        return """
            <figure><div class="scroll" tabindex="0" role="region" aria-label="Live performance over time">\(svg)</div>
            <figcaption>\(metric(newest)) with its 95 % interval. Discs: kept; squares: breached; diamonds on the \
            ground: no value.</figcaption></figure>

            """
    }

    private func table(_ windows: [ModelHistory.Window], _ newest: ModelHistory.Window) -> HTML {
        let rows = windows.reversed().map { window -> [HTML] in
            let data = window.data
            return [
                window.span, "\(Figures.count(data["version"]))", "\(Figures.fixed(data["value"], decimals: 4))",
                "\(Figures.fixed(data["lower"], decimals: 4))", "\(Figures.fixed(data["upper"], decimals: 4))",
                "\(Figures.fixed(data["threshold"], decimals: 2))", "\(Figures.count(data["labels"]))",
                "\(Figures.count(data["predictions"]))", Badge.verdict(window.verdict).html,
            ]
        }
        return """
            <details>
            <summary>The numbers of \(windows.count == 1 ? "this week" : "these \(windows.count) weeks")</summary>
            \(Table(
                caption: "Newest first",
                columns: [
                    .text("Week"), .number("Version"), .number(metric(newest)), .number("Lower"), .number("Upper"),
                    .number("Least"), .number("Labels"), .number("Predictions"), .text("Verdict"),
                ],
                rows: rows
            ).html)</details>

            """
    }
}
