package import SlipwayDomain

/// What became of a release and by which evidence: a fold over its ledger entries and nothing else.
package struct ReleaseAccount: Sendable {
    /// One ledger entry about the release.
    package struct Fact: Sendable {
        package let entry: EntryID
        /// The entry's type without its prefix.
        package let name: String
        package let at: Instant
        package let actor: String
        package let data: JSONValue

        /// Made by who reads the ledger.
        package init(entry: EntryID, name: String, at: Instant, actor: String, data: JSONValue) {
            self.entry = entry
            self.name = name
            self.at = at
            self.actor = actor
            self.data = data
        }
    }

    /// A judgement of a step, computed again.
    package struct Judgement: Sendable {
        package let fact: Fact
        package let replay: EvidenceReplay
        /// Nil for a comparison, and for a record that cannot be read.
        package let verdict: AnalysisVerdict?
        /// Nil for an analysis.
        package let comparison: ComparisonVerdict?
    }

    /// A share of the traffic and what was judged while it was in force.
    package struct Step: Sendable {
        package let index: Int
        package let percent: Int
        package let at: Instant
        /// Who decided it.
        package let by: String
        package internal(set) var judgements: [Judgement] = []
        /// What people did, and what the release waited for, in sentences.
        package internal(set) var remarks: [String] = []
    }

    package let release: ReleaseID
    /// The entry that began it.
    package let start: Fact
    package private(set) var steps: [Step] = []
    /// The entry that ended it.
    package private(set) var end: Fact?
    /// The newest judgement of a release under way; not in the ledger yet.
    package let now: AnalysisVerdict?

    /// Folds a release's entries, oldest first; nil when its beginning is not among them.
    package init?(_ release: ReleaseID, facts: [Fact], now: AnalysisVerdict? = nil) {
        guard let start = facts.first(where: { $0.name == "release.started" }) else { return nil }
        self.release = release
        self.start = start
        self.now = now
        for fact in facts { take(fact) }
    }

    private mutating func take(_ fact: Fact) {
        let data = fact.data
        switch fact.name {
        case "release.step":
            steps.append(
                Step(
                    index: data["step"]?.integer.map { Int($0) } ?? 0,
                    percent: data["percent"]?.integer.map { Int($0) } ?? 0,
                    at: fact.at,
                    by: data["by"]?.string ?? fact.actor
                )
            )
        case "release.analysis", "release.comparison":
            guard let replay = EvidenceReplay(name: fact.name, data: data) else { return }
            judged(
                Judgement(
                    fact: fact,
                    replay: replay,
                    // What cannot be read is told by the replay.
                    verdict: fact.name == "release.analysis" ? try? data.decode(AnalysisVerdict.self) : nil,
                    comparison: try? data["comparison"]?.decode(ComparisonVerdict.self)
                )
            )
        case "release.paused": remark("\(data["by"]?.string ?? fact.actor) stopped it: \(data["reason"]?.string ?? "")")
        case "release.resumed": remark("\(data["by"]?.string ?? fact.actor) let it go on")
        case "release.waiting": remark("it waited: \(data["reason"]?.string ?? "")")
        case "release.approved":
            remark("\(data["by"]?.string ?? fact.actor) approved as \(data["role"]?.string ?? "?")")
        case "release.completed": end = fact
        default: return
        }
    }

    private mutating func judged(_ judgement: Judgement) {
        if steps.isEmpty { steps.append(Step(index: 0, percent: 0, at: start.at, by: start.actor)) }
        steps[steps.count - 1].judgements.append(judgement)
    }

    private mutating func remark(_ sentence: String) {
        if steps.isEmpty { steps.append(Step(index: 0, percent: 0, at: start.at, by: start.actor)) }
        steps[steps.count - 1].remarks.append(sentence)
    }
}

extension ReleaseAccount {
    /// All judgements in the order of the ledger.
    package var judgements: [Judgement] { steps.flatMap(\.judgements) }

    /// The accepted risk of a false rollback over the whole release, as its start states it.
    package var alpha: Double? { start.data["alpha"]?.number }

    /// The part of it that was given to rules that were judged: each rule once a step, however often it was looked at.
    package var alphaSpent: Double {
        var shares: [String: Double] = [:]
        for judgement in judgements {
            if let verdict = judgement.verdict {
                for rule in verdict.rules where rule.ruling != .notApplicable {
                    shares["\(verdict.step) \(rule.rule.signature)"] = verdict.alphaShare
                }
            }
            if let comparison = judgement.comparison {
                shares["\(comparison.evidence.step) comparison"] = comparison.alpha
            }
        }
        // In a fixed order, so that the sum has the same last digit each time.
        return shares.sorted { $0.key < $1.key }.reduce(0) { $0 + $1.value }
    }

    /// What does not hold: records that their evidence does not give, records of another release, or more alpha spent
    /// than there was. Empty when everything holds.
    package var findings: [String] {
        var found: [String] = []
        for judgement in judgements {
            let name = "entry \(judgement.fact.entry)"
            switch judgement.replay.answer {
            case .same: break
            case .different(let places):
                found.append("\(name) is not what its evidence gives: \(places.joined(separator: "; "))")
            case .unreadable(let reason): found.append("\(name) cannot be computed again: \(reason)")
            }
            if judgement.fact.data["release"]?.string != release.text {
                found.append("\(name) is filed under release \(release) and names another")
            }
        }
        // Sums of equal parts may be off by the last digits.
        if let alpha, alphaSpent > alpha * (1 + 1e-9) {
            found.append(
                "the judgements spent an alpha of \(Percent.text(alphaSpent)), and the release had \(Percent.text(alpha))"
            )
        }
        return found
    }
}
