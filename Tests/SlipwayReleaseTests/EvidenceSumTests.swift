import SlipwayDomain
import SlipwayRelease
import SlipwayStatistics
import Testing

/// What several gateways counted, added up.
@Suite struct EvidenceSumTests {
    private static func evidence(
        _ candidate: (Int, Int),
        _ stable: (Int, Int),
        details: EvidenceDetails? = nil
    ) throws -> AnalysisEvidence {
        try AnalysisEvidence(
            step: 1,
            from: Fixture.start,
            to: Fixture.start + .minutes(1),
            candidate: ArmCounts(requests: candidate.0, errors: candidate.1),
            stable: ArmCounts(requests: stable.0, errors: stable.1),
            pairs: candidate.0,
            disagreements: candidate.1,
            details: details
        )
    }

    private static func details(_ seed: UInt64, keys: Bool = true) -> EvidenceDetails {
        var random = SplitMix64(seed: seed)
        var ladder = BlockLadder()
        var (mine, theirs) = (LogHistogram(), LogHistogram())
        for _ in 0..<200 {
            let isHit = random.next() % 10 == 0
            ladder.add(
                random.next() % 2 == 0
                    ? ArmSums(candidate: 1, candidateHits: isHit ? 1 : 0)
                    : ArmSums(stable: 1, stableHits: isHit ? 1 : 0)
            )
            mine.add(Double(random.next() % 1000) / 10)
            theirs.add(Double(random.next() % 1000) / 10)
        }
        let classes = random.next() % 2 == 0 ? ["no", "yes"] : ["perhaps", "no", "yes"]
        let flips = classes.map { _ in classes.map { _ in Int(random.next() % 50) } }
        return EvidenceDetails(
            percent: 25,
            errors: ladder.moments,
            keys: keys ? KeyCrowding(hits: 10, squares: 30) : nil,
            latency: [
                LatencyEvidence(
                    percentile: 95,
                    max: 50,
                    candidateSlow: Int(random.next() % 9),
                    stableSlow: Int(random.next() % 9),
                    blocks: ladder.moments
                )
            ],
            candidateLatencies: mine,
            stableLatencies: theirs,
            pairs: PairEvidence(blocks: ladder.moments, classes: classes, flips: flips, scored: 7, distance: 0.5)
        )
    }

    @Test func `counts add up whatever the order and the grouping`() throws {
        for seed in UInt64(1)...40 {
            let parts = try (0..<4).map { part in
                try Self.evidence((100 + part, part), (200, 3), details: Self.details(seed * 10 + UInt64(part)))
            }
            let all = try parts[0].adding(Array(parts[1...]))
            let other = try parts[0].adding([parts[3], parts[1], parts[2]])
            #expect(all == other, "seed \(seed)")
            #expect(all.candidate.requests == 406 && all.candidate.errors == 6 && all.pairs == 406)
            #expect(all.stable?.requests == 800)
            #expect(all.details?.candidateLatencies?.count == 800)
            let blocks = try #require(all.details?.errors?.first)
            #expect(blocks.blocks == 200 && blocks.sums.observations == 800)
            let slow = parts.compactMap { $0.details?.latency?.first?.candidateSlow }.reduce(0, +)
            #expect(all.details?.latency?.first?.candidateSlow == slow)
            let flips = { (evidence: AnalysisEvidence) in
                evidence.details?.pairs?.flips.flatMap { $0 }.reduce(0, +) ?? 0
            }
            #expect(flips(all) == parts.map(flips).reduce(0, +))
            #expect(all.details?.pairs?.classes == all.details?.pairs?.classes.sorted())
        }
    }

    @Test func `alone it stays what it is`() throws {
        let one = try Self.evidence((10, 1), (20, 2), details: Self.details(7))
        #expect(try one.adding([]) == one)
        let silent = try Self.evidence((0, 0), (0, 0))
        #expect(try one.adding([silent]) == one)
    }

    @Test func `keys that may be spread over gateways count as crowded as they can be`() throws {
        let part = try Self.evidence((100, 10), (100, 10), details: Self.details(3))
        let sum = try part.adding([part, part])
        let keys = try #require(sum.details?.keys)
        #expect(keys.hits == 30)
        // Three gateways: one key with 10 hits at each would have 30 squared, which no bound may be under.
        #expect(keys.squares == 270)
        let whole = KeyCrowding(hits: 10, squares: 100)
        let crowded = try Self.evidence((10, 10), (10, 0), details: EvidenceDetails(keys: whole))
        #expect(try crowded.adding([crowded]).details?.keys?.squares == 400)
    }

    @Test func `what other plans counted, and what is no count, is refused`() throws {
        let own = try Self.evidence((10, 1), (20, 2), details: Self.details(5))
        let other = EvidenceDetails(
            latency: [LatencyEvidence(percentile: 99, max: 50, candidateSlow: 1, stableSlow: 1, blocks: [])]
        )
        let negative = EvidenceDetails(
            latency: [LatencyEvidence(percentile: 95, max: 50, candidateSlow: -1, stableSlow: 1, blocks: [])]
        )
        let ragged = EvidenceDetails(pairs: PairEvidence(blocks: [], classes: ["a"], flips: [[1, 2]]))
        let twice = EvidenceDetails(pairs: PairEvidence(blocks: [], classes: ["a", "a"], flips: [[1, 2], [3, 4]]))
        for details in [other, negative, ragged, twice] {
            let part = try Self.evidence((1, 0), (1, 0), details: details)
            #expect(throws: ReleaseError.self) { try own.adding([part]) }
        }
        let huge = try Self.evidence((Int.max, 0), (1, 0))
        #expect(throws: ReleaseError.self) { try own.adding([huge]) }
        #expect(throws: ReleaseError.self) { try huge.adding([huge]) }
    }
}
