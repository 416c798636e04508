import SlipwayStatistics

/// What the comparison of one column of vectors came to.
package struct VectorDrift: Codable, Hashable, Sendable {
    package let name: String
    package let verdict: DriftVerdict.Verdict
    /// How many numbers each vector has.
    package let dimension: Int
    /// The area under the ROC curve of a classifier between sampled vectors of both sides, on vectors that it did not see.
    package let areaUnderCurve: Double?
    /// The ends of the area's 95 % interval.
    package let lower: Double?
    package let upper: Double?
    /// The area counts from here.
    package let floor: Double
    package let pValue: Double?
    /// The p-value corrected over all tests of the comparison.
    package let adjustedP: Double?
    /// The distance of the means over the reference's deviation (the root of its summed variances).
    package let meanShift: Double?
    /// How often a shift as large comes up when the sides are drawn anew, of 1,000 draws with a fixed seed.
    package let meanShiftP: Double?
    /// The change of the share of rows without a vector of this dimension, and its corrected p-value.
    package let brokenChange: Double
    package let brokenAdjustedP: Double?
    /// One sentence for people.
    package let sentence: String
}

/// A comparison of vectors before its p-values are corrected.
struct VectorMeasure {
    /// An area of 0.6 is what a shift of 0.36 standard deviations gives; samples of 256 cannot tell much less.
    private static let floor = 0.6
    private static let draws = 1000

    let reference: VectorProfile
    let classifier: DomainClassifier?
    let shift: (distance: Double, p: Double)?
    let broken: DriftMeasure

    init(reference: VectorProfile, current: VectorProfile, policy: DriftPolicy) throws(StatisticsError) {
        guard reference.dimension == current.dimension else {
            throw .differentColumns("vectors of \(reference.dimension) and of \(current.dimension) numbers")
        }
        self.reference = reference
        broken = ColumnMeasurer(policy: policy).share(
            .missingShare,
            (reference.missing + reference.failed, reference.rows),
            (current.missing + current.failed, current.rows)
        )
        let isEnough = min(reference.count, current.count) >= policy.minRows
        classifier =
            isEnough
            ? DomainClassifier(
                reference: Self.side(reference),
                current: Self.side(current),
                width: reference.width * 2
            ) : nil
        shift = isEnough ? Self.shift(reference, current) : nil
    }

    /// The projected numbers and their squares, which see a change of spread.
    private static func side(_ profile: VectorProfile) -> DomainClassifier.Side {
        DomainClassifier.Side(
            rows: profile.sample.flatMap { member in
                member.values.map { Double($0) } + member.values.map { Double($0) * Double($0) }
            },
            weights: profile.sample.map { Double($0.count) }
        )
    }

    private static func shift(_ reference: VectorProfile, _ current: VectorProfile) -> (Double, Double)? {
        let all = (reference.sample + current.sample).map { $0.values.map { Double($0) } }
        let old = reference.sample.count
        guard old > 1, all.count > old else { return nil }
        func distance(_ order: [Int]) -> Double {
            (0..<reference.width).reduce(0) { sum, j in
                let (a, b) = (order[..<old], order[old...])
                let first = a.reduce(0) { $0 + all[$1][j] } / Double(a.count)
                let second = b.reduce(0) { $0 + all[$1][j] } / Double(b.count)
                return sum + (first - second) * (first - second)
            }
        }
        var order = Array(all.indices)
        let seen = distance(order)
        var random = SplitMix64(seed: 20_130_701)
        var larger = 1
        for _ in 1..<draws {
            order.shuffle(using: &random)
            if distance(order) >= seen { larger += 1 }
        }
        let spread = (0..<reference.width).reduce(0.0) { sum, j in
            let values = all[..<old].map { $0[j] }
            let mean = values.reduce(0, +) / Double(old)
            return sum + values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(old)
        }
        return (spread > 0 ? (seen / spread).squareRoot() : 0, Double(larger) / Double(draws))
    }

    /// The p-values that decide, in the order in which `drift` takes them back.
    var pValues: [Double] { [classifier?.pValue, broken.pValue].compactMap { $0 } }

    func drift(adjusted: [Double], policy: DriftPolicy) -> VectorDrift {
        let areaP = classifier == nil ? nil : adjusted.first
        let brokenP = broken.pValue == nil ? nil : adjusted.last
        let isMoved = (areaP ?? 1) <= policy.falseDiscoveryRate && (classifier?.areaUnderCurve ?? 0) >= Self.floor
        let isBroken = (brokenP ?? 1) <= policy.falseDiscoveryRate && broken.effect >= broken.floor
        let verdict: DriftVerdict.Verdict = isMoved || isBroken ? .drifted : areaP == nil ? .cannotTell : .stable
        var parts: [String] = []
        if let classifier, let areaP {
            parts.append(
                "vectors \(isMoved ? "can" : "cannot") be told apart, area \(Figures.text(classifier.areaUnderCurve)) "
                    + "(0.5 is chance, from \(Figures.text(Self.floor)) it counts), p \(Figures.chance(areaP))"
            )
        }
        if let shift { parts.append("their mean moved by \(Figures.text(shift.distance)) deviations") }
        if isBroken { parts.append("share of rows without a vector changed by \(Figures.text(broken.effect))") }
        if parts.isEmpty { parts.append("too few vectors to tell") }
        return VectorDrift(
            name: reference.name,
            verdict: verdict,
            dimension: reference.dimension,
            areaUnderCurve: classifier?.areaUnderCurve,
            lower: classifier.map { max(0, $0.areaUnderCurve - 1.96 * $0.standardError) },
            upper: classifier.map { min(1, $0.areaUnderCurve + 1.96 * $0.standardError) },
            floor: Self.floor,
            pValue: classifier?.pValue,
            adjustedP: areaP,
            meanShift: shift?.distance,
            meanShiftP: shift?.p,
            brokenChange: broken.effect,
            brokenAdjustedP: brokenP,
            sentence: "\(reference.name)\(verdict == .drifted ? " drifted" : ""): \(parts.joined(separator: "; "))."
        )
    }
}
