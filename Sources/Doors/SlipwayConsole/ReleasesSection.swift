internal import SlipwayDomain
internal import SlipwayService

/// The newest releases: how far each came, what was judged on the way, and how it ended.
struct ReleasesSection {
    let history: ModelHistory
    let now: Instant

    /// The newest ones are shown whole, those before them in a table.
    private static let mostWhole = 3
    private static let mostListed = 25
    private static let mostAnalyses = 20

    var html: HTML {
        let newest = Array(history.releases.reversed())
        let body: HTML =
            newest.isEmpty
            ? "<p>Nothing was released: <code>slipway ship \(history.model)@1 --to production</code></p>\n"
            : "\(newest.prefix(Self.mostWhole).html { article($0) })\(earlier(newest.dropFirst(Self.mostWhole)))"
        return "<section id=\"releases\">\n<h2>Releases</h2>\n\(body)</section>\n"
    }

    private func article(_ release: ModelHistory.Release) -> HTML {
        """
        <article>
        <h3>\(release.heading) \(release.badge.html)</h3>
        \(release.reason.map { "<p>\($0)</p>\n" })\(facts(release))\(chart(release))\(steps(release))\
        \(analyses(release))</article>

        """
    }

    private func facts(_ release: ModelHistory.Release) -> HTML {
        let end = release.endedAt ?? now
        return Facts(rows: [
            ("Began", Figures.time(release.startedAt)),
            ("Ended", release.endedAt.map { Figures.time($0) } ?? "not yet"),
            (release.endedAt == nil ? "Under way for" : "Took", "\((end - release.startedAt).spoken)"),
            ("Release", "<code>\(release.id.text)</code>"),
        ]).html
    }

    private func chart(_ release: ModelHistory.Release) -> HTML {
        guard !release.steps.isEmpty else { return "<p>No step was taken.</p>\n" }
        let told = release.steps.map { "\($0.percent) %" }.joined(separator: ", ")
        let svg = StepChart(
            title: "Share of traffic of version \(release.version) over time: \(told); \(release.badge.text)",
            from: release.startedAt,
            to: release.endedAt ?? max(now, release.startedAt),
            steps: release.steps,
            analyses: release.analyses.map { ($0.at, $0.data["verdict"]?.string) }
        ).html
        return """
            <figure><div class="scroll" tabindex="0" role="region" aria-label="Steps of the release">\(svg)</div>
            <figcaption>Share of traffic of version \(release.version). Analyses: disc pass, cross fail, \
            diamond no verdict.</figcaption></figure>

            """
    }

    private func steps(_ release: ModelHistory.Release) -> HTML {
        guard !release.steps.isEmpty else { return "" }
        let ends = release.steps.dropFirst().map(\.at) + [release.endedAt ?? now]
        let rows = zip(release.steps, ends).map { step, end -> [HTML] in
            ["\(step.percent) %", Figures.time(step.at), "\((end - step.at).spoken)"]
        }
        return Table(
            caption: "Steps",
            columns: [.number("Share"), .text("From"), .text("Lasted")],
            rows: rows,
            isNarrow: true
        ).html
    }

    /// The newest analysis is open, because it decided what came next.
    private func analyses(_ release: ModelHistory.Release) -> HTML {
        let newest = release.analyses.reversed().prefix(Self.mostAnalyses)
        guard !newest.isEmpty else { return "" }
        let all = release.analyses.count
        let title = all > newest.count ? "The newest \(newest.count) of \(all) analyses" : "Analyses, newest first"
        return "<h4>\(title)</h4>\n\(newest.enumerated().html { analysis($1.at, $1.data, isOpen: $0 == 0) })"
    }

    private func analysis(_ at: Instant, _ data: JSONValue, isOpen: Bool) -> HTML {
        let place = data["step"]?.integer.map { "step \($0 + 1)" } ?? "a step"
        let metrics = data["metrics"]?.array ?? []
        let table = Table(
            caption: "What was measured, with the bounds of the real value",
            columns: [
                .text("Metric"), .number("Observed"), .number("Stable"), .number("Lower"), .number("Upper"),
                .number("Limit"), .number("n"), .text("Verdict"),
            ],
            rows: metrics.map(Self.metric)
        ).html
        return """
            <details\(isOpen ? " open" : "" as HTML)>
            <summary>\(Figures.time(at)) at \(place): \(Badge.verdict(data["verdict"]?.string).html) \
            \(data["sentence"]?.string ?? "")</summary>
            \(metrics.isEmpty ? "" : table)\(Self.sentences(metrics))</details>

            """
    }

    private static func metric(_ metric: JSONValue) -> [HTML] {
        [
            "\(metric["metric"]?.string ?? Figures.none)",
            "\(Figures.percent(metric["candidate"] ?? metric["observed"]))", "\(Figures.percent(metric["stable"]))",
            "\(Figures.percent(metric["lower"]))", "\(Figures.percent(metric["upper"]))",
            "\(Figures.percent(metric["limit"]))", "\(Figures.count(metric["n"]))",
            Badge.verdict(metric["verdict"]?.string).html,
        ]
    }

    private static func sentences(_ metrics: [JSONValue]) -> HTML {
        let sentences = metrics.compactMap { $0["sentence"]?.string }
        return sentences.isEmpty ? "" : "<ul>\n\(sentences.html { "<li>\($0).</li>\n" })</ul>\n"
    }

    private func earlier(_ releases: ArraySlice<ModelHistory.Release>) -> HTML {
        guard !releases.isEmpty else { return "" }
        let shown = releases.prefix(Self.mostListed)
        let hidden = releases.count - shown.count
        return Table(
            caption: hidden > 0 ? "Earlier releases; \(hidden) more are in the ledger" : "Earlier releases",
            columns: [.text("Release"), .text("Began"), .text("Ended"), .text("Outcome"), .text("Reason")],
            rows: shown.map { release in
                [
                    "\(release.heading)", Figures.time(release.startedAt),
                    release.endedAt.map { Figures.time($0) } ?? "not yet", release.badge.html,
                    "\(release.reason ?? "")",
                ]
            }
        ).html
    }
}
