internal import Glibc
internal import SlipwayStatistics

/// Hits among observations, weighed down by how much the observations depend on each other.
struct ShareTest {
    let hits: Double
    let count: Double
    let effect: Double

    /// The observed share; nil with no observations.
    var share: Double? { count > 0 ? hits / count : nil }

    /// Evidence against "the share is `limit`", as a logarithm.
    func logEvidence(_ limit: Double) -> Double {
        BetaMixture.logEvidence(sum: hits / effect, count: count / effect, against: limit)
    }

    func isOver(_ limit: Double, alpha: Double) -> Bool {
        guard let share, share > limit else { return false }
        return logEvidence(limit) >= -log(alpha)
    }

    func isWithin(_ limit: Double, alpha: Double) -> Bool {
        guard let share, share <= limit else { return false }
        return logEvidence(limit) >= -log(alpha)
    }

    /// Bounds that hold at all looks together.
    func bounds(alpha: Double) -> (lower: Double, upper: Double) {
        let interval = BetaMixture.interval(sum: hits / effect, count: count / effect, alpha: alpha)
        return (interval.lowerBound, interval.upperBound)
    }
}

/// How much greater the candidate's share is than the stable version's.
enum GapTest {
    /// Chance decided which arm answered.
    case assigned(ArmDifference)
    /// The arms are two samples; the union bound joins what is known of each.
    case separate(ShareTest, ShareTest)

    /// Evidence against "the limit is kept", as a logarithm; nil where it is not a single number.
    func logEvidence(_ limit: Double) -> Double? {
        if case .assigned(let arms) = self { return arms.logEvidence(above: limit) }
        return nil
    }

    func isOver(_ limit: Double, alpha: Double) -> Bool {
        switch self {
        case .assigned(let arms): arms.logEvidence(above: limit) >= -log(alpha)
        case .separate: bounds(alpha: alpha).lower > limit
        }
    }

    func isWithin(_ limit: Double, alpha: Double) -> Bool {
        switch self {
        case .assigned(let arms): arms.logEvidence(below: limit) >= -log(alpha)
        case .separate: bounds(alpha: alpha).upper <= limit
        }
    }

    /// A lower and an upper bound, each valid at all looks together.
    func bounds(alpha: Double) -> (lower: Double, upper: Double) {
        switch self {
        case .assigned(let arms): return (arms.lower(alpha: alpha), arms.upper(alpha: alpha))
        case .separate(let candidate, let stable):
            let (here, there) = (candidate.bounds(alpha: alpha / 2), stable.bounds(alpha: alpha / 2))
            return (here.lower - there.upper, here.upper - there.lower)
        }
    }
}
