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
                <p>No window was judged yet. It takes labels: <code>slipway labels \(history.model) DATA</code></p>
                \(waiting)</section>

                """
        }
        return """
            <section id="performance">
            <h2>Live performance</h2>
            <p>Newest \(word(newest)), \(newest.span): \(Badge.verdict(newest.verdict).html) \
            \(newest.data["sentence"]?.string ?? "")</p>
            \(chart(windows, newest))\(estimator(newest))\(table(windows, newest))\(PerformanceDetails(window: newest).html)\
            </section>

            """
    }

    private var estimates: [ModelHistory.Window] { Array(history.estimates.suffix(Self.most)) }

    private var points: [IntervalChart.Point] {
        estimates.map { window in
            IntervalChart.Point(
                from: window.from,
                to: window.to,
                value: window.data["estimate"]?["value"]?.number,
                lower: nil,
                upper: nil,
                isBreached: false
            )
        }
    }

    /// Estimates alone, while no label is due.
    private var waiting: HTML {
        guard let newest = estimates.last else { return "" }
        let svg = IntervalChart(
            title: "\(metric(newest)) as estimated in \(estimates.count) windows",
            metric: metric(newest),
            points: [],
            threshold: newest.data["threshold"]?.number,
            estimates: points,
            isLeast: newest.data["isLeast"]?.bool ?? true
        ).html
        return """
            <p>Before labels, \(newest.span): \(newest.data["sentence"]?.string ?? "")</p>
            <figure><div class="scroll" tabindex="0" role="region" aria-label="Estimated performance over time">\(svg)</div>
            <figcaption>\(metric(newest)) as it was estimated without labels.</figcaption></figure>

            """
    }

    /// How far estimates can be relied on.
    private func estimator(_ newest: ModelHistory.Window) -> HTML {
        newest.data["estimator"]?["sentence"]?.string.map { "<p>\($0)</p>\n" } ?? ""
    }

    /// A week is what is judged when a manifest says nothing else.
    private func word(_ window: ModelHistory.Window) -> String {
        window.to - window.from == .days(7) ? "week" : "window"
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
        let side = newest.data["isLeast"]?.bool == false ? "greatest" : "least"
        let told = least.map { ", the \(side) allowed is \(Figures.fixed($0, decimals: 2))" } ?? ""
        let svg = IntervalChart(
            title: "\(metric(newest)) in \(points.count) windows\(told); \(breached) breached",
            metric: metric(newest),
            points: points,
            threshold: least,
            estimates: self.points,
            isLeast: newest.data["isLeast"]?.bool ?? true
        ).html
        let broken = estimates.isEmpty ? "" : " Rings on a broken line: as it was estimated before the labels came."
        return """
            <figure><div class="scroll" tabindex="0" role="region" aria-label="Live performance over time">\(svg)</div>
            <figcaption>\(metric(newest)) with its 95 % interval. Discs: kept; squares: breached; diamonds on the \
            ground: no value.\(broken)</figcaption></figure>

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
            <summary>The numbers of \(windows.count == 1 ? "this \(word(newest))" : "these \(windows.count) \(word(newest))s")\
            </summary>
            \(Table(
                caption: "Newest first",
                columns: [
                    .text(word(newest) == "week" ? "Week" : "Window"), .number("Version"), .number(metric(newest)), .number("Lower"), .number("Upper"),
                    .number("Least"), .number("Labels"), .number("Predictions"), .text("Verdict"),
                ],
                rows: rows
            ).html)</details>

            """
    }
}
