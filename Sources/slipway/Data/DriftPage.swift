import Foundation
import SlipwayMonitor
import SlipwayStatistics

/// A page about one comparison: the verdict, a table of all columns, and the distributions drawn. One file, no scripts,
/// nothing loaded from elsewhere.
struct DriftPage {
    let comparison: DriftComparison
    let verdict: DriftVerdict
    let segments: SegmentedDrift?

    var html: String {
        let title = "Drift: \(verdict.sentence)"
        return """
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
            <title>\(title.forMarkup)</title>
            <style>
            body{font:16px/1.5 system-ui,sans-serif;max-width:64rem;margin:2rem auto;padding:0 1rem;color:#1c2733;background:#fff}
            svg{width:100%;height:auto}text{font-size:11px;fill:#44525f}.axis{stroke:#8a97a3}
            .old{fill:#8a97a3;fill-opacity:.55}.new{fill:#1f5f99;fill-opacity:.55}
            .key{display:inline-block;width:.8rem;height:.8rem;margin:0 .3rem 0 1rem}.key.old{background:#8a97a3}.key.new{background:#1f5f99}
            table{border-collapse:collapse;width:100%;font-size:14px}th,td{text-align:left;padding:.25rem .5rem;border-bottom:1px solid #d5dbe1}
            td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}.drifted{color:#b3261e;font-weight:600}.cannotTell{color:#7a5b00}
            figure{margin:2rem 0}figcaption{color:#44525f}.scroll{overflow-x:auto}
            @media(prefers-color-scheme:dark){body{color:#dfe6ec;background:#12181e}text{fill:#aebac5}th,td{border-color:#2c3741}
            .new{fill:#8cc3f2}.key.new{background:#8cc3f2}.drifted{color:#ff8a80}.cannotTell{color:#e6c767}figcaption{color:#aebac5}}
            </style></head><body>
            <h1 class="\(verdict.verdict.rawValue)">\(words(verdict.verdict))</h1>
            <p>\(verdict.sentence.forMarkup)</p>
            <p>Reference: \(comparison.names.reference.forMarkup), \(comparison.reference.rowCount) rows
            <span class="key old"></span>before &nbsp; Current: \(comparison.names.current.forMarkup),
            \(comparison.current.rowCount) rows <span class="key new"></span>now</p>
            <p>A column has drifted when a difference is unlikely by chance (share of false alarms at most 1 %, over all
            \(verdict.tests) tests together, by Benjamini and Hochberg) and at least as large as its floor.</p>
            \(others)\(table)\(segmentTable)\(figures)
            </body></html>

            """
    }

    private func words(_ verdict: DriftVerdict.Verdict) -> String {
        switch verdict {
        case .drifted: "Drifted"
        case .stable: "Stable"
        case .cannotTell: "Cannot tell"
        }
    }

    private var others: String {
        var text = ""
        if let multivariate = verdict.multivariate {
            text += "<p class=\"\(multivariate.verdict.rawValue)\">\(multivariate.sentence.forMarkup)</p>\n"
        }
        for vector in verdict.vectors ?? [] {
            text += "<p class=\"\(vector.verdict.rawValue)\">\(vector.sentence.forMarkup)</p>\n"
        }
        if !comparison.left.isEmpty {
            text +=
                "<p>Not looked at, since they name rows: \(comparison.left.joined(separator: ", ").forMarkup).</p>\n"
        }
        return text
    }

    private var table: String {
        let rows = verdict.columns.map { column in
            let test = column.leading
            let distances = column.distances
            let cells = [
                test.map { number($0.effect) }, test.map { number($0.floor) }, test?.adjustedP.map(chance),
                distances?.wassersteinOverDeviation.map(number), distances?.jensenShannon.map(number),
                column.psi.map(number), distances?.populationStabilityNull.map(number),
            ]
            return "<tr><td>\(column.name.forMarkup)</td><td class=\"\(column.verdict.rawValue)\">"
                + "\(words(column.verdict))</td><td>\(test?.statistic.rawValue ?? "")</td>"
                + cells.map { "<td class=\"n\">\($0 ?? "–")</td>" }.joined() + "</tr>\n"
        }
        return """
            <h2>Columns</h2><div class="scroll"><table>
            <tr><th>Column</th><th>Verdict</th><th>Decided by</th><th class="n">Effect</th><th class="n">Counts from</th>
            <th class="n">p, corrected</th><th class="n">W1 / sd</th><th class="n">JS</th><th class="n">PSI</th>
            <th class="n">PSI if nothing changed, 99 %</th></tr>
            \(rows.joined())</table></div>

            """
    }

    private var segmentTable: String {
        guard let segments else { return "" }
        let rows = segments.segments.map { segment in
            let named = segment.drift.drifted.map(\.name).joined(separator: ", ")
            return "<tr><td>\(segment.name.forMarkup)</td><td class=\"\(segment.drift.verdict.rawValue)\">"
                + "\(words(segment.drift.verdict))</td><td class=\"n\">\(segment.referenceRows)</td>"
                + "<td class=\"n\">\(segment.drift.rows)</td><td>\(named.forMarkup)</td></tr>\n"
        }
        let small =
            segments.tooSmall.isEmpty
            ? "" : "<p>Too few rows: \(segments.tooSmall.joined(separator: ", ").forMarkup).</p>"
        return """
            <h2>Segments of \(segments.column.forMarkup)</h2><p>\(segments.sentence.forMarkup)</p><div class="scroll"><table>
            <tr><th>Segment</th><th>Verdict</th><th class="n">Rows before</th><th class="n">Rows now</th><th>Drifted columns</th></tr>
            \(rows.joined())</table></div>\(small)

            """
    }

    private var figures: String {
        verdict.columns.map { column in
            guard let old = comparison.reference[column.name], let new = comparison.current[column.name],
                let chart = DistributionChart(reference: old, current: new)
            else { return "" }
            return "<figure><h3>\(column.name.forMarkup)</h3>\(chart.svg(title: column.sentence))"
                + "<figcaption>\(column.sentence.forMarkup)</figcaption></figure>\n"
        }.joined()
    }

    private func number(_ value: Double) -> String {
        abs(value) >= 0.001 || value == 0 ? String(format: "%.4g", value) : String(format: "%.1e", value)
    }

    private func chance(_ p: Double) -> String { p < 0.0001 ? "&lt; 0.0001" : String(format: "%.4f", p) }
}
