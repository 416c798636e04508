import Glibc
package import SlipwayDomain

/// What is known around the time of a symptom; every fact stands in the ledger.
package struct TriageFacts: Codable, Hashable, Sendable {
    package var releases: [Release] = []
    package var drifted: [Drift] = []
    package var performance: [Performance] = []
    package var errors: [Errors] = []
    package var upstream: [Upstream] = []

    /// No facts.
    package init() {}

    /// A version began to get traffic.
    package struct Release: Codable, Hashable, Sendable {
        package let entry: EntryID
        package let time: Instant
        package let release: ReleaseID
        package let version: Int
        package let isRollback: Bool
        /// Whether it was neither rolled back nor called off.
        package var stands = true

        package init(entry: EntryID, time: Instant, release: ReleaseID, version: Int, isRollback: Bool) {
            self.entry = entry
            self.time = time
            self.release = release
            self.version = version
            self.isRollback = isRollback
        }
    }

    /// A column drifted in a window that began at `time`.
    package struct Drift: Codable, Hashable, Sendable {
        package let entry: EntryID
        package let time: Instant
        package let column: String
        /// How many times the floor the effect is.
        package let strength: Double

        package init(entry: EntryID, time: Instant, column: String, strength: Double) {
            self.entry = entry
            self.time = time
            self.column = column
            self.strength = strength
        }
    }

    /// A window that began at `time` was judged by its labels.
    package struct Performance: Codable, Hashable, Sendable {
        package let entry: EntryID
        package let time: Instant
        package let verdict: PerformanceVerdict.Verdict
        package let value: Double?
        package let threshold: Double

        package init(
            entry: EntryID,
            time: Instant,
            verdict: PerformanceVerdict.Verdict,
            value: Double?,
            threshold: Double
        ) {
            self.entry = entry
            self.time = time
            self.verdict = verdict
            self.value = value
            self.threshold = threshold
        }
    }

    /// Requests that failed from `time` on.
    package struct Errors: Codable, Hashable, Sendable {
        package let entry: EntryID?
        package let time: Instant
        package let failed: Int
        package let requests: Int

        package init(entry: EntryID?, time: Instant, failed: Int, requests: Int) {
            self.entry = entry
            self.time = time
            self.failed = failed
            self.requests = requests
        }
    }

    /// Something that the model depends on changed: a manifest, a contract, a data source, a feature's code.
    package struct Upstream: Codable, Hashable, Sendable {
        package let entry: EntryID
        package let time: Instant
        /// What changed, e.g. "manifest applied by ana".
        package let change: String

        package init(entry: EntryID, time: Instant, change: String) {
            self.entry = entry
            self.time = time
            self.change = change
        }
    }
}

/// Something that may have caused a symptom.
package struct Suspect: Codable, Hashable, Sendable {
    package let kind: Kind
    package let title: String
    /// Why it is suspected, in one sentence.
    package let reason: String
    /// From 0 to 1; only the order means something.
    package let score: Double
    package let evidence: [EntryID]
    /// What to run first.
    package let command: String

    /// Where the cause lies.
    package enum Kind: String, Codable, Hashable, Sendable, CaseIterable {
        case release, service, upstream, data, concept
    }
}

/// When something went wrong.
package struct Symptom: Hashable, Sendable {
    package let time: Instant
    /// Whether anything did: without an incident one only asks what changed lately.
    package let isKnown: Bool

    package init(at time: Instant, isKnown: Bool = true) {
        self.time = time
        self.isKnown = isKnown
    }
}

/// Answers "what changed upstream of the symptom?": ranks what came before it, the likeliest cause first.
package enum Triage {
    /// Facts older than this are not suspected.
    package static let horizon = Span.days(30)
    /// A cause this much older is half as suspect.
    package static let halfLife = Span.days(3)

    /// The suspects for a symptom of `model`.
    package static func rank(model: String, symptom: Symptom, facts: TriageFacts) -> [Suspect] {
        let newest = returnable(facts.releases)
        let all =
            facts.releases.compactMap { release($0, model, symptom, canGoBack: $0.release == newest) }
            + facts.upstream.compactMap { upstream($0, model, symptom) }
            + facts.errors.compactMap { errors($0, model, symptom) }
            + [data(facts.drifted, model, symptom), concept(facts, model, symptom)].compactMap(\.self)
        return all.sorted {
            if $0.score != $1.score { return $0.score > $1.score }
            return ($0.kind.rawValue, $0.title, $0.evidence.description) < (
                $1.kind.rawValue, $1.title, $1.evidence.description
            )
        }
    }

    /// Every entry once, in the order of their identifiers.
    private static func inOrder(_ entries: [EntryID]) -> [EntryID] { Set(entries).sorted { $0.text < $1.text } }

    /// How suspect a change is by its time: what came after the symptom did not cause it.
    private static func nearness(_ time: Instant, _ symptom: Symptom) -> Double? {
        let age = symptom.time - time
        guard age >= .seconds(0), age <= horizon else { return nil }
        return exp2(-Double(age.milliseconds) / Double(halfLife.milliseconds))
    }

    private static func before(_ time: Instant, _ symptom: Symptom) -> String {
        let age = symptom.time - time
        guard symptom.isKnown else { return age == .seconds(0) ? "just now" : "\(age.spoken) ago" }
        return age == .seconds(0) ? "as the symptom began" : "\(age.spoken) before the symptom"
    }

    /// The release that a rollback would take back; nil when there is none, or none before it.
    private static func returnable(_ releases: [TriageFacts.Release]) -> ReleaseID? {
        let standing = releases.filter(\.stands).sorted { ($0.time, $0.release.text) < ($1.time, $1.release.text) }
        guard let last = standing.last, !last.isRollback, standing.count > 1 else { return nil }
        return last.release
    }

    private static func release(
        _ fact: TriageFacts.Release,
        _ model: String,
        _ symptom: Symptom,
        canGoBack: Bool
    ) -> Suspect? {
        guard let nearness = nearness(fact.time, symptom) else { return nil }
        let what = fact.isRollback ? "Rollback to version \(fact.version)" : "Release of version \(fact.version)"
        return Suspect(
            kind: .release,
            title: "\(what) (\(fact.release))",
            reason: "\(what) began \(before(fact.time, symptom))"
                + (symptom.isKnown ? "; most failures follow a change of version." : "."),
            score: 0.95 * nearness,
            evidence: [fact.entry],
            command: canGoBack && symptom.isKnown ? "slipway rollback \(model)" : "slipway status \(model)"
        )
    }

    private static func upstream(_ fact: TriageFacts.Upstream, _ model: String, _ symptom: Symptom) -> Suspect? {
        guard let nearness = nearness(fact.time, symptom) else { return nil }
        let earlier = Instant(milliseconds: fact.time.milliseconds - 1)
        return Suspect(
            kind: .upstream,
            title: fact.change,
            reason: "\(fact.change) \(before(fact.time, symptom)); the model depends on it.",
            score: 0.7 * nearness,
            evidence: [fact.entry],
            command: "slipway status \(model) --as-of \(earlier)"
        )
    }

    private static func errors(_ fact: TriageFacts.Errors, _ model: String, _ symptom: Symptom) -> Suspect? {
        // Failing requests are seen at once, so they may begin a little after the symptom was noticed.
        let time = min(fact.time, symptom.time)
        guard fact.failed > 0, fact.requests > 0, fact.time - symptom.time <= .hours(1),
            let nearness = nearness(time, symptom)
        else { return nil }
        let share = min(1, Double(fact.failed) / Double(fact.requests))
        return Suspect(
            kind: .service,
            title: "Failing requests",
            reason: "\(fact.failed) of \(fact.requests) requests failed (\(Figures.text(share * 100)) %) from "
                + "\(before(time, symptom)) on.",
            score: min(0.9, 0.3 + 6 * share) * nearness,
            evidence: fact.entry.map { [$0] } ?? [],
            command: "slipway status \(model)"
        )
    }

    /// All drifted columns are one suspect: they mostly share one cause.
    private static func data(_ facts: [TriageFacts.Drift], _ model: String, _ symptom: Symptom) -> Suspect? {
        var strongest: [String: TriageFacts.Drift] = [:]
        for fact in facts where nearness(fact.time, symptom) != nil {
            guard let known = strongest[fact.column] else {
                strongest[fact.column] = fact
                continue
            }
            let isStronger =
                (known.strength, known.time, known.entry.text) < (fact.strength, fact.time, fact.entry.text)
            if isStronger { strongest[fact.column] = fact }
        }
        let ranked = strongest.values.sorted { ($1.strength, $0.column) < ($0.strength, $1.column) }
        guard let first = ranked.first, let newest = ranked.map(\.time).max(), let nearness = nearness(newest, symptom)
        else { return nil }
        let named = ranked.prefix(5).map { "\($0.column) (\(Figures.text($0.strength)) times the floor)" }
        return Suspect(
            kind: .data,
            title: "Drift of \(ranked.prefix(3).map(\.column).joined(separator: ", "))",
            reason: "The inputs no longer look like the reference: \(named.joined(separator: ", ")).",
            score: min(0.85, 0.4 + 0.1 * first.strength) * nearness,
            evidence: inOrder(ranked.map(\.entry)),
            command: "slipway drift REFERENCE CURRENT"
        )
    }

    /// Worse answers with no drift and no release: what the labels mean has changed.
    private static func concept(_ facts: TriageFacts, _ model: String, _ symptom: Symptom) -> Suspect? {
        let breaches = facts.performance.filter { $0.verdict == .breached && nearness($0.time, symptom) != nil }
        guard let last = breaches.max(by: { ($0.time, $0.entry.text) < ($1.time, $1.entry.text) }),
            let nearness = nearness(last.time, symptom)
        else { return nil }
        let hasOther =
            facts.drifted.contains { Triage.nearness($0.time, symptom) != nil }
            || facts.releases.contains { Triage.nearness($0.time, symptom) != nil }
        let value = last.value.map { "is \(Figures.text($0)), the least is \(Figures.text(last.threshold))" }
        let why =
            hasOther
            ? "it may follow from the other suspects"
            : "no input drifted and nothing was released, so the outcome itself changed"
        return Suspect(
            kind: .concept,
            title: "What the inputs mean for the outcome",
            reason: "The live metric \(value ?? "is below its least value"); \(why).",
            score: (hasOther ? 0.3 : 0.8) * nearness,
            evidence: inOrder(breaches.map(\.entry)),
            command: "slipway replay \(model) DATA"
        )
    }
}
