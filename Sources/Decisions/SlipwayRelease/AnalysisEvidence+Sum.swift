internal import SlipwayDomain
internal import SlipwayStatistics

/// What several gateways counted about one step is added up to what one would have counted. Step and interval are those
/// of the first, which is the control plane's own.
extension AnalysisEvidence {
    /// The largest count that a gateway may tell; sums of thousands of such still fit.
    package static let largestCount = 1 << 48

    /// This evidence and that of others about the same step; refused when they counted different things.
    package func adding(_ others: [AnalysisEvidence]) throws(ReleaseError) -> AnalysisEvidence {
        guard !others.isEmpty else { return self }
        let all = [self] + others
        return try AnalysisEvidence(
            step: step,
            from: from,
            to: to,
            candidate: try ArmCounts.sum(all.map(\.candidate)),
            stable: try stable == nil ? nil : ArmCounts.sum(all.compactMap(\.stable)),
            pairs: try Count.sum(all.map(\.pairs)),
            disagreements: try Count.sum(all.map(\.disagreements)),
            details: try details.map { own throws(ReleaseError) in
                try EvidenceDetails.sum(own, all.dropFirst().compactMap(\.details))
            }
        )
    }
}

/// Sums that refuse what cannot be a count, so that a false report stops no analysis.
private enum Count {
    static func sum(_ counts: [Int]) throws(ReleaseError) -> Int {
        var total = 0
        for count in counts {
            guard (0...AnalysisEvidence.largestCount).contains(count) else {
                throw .invalidEvidence("\(count) is no count: a gateway tells whole numbers from 0 to 2^48")
            }
            total += count
        }
        return total
    }

    static func sums(_ lists: [[Int]]) throws(ReleaseError) -> [Int] {
        let kept = lists.filter { !$0.isEmpty }
        guard let first = kept.first else { return [] }
        guard kept.allSatisfy({ $0.count == first.count }) else { throw different }
        var totals: [Int] = []
        for place in first.indices { totals.append(try sum(kept.map { $0[place] })) }
        return totals
    }

    /// Level by level: blocks of one size with blocks of the same size.
    static func ladder(_ ladders: [[BlockMoments]]) -> [BlockMoments] {
        let longest = ladders.map(\.count).max() ?? 0
        return (0..<longest).map { level in
            var sum = BlockMoments()
            for ladder in ladders where level < ladder.count { sum.merge(ladder[level]) }
            return sum
        }
    }

    static func histogram(_ parts: [LogHistogram]) throws(ReleaseError) -> LogHistogram? {
        guard var sum = parts.first else { return nil }
        do {
            for part in parts.dropFirst() { try sum.merge(part) }
        } catch {
            throw .invalidEvidence("latencies that cannot be added up: \(error)")
        }
        return sum
    }

    static let different = ReleaseError.invalidEvidence("these gateways counted different things: they run other plans")
}

extension ArmCounts {
    fileprivate static func sum(_ arms: [ArmCounts]) throws(ReleaseError) -> ArmCounts {
        try ArmCounts(
            requests: Count.sum(arms.map(\.requests)),
            errors: Count.sum(arms.map(\.errors)),
            slow: Count.sum(arms.map(\.slow))
        )
    }
}

extension EvidenceDetails {
    fileprivate static func sum(
        _ own: EvidenceDetails,
        _ others: [EvidenceDetails]
    ) throws(ReleaseError) -> EvidenceDetails {
        let all = [own] + others
        return EvidenceDetails(
            percent: own.percent,
            block: own.block,
            errors: own.errors == nil ? nil : Count.ladder(all.compactMap(\.errors)),
            keys: try KeyCrowding.sum(all.compactMap(\.keys)),
            latency: try LatencyEvidence.sums(all.compactMap(\.latency)),
            candidateLatencies: try Count.histogram(all.compactMap(\.candidateLatencies)),
            stableLatencies: try Count.histogram(all.compactMap(\.stableLatencies)),
            pairs: try PairEvidence.sum(all.compactMap(\.pairs)),
            // Labels and queries are read by the control plane alone.
            quality: own.quality,
            queries: own.queries
        )
    }
}

extension KeyCrowding {
    /// One key's hits may be spread over gateways that know nothing of each other: by Cauchy and Schwarz the square of
    /// their sum is at most the number of gateways times the sum of their squares.
    fileprivate static func sum(_ parts: [KeyCrowding]) throws(ReleaseError) -> KeyCrowding? {
        guard !parts.isEmpty else { return nil }
        let hits = try Count.sum(parts.map(\.hits))
        let squares = try Count.sum(parts.map(\.squares))
        let gateways = parts.count { $0.hits > 0 }
        let (bound, isOver) = squares.multipliedReportingOverflow(by: max(1, gateways))
        let (most, isMostOver) = hits.multipliedReportingOverflow(by: hits)
        return KeyCrowding(hits: hits, squares: min(isOver ? Int.max : bound, isMostOver ? Int.max : max(most, hits)))
    }
}

extension LatencyEvidence {
    fileprivate static func sums(_ lists: [[LatencyEvidence]]) throws(ReleaseError) -> [LatencyEvidence]? {
        guard let first = lists.first else { return nil }
        var sums: [LatencyEvidence] = []
        for (place, rule) in first.enumerated() {
            let same = lists.filter { place < $0.count && $0[place].percentile == rule.percentile }
                .map { $0[place] }
            guard same.count == lists.count, same.allSatisfy({ $0.max == rule.max }) else { throw Count.different }
            sums.append(
                LatencyEvidence(
                    percentile: rule.percentile,
                    max: rule.max,
                    candidateSlow: try Count.sum(same.map(\.candidateSlow)),
                    stableSlow: try Count.sum(same.map(\.stableSlow)),
                    blocks: Count.ladder(same.map(\.blocks))
                )
            )
        }
        return sums
    }
}

extension PairEvidence {
    fileprivate static func sum(_ parts: [PairEvidence]) throws(ReleaseError) -> PairEvidence? {
        guard let first = parts.first else { return nil }
        if parts.count == 1 { return first }
        for part in parts where !part.isSquare || part.distance < 0 || !part.distance.isFinite { throw Count.different }
        let classes = Set(parts.flatMap(\.classes)).sorted()
        var flips = Array(repeating: Array(repeating: 0, count: classes.count), count: classes.count)
        for part in parts {
            let places = part.classes.map { classes.firstIndex(of: $0) ?? 0 }
            for (row, counts) in part.flips.enumerated() {
                for (column, count) in counts.enumerated() {
                    let (from, to) = (places[row], places[column])
                    flips[from][to] = try Count.sum([flips[from][to], count])
                }
            }
        }
        return PairEvidence(
            blocks: Count.ladder(parts.map(\.blocks)),
            classes: classes,
            flips: flips,
            scored: try Count.sum(parts.map(\.scored)),
            distance: parts.reduce(0) { $0 + $1.distance },
            distanceBlocks: Count.ladder(parts.map(\.distanceBlocks)),
            candidateScores: try Count.sums(parts.map(\.candidateScores)),
            stableScores: try Count.sums(parts.map(\.stableScores)),
            scoreBlocks: Count.ladder(parts.map(\.scoreBlocks)),
            slices: try SliceCounts.sum(parts.flatMap(\.slices))
        )
    }

    private var isSquare: Bool {
        flips.count == classes.count && flips.allSatisfy { $0.count == classes.count }
            && Set(classes).count == classes.count
    }
}

extension SliceCounts {
    private struct Name: Hashable {
        let feature: String
        let value: String
    }

    fileprivate static func sum(_ slices: [SliceCounts]) throws(ReleaseError) -> [SliceCounts] {
        var sums: [Name: (pairs: Int, disagreements: Int)] = [:]
        var order: [Name] = []
        for slice in slices {
            let name = Name(feature: slice.feature, value: slice.value)
            if sums[name] == nil { order.append(name) }
            let known = sums[name] ?? (0, 0)
            sums[name] = (
                try Count.sum([known.pairs, slice.pairs]), try Count.sum([known.disagreements, slice.disagreements])
            )
        }
        order.sort { ($0.feature, $0.value) < ($1.feature, $1.value) }
        var counts: [SliceCounts] = []
        for name in order {
            let sum = sums[name] ?? (0, 0)
            counts.append(
                try SliceCounts(
                    feature: name.feature,
                    value: name.value,
                    pairs: sum.pairs,
                    disagreements: sum.disagreements
                )
            )
        }
        return counts
    }
}
