internal import SlipwayDomain
internal import SlipwayService

/// The versions, newest first, with the evidence that each has and what was decided on it.
struct VersionsSection {
    let history: ModelHistory

    /// Older ones are counted, not shown.
    private static let most = 25

    var html: HTML {
        let versions = Array(history.versions.reversed().prefix(Self.most))
        let body: HTML =
            versions.isEmpty
            ? "<p>No version is registered: register one with the MLflow client.</p>\n" : table(versions)
        return """
            <section id="versions">
            <h2>Versions</h2>
            \(body)\(versions.html { gates($0) })</section>

            """
    }

    private func table(_ versions: [ModelHistory.Version]) -> HTML {
        let all = history.versions.count
        return Table(
            caption: all > versions.count ? "The newest \(versions.count) of \(all) versions" : "Newest first",
            columns: [
                .text("Version"), .text("Registered"), .text("By"), .number("roc_auc"), .number("Rows"),
                .text("Approvals given by"), .text("Reference"), .text("Newest decision"), .text("Ledger entry"),
            ],
            rows: versions.map(row)
        ).html
    }

    private func row(_ version: ModelHistory.Version) -> [HTML] {
        let evaluation = version.evaluation
        return [
            "\(version.number)\(history.role(of: version.number).map { " \($0.html)" })",
            Figures.time(version.registeredAt), "\(version.registeredBy)",
            "\(Figures.fixed(evaluation?["metrics"]?["roc_auc"], decimals: 4))",
            "\(Figures.count(evaluation?["rows"]))",
            "\(version.approvedBy.isEmpty ? "nobody" : version.approvedBy.joined(separator: ", "))",
            version.hasReference ? "recorded" : "none",
            version.decision.map { Self.badge($0.allowed).html } ?? "not asked",
            version.decision.map { EntryLink(id: $0.entry.text).html } ?? "\(Figures.none)",
        ]
    }

    private static func badge(_ allowed: Bool) -> Badge {
        allowed ? Badge(text: "allowed", tone: .good) : Badge(text: "denied", tone: .bad)
    }

    /// Why: every gate with its verdict, its reason and the entries that it rests on.
    private func gates(_ version: ModelHistory.Version) -> HTML {
        guard let decision = version.decision, let gates = decision.gates.array, !gates.isEmpty else { return "" }
        let closed = gates.count { !["pass", "notApplicable"].contains($0["verdict"]?.string ?? "") }
        let answer = decision.allowed ? "allowed" : "denied: \(closed) of \(gates.count) gates stand in the way"
        return """
            <details>
            <summary>Why version \(version.number) was \(answer)</summary>
            \(Table(
                caption: "Gates of the newest decision on version \(version.number)",
                columns: [.text("Gate"), .text("Verdict"), .text("Reason"), .text("Evidence")],
                rows: gates.map(Self.gate)
            ).html)</details>

            """
    }

    private static func gate(_ gate: JSONValue) -> [HTML] {
        let name = gate["title"]?.string ?? gate["gate"]?.string ?? Figures.none
        let evidence = (gate["evidence"]?.array ?? []).compactMap(\.string).html { "\(EntryLink(id: $0).html) " }
        let remedy = gate["remedy"]?.string.map { remedy -> HTML in "<br>Do: <code>\(remedy)</code>" }
        return [
            "\(name)", Badge.verdict(gate["verdict"]?.string).html, "\(gate["reason"]?.string ?? "")\(remedy)",
            evidence.text.isEmpty ? "none" : evidence,
        ]
    }
}
