import SlipwayContract
import SlipwayDomain

/// A page that shows what a validation found; one file, no scripts, nothing from elsewhere.
struct ValidationPage {
    private let verdict: ContractVerdict

    init(_ verdict: ContractVerdict) { self.verdict = verdict }

    var html: String {
        let title = "\(verdict.data) against \(verdict.contract) \(verdict.contractVersion)"
        return """
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
            <title>\(title.forMarkup)</title>
            <style>
            body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1c2733;background:#fff}
            svg{width:100%;height:auto}text{font-size:12px;fill:#44525f}table{border-collapse:collapse;width:100%}
            td,th{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #d7dde3;vertical-align:top;overflow-wrap:anywhere}
            .fail{color:#b3261e}.warn{color:#8a5a00}.unknown{color:#5b4b9a}.pass{color:#1f6b3a}figure{margin:1rem 0}
            .bar{fill:#c8413a}.ground{fill:#e6ebf0}figcaption{color:#44525f}
            @media(prefers-color-scheme:dark){body{color:#dfe6ec;background:#12181e}text,figcaption{fill:#aebac5;color:#aebac5}
            td,th{border-color:#33404c}.ground{fill:#26313b}.bar{fill:#ff8a80}.fail{color:#ff8a80}.pass{color:#7fd6a0}
            .warn{color:#f0c36d}.unknown{color:#b9a9ff}}
            </style></head><body>
            <h1>\(title.forMarkup)</h1>
            <p><strong class="\(Self.style(verdict.verdict, false))">\(answer)</strong> \(verdict.sentence.forMarkup)</p>
            <p>Judged as of \(verdict.judgedAt).</p>
            \(overview)\(failures)<h2>All checks</h2>
            <table><tr><th>Check</th><th>Answer</th><th>Numbers</th></tr>
            \(rows)</table>
            \(notChecked)</body></html>

            """
    }

    private var answer: String {
        switch verdict.verdict {
        case .pass: "The contract is kept."
        case .fail: "The contract is broken."
        case .cannotTell: "Not everything could be judged."
        }
    }

    private static func style(_ verdict: ContractVerdict.Verdict, _ isWarning: Bool) -> String {
        switch verdict {
        case .pass: "pass"
        case .fail: isWarning ? "warn" : "fail"
        case .cannotTell: "unknown"
        }
    }

    private static func word(_ check: CheckResult) -> String {
        switch check.verdict {
        case .pass: "holds"
        case .fail: check.isWarning ? "warns" : "broken"
        case .cannotTell: "cannot tell"
        }
    }

    // MARK: Pictures

    /// The shares of the failed checks, the largest first.
    private var overview: String {
        let shown = (verdict.failures + verdict.warnings).filter { ($0.share ?? 0) > 0 }
            .sorted { (-($0.share ?? 0), $0.id) < (-($1.share ?? 0), $1.id) }.prefix(20)
        guard !shown.isEmpty else { return "" }
        var bars = ""
        for (place, check) in shown.enumerated() {
            let y = Double(place) * 26
            let width = max(2, 360 * min(1, check.share ?? 0))
            bars += """
                <rect class="ground" x="300" y="\(y)" width="360" height="16"/>\
                <rect class="bar" x="300" y="\(y)" width="\(width.rounded(to: 1))" height="16"/>\
                <text x="0" y="\(y + 12)">\(String(check.id.prefix(44)).forMarkup)</text>\
                <text x="668" y="\(y + 12)">\((100 * (check.share ?? 0)).rounded(to: 3)) %</text>

                """
        }
        return """
            <figure><svg viewBox="0 0 760 \(shown.count * 26)" role="img" aria-label="Share of failing rows by check">
            \(bars)</svg><figcaption>The share of rows that fail, by check.</figcaption></figure>

            """
    }

    /// Where in the table the rows are that fail: one cell for each stretch, the darker the more.
    private func strip(_ check: CheckResult) -> String {
        guard let most = check.stripes.max(), most > 0 else { return "" }
        let width = 760 / Double(check.stripes.count)
        var cells = ""
        for (place, count) in check.stripes.enumerated() where count > 0 {
            let opacity = 0.15 + 0.85 * count / most
            cells += """
                <rect class="bar" x="\((Double(place) * width).rounded(to: 1))" y="0" width="\(width.rounded(to: 1))" height="28" \
                fill-opacity="\(opacity.rounded(to: 2))"/>
                """
        }
        return """
            <figure><svg viewBox="0 0 760 46" role="img" aria-label="Where the failing rows are">
            <rect class="ground" x="0" y="0" width="760" height="28"/>\(cells)
            <text x="0" y="42">first row</text><text x="760" y="42" text-anchor="end">row \(verdict.rows)</text>
            </svg><figcaption>Where in the data they are; the darkest cell has \(Int64(most)) of them.</figcaption></figure>

            """
    }

    // MARK: Text

    private var failures: String {
        let broken = verdict.failures + verdict.warnings + verdict.unknown
        guard !broken.isEmpty else { return "" }
        var text = "<h2>What does not hold</h2>\n"
        for check in broken {
            text += "<h3 class=\"\(Self.style(check.verdict, check.isWarning))\">\(check.title.forMarkup)</h3>\n"
            text += "<p>\(check.sentence.forMarkup)</p>\n\(strip(check))"
            guard !check.examples.isEmpty else { continue }
            text += "<table><tr><th>Row</th><th>Value</th></tr>\n"
            for example in check.examples {
                let file = example.file.map { "\($0.forMarkup), " } ?? ""
                let value = example.value.map { "<code>\($0.forMarkup)</code>" } ?? "no value"
                text +=
                    "<tr><td>\(file)\(example.row)</td><td>\(value)\(example.count.map { ", \($0) times" } ?? "")</td></tr>\n"
            }
            text += "</table>\n"
        }
        return text
    }

    private var rows: String {
        verdict.checks.map { check in
            "<tr><td>\(check.title.forMarkup)</td><td class=\"\(Self.style(check.verdict, check.isWarning))\">"
                + "\(Self.word(check))</td><td>\(check.sentence.forMarkup)</td></tr>\n"
        }.joined()
    }

    private var notChecked: String {
        guard !verdict.notChecked.isEmpty else { return "" }
        let items = verdict.notChecked.map {
            "<li>\($0.place.forMarkup) (line \($0.line)): \($0.message.forMarkup)</li>\n"
        }
        return "<h2>In the contract and not checked</h2>\n<ul>\(items.joined())</ul>\n"
    }
}
