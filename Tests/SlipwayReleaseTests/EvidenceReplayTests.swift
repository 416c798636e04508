import SlipwayDomain
import SlipwayRelease
import SlipwayStatistics
import Testing

@Suite("Judgements computed again from their records")
struct EvidenceReplayTests {
    private static let plan = Fixture.plan(analysis: Fixture.rules)

    /// A verdict on evidence with everything that a meter can know.
    private static func verdict(step: Int = 0) throws -> AnalysisVerdict {
        var random = SplitMix64(seed: 5)
        var simulated = SimulatedStep(percent: 25)
        for _ in 0..<40 { simulated.addChunk(of: RolloutWorld(), &random) }
        let counted = try simulated.evidence()
        let evidence = try AnalysisEvidence(
            step: step,
            from: counted.from,
            to: counted.to,
            candidate: counted.candidate,
            stable: counted.stable,
            pairs: counted.pairs,
            disagreements: counted.disagreements,
            details: counted.details
        )
        return Analyst.judge(evidence, under: plan)
    }

    private static func data(_ body: ReleaseRecord.Body) -> JSONValue {
        ReleaseRecord(revision: 4, body: body).data(of: plan)
    }

    private static func facts(_ record: JSONValue) -> [ReleaseAccount.Fact] {
        let bodies: [(String, JSONValue)] = [
            ("release.started", data(.started)), ("release.step", data(.step(index: 0, percent: 5, by: nil))),
            ("release.analysis", record), ("release.step", data(.step(index: 1, percent: 25, by: nil))),
            ("release.paused", data(.paused(by: "ana", reason: "lunch"))),
            ("release.completed", data(.completed(.aborted, reason: "called off by ana"))),
        ]
        return bodies.enumerated().map { index, body in
            ReleaseAccount.Fact(
                entry: EntryID("e\(index)"),
                name: body.0,
                at: Fixture.start + .minutes(Int64(index)),
                actor: "slipway",
                data: body.1
            )
        }
    }

    @Test("The record of a verdict or a comparison gives the same bytes again, also after a journey as text")
    func same() throws {
        let bodies: [ReleaseRecord.Body] = [
            .analysis(try Self.verdict()), .analysis(Fixture.verdict(.pass)),
            .comparison(Fixture.comparison(.candidate)),
        ]
        for body in bodies {
            let record = ReleaseRecord(revision: 4, body: body)
            let text = try CanonicalJSON.bytes(of: record.data(of: Self.plan))
            let replay = try #require(EvidenceReplay(name: record.type, data: try JSONValue(parsing: text)))
            if case .analysis(let verdict) = body, verdict.rules.isEmpty { continue }
            #expect(replay.answer == .same)
            #expect(replay.recomputed == text)
        }
        #expect(EvidenceReplay(name: "release.step", data: [:]) == nil)
    }

    @Test("Any member of the record that is changed, removed or added is found")
    func tampered() throws {
        let data = Self.data(.analysis(try Self.verdict()))
        let members = try #require(data.object)
        let kept: Set = ["release", "model", "version", "revision"]
        for name in members.keys.sorted() where !kept.contains(name) {
            for value in [JSONValue.string("no"), nil] {
                var changed = members
                changed[name] = value
                let replay = try #require(EvidenceReplay(name: "release.analysis", data: .object(changed)))
                #expect(!replay.isSame, "\(name) may be \(String(describing: value))")
            }
        }
        var more = members
        more["extra"] = 1
        #expect(EvidenceReplay(name: "release.analysis", data: .object(more))?.isSame == false)
    }

    @Test(
        "A flattered number is found and told",
        arguments: [
            (#""verdict":"inconclusive""#, #""verdict":"pass""#), (#""limit":0.01"#, #""limit":0.02"#),
            (#""maxIncrease":0.01"#, #""maxIncrease":0.02"#), (#""pairs":2560"#, #""pairs":2561"#),
            (#""percent":25"#, #""percent":50"#),
        ]
    )
    func flattered(from: String, to: String) throws {
        let text = try CanonicalJSON.text(of: Self.data(.analysis(try Self.verdict())))
        let changed = text.replacing(from, with: to)
        try #require(changed != text, "\(from) is not in \(text)")
        let data = try JSONValue(parsing: Array(changed.utf8))
        let account = try #require(ReleaseAccount(ReleaseID("r1"), facts: Self.facts(data)))
        #expect(!account.findings.isEmpty)
        #expect(account.replayJSON["same"] == .bool(false))
        #expect(account.lines.contains { $0.contains("NOT what its evidence gives") })
    }

    @Test("An account tells the plan, every rule with its counts and bounds, the people, the end and the alpha")
    func account() throws {
        let account = try #require(
            ReleaseAccount(ReleaseID("r1"), facts: Self.facts(Self.data(.analysis(try Self.verdict()))))
        )
        #expect(account.findings.isEmpty && account.judgements.count == 1)
        #expect(abs(account.alphaSpent - 0.05 / 3) < 1e-12)
        let text = account.lines.joined(separator: "\n")
        for part in [
            "version 2 of flight-delay to production by canary, against version 1",
            "error_rate at most 1 % over stable",
            "latency_p95_ms at most 50", "disagreement at most 10 %", "the same, byte for byte",
            "ana stopped it: lunch", "ended as aborted: called off by ana", "alpha spent: 1.67 % of 5 %",
            "2560 inputs were scored by both versions",
        ] {
            #expect(text.contains(part), "\(part) is not in\n\(text)")
        }
        #expect(ReleaseAccount(ReleaseID("r1"), facts: []) == nil)
    }

    @Test("Alpha that was spent beyond the plan's, and a record of another release, are found")
    func alpha() throws {
        let verdict = try Self.verdict()
        let bold = Analyst.judge(
            rules: verdict.rules.map(\.rule),
            evidence: verdict.evidence,
            demands: verdict.demands,
            alphaShare: 0.04
        )
        let account = try #require(ReleaseAccount(ReleaseID("r2"), facts: Self.facts(Self.data(.analysis(bold)))))
        #expect(account.findings.count == 2 && account.judgements[0].replay.isSame, "\(account.findings)")
    }

    @Test("The looks before a verdict are kept, at growing distances and never too many, and change no verdict")
    func looks() throws {
        var state = ReleaseState(Self.plan)
        for move in [PlannerTableTests.Move.start, .done, .done, .done] {
            state = ReleasePlanner.step(state, move.event(for: state), now: Fixture.start).state
        }
        for second in 1...20_000 {
            let evidence = try AnalysisEvidence(
                step: 0,
                from: Fixture.start,
                to: Fixture.start + Span(milliseconds: Int64(second * 100)),
                candidate: ArmCounts(requests: second),
                stable: ArmCounts(requests: second)
            )
            if second % 7 == 0 || second < 50 {
                state =
                    ReleasePlanner.step(
                        state,
                        .analysed(Analyst.judge(evidence, under: Self.plan)),
                        now: evidence.to
                    ).state
            }
        }
        let last = try #require(state.lastVerdict)
        let looks = try #require(last.looks)
        #expect((10...48).contains(looks.count))
        #expect(zip(looks, looks.dropFirst()).allSatisfy { $0.at < $1.at })
        #expect(last.recomputed == last)
    }
}
