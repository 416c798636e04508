internal import SlipwayDomain
internal import SlipwayService

/// How far live inputs are from the training data: all columns over time, and the drifted ones in numbers.
struct DriftSection {
    let history: ModelHistory

    /// Columns and windows in the picture; the table below has every drifted column.
    private static let mostRows = 20
    private static let mostWindows = 400

    var html: HTML {
        let windows = history.drift.suffix(Self.mostWindows)
        guard let newest = windows.last else {
            return """
                <section id="drift">
                <h2>Drift</h2>
                <p>No window was judged yet. It takes a serving version with a reference profile, and traffic.</p>
                </section>

                """
        }
        return """
            <section id="drift">
            <h2>Drift</h2>
            <p>Newest window, \(newest.span), \(Figures.count(newest.data["rows"])) rows: \
            \(Badge.verdict(newest.verdict).html) \(newest.data["sentence"]?.string ?? "")</p>
            \(strip(windows))\(table(windows))</section>

            """
    }

    private func strip(_ windows: ArraySlice<ModelHistory.Window>) -> HTML {
        let judged = windows.map { (window: $0, columns: DriftColumn.all($0)) }
        var strongest: [String: Double] = [:]
        for column in judged.flatMap(\.columns) {
            strongest[column.name] = max(strongest[column.name] ?? 0, column.strength ?? 0)
        }
        let names = strongest.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map(\.key)
        let rows = names.prefix(Self.mostRows).map { name in
            let cells = judged.compactMap { judgement -> (cell: HeatStrip.Cell, effect: Double?)? in
                guard let column = judgement.columns.first(where: { $0.name == name }) else { return nil }
                let cell = HeatStrip.Cell(
                    from: judgement.window.from,
                    to: judgement.window.to,
                    strength: column.strength,
                    isDrifted: column.isDrifted
                )
                return (cell, column.effect)
            }
            let newest = cells.last?.effect.map { Figures.fixed($0, decimals: 3) } ?? Figures.none
            return HeatStrip.Row(name: name, newest: newest, cells: cells.map(\.cell))
        }
        guard !rows.isEmpty else { return "" }
        let drifted = windows.count { $0.verdict == "drifted" }
        let title = "Drift of \(rows.count) columns in \(windows.count) windows; \(drifted) windows drifted"
        let hidden = names.count - rows.count
        let more = hidden > 0 ? " \(hidden) weaker columns are left out." : ""
        return """
            <figure><div class="scroll" tabindex="0" role="region" aria-label="Drift by column and window">\
            \(HeatStrip(title: title, rows: rows).html)</div>
            <figcaption>Distance of each column from the reference, window by window, the strongest first.\(more)\
            </figcaption></figure>

            """
    }

    private func table(_ windows: ArraySlice<ModelHistory.Window>) -> HTML {
        guard let window = windows.last(where: { $0.verdict == "drifted" }) else {
            return "<p>No column has drifted so far.</p>\n"
        }
        let drifted = DriftColumn.all(window).filter(\.isDrifted)
        let version = window.data["version"]?.integer.map { ", version \($0)" } ?? ""
        return """
            <h3>Drifted columns of the newest drifted window, \(window.span)</h3>
            \(Table(
                caption: "\(Figures.count(window.data["rows"])) rows\(version); the strongest first",
                columns: [
                    .text("Column"), .text("Statistic"), .number("Effect"), .number("Floor"), .number("Adjusted p"),
                    .number("PSI"), .text("In words"),
                ],
                rows: drifted.map(Self.row)
            ).html)
            """
    }

    private static func row(_ column: DriftColumn) -> [HTML] {
        [
            "\(column.name)", "\(column.statistic)", "\(Figures.fixed(column.data["effect"], decimals: 4))",
            "\(column.floor.map { Figures.fixed($0, decimals: 2) } ?? Figures.none)",
            "\(Figures.chance(column.data["adjustedP"]))", "\(Figures.fixed(column.data["psi"], decimals: 3))",
            "\(column.data["sentence"]?.string ?? "")",
        ]
    }
}
