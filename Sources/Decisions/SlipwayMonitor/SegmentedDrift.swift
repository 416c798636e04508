package import SlipwayStatistics

/// A comparison segment by segment: the rows with one value of a column against the reference's rows with the same value,
/// corrected over all columns of all segments together.
package struct SegmentedDrift: Codable, Hashable, Sendable {
    /// The column that makes the segments.
    package let column: String
    package let verdict: DriftVerdict.Verdict
    /// The segments, the most rows first.
    package let segments: [Segment]
    /// Segments with too few rows on a side to say anything, by name.
    package let tooSmall: [String]
    /// How many tests were corrected for together.
    package let tests: Int
    /// One sentence for people.
    package let sentence: String

    /// One segment.
    package struct Segment: Codable, Hashable, Sendable {
        /// The value that its rows share.
        package let name: String
        /// Rows of the reference.
        package let referenceRows: Int64
        package let drift: DriftVerdict
    }

    /// The verdict over segments that were counted against one reference.
    package static func judge(
        column: String,
        segments: [(name: String, reference: DatasetProfile, current: DatasetProfile)],
        policy: DriftPolicy = .standard
    ) throws(StatisticsError) -> SegmentedDrift {
        func isLarge(_ profile: DatasetProfile) -> Bool { profile.rowCount >= policy.minRows }
        let large = segments.filter { isLarge($0.reference) && isLarge($0.current) }
            .sorted { ($1.current.rowCount, $0.name) < ($0.current.rowCount, $1.name) }
        var evidence: [DriftEvidence] = []
        for segment in large {
            evidence.append(
                try DriftEvidence(
                    reference: segment.reference,
                    current: segment.current,
                    policy: policy,
                    isMultivariate: false
                )
            )
        }
        let family = FalseDiscoveryRate.adjusted(evidence.flatMap(\.pValues))
        var next = 0
        let judged = zip(large, evidence).map { segment, evidence in
            let count = evidence.pValues.count
            defer { next += count }
            return Segment(
                name: segment.name,
                referenceRows: segment.reference.rowCount,
                drift: DriftAnalyst.verdict(evidence, adjusted: Array(family[next..<next + count]), policy: policy)
            )
        }
        let drifted = judged.filter { $0.drift.verdict == .drifted }
        let verdict: DriftVerdict.Verdict = judged.isEmpty ? .cannotTell : drifted.isEmpty ? .stable : .drifted
        let named = drifted.prefix(5).map { "\($0.name) (\($0.drift.drifted.map(\.name).joined(separator: ", ")))" }
        let sentence =
            switch verdict {
            case .drifted:
                "\(drifted.count) of \(judged.count) segments of \(column) drifted: \(named.joined(separator: "; "))"
                    + (drifted.count > 5 ? " and \(drifted.count - 5) more." : ".")
            case .stable: "None of \(judged.count) segments of \(column) drifted."
            case .cannotTell: "No segment of \(column) has \(policy.minRows) rows on both sides."
            }
        return SegmentedDrift(
            column: column,
            verdict: verdict,
            segments: judged,
            tooSmall: segments.filter { !isLarge($0.reference) || !isLarge($0.current) }.map(\.name).sorted(),
            tests: family.count,
            sentence: sentence
        )
    }
}
