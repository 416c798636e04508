import Glibc

/// An interval for a proportion that holds at all times at once, so it may be looked at after every trial.
///
/// For a proportion p the ratio of the beta-binomial mixture likelihood to the likelihood at p, `M_n(p) = B(a + s, b +
/// n - s) / B(a, b) / (p^s (1-p)^(n-s))`, is a martingale that starts at 1. By Ville's inequality it ever reaches 1 /
/// alpha with probability at most alpha, so the p with M_n(p) < 1 / alpha cover the truth for all n together with
/// probability 1 - alpha (Robbins 1970; Howard, Ramdas, McAuliffe, Sekhon 2021, Annals of Statistics 49(2)).
package struct BernoulliConfidenceSequence: Sendable, Equatable, Codable {
    /// Trials that succeeded.
    package private(set) var successes: Int64
    /// All trials.
    package private(set) var trials: Int64
    /// The probability that the interval ever misses the proportion, at most.
    package let alpha: Double
    /// First parameter of the beta mixture: where and how tightly the sequence is sharpest.
    package let priorSuccesses: Double
    /// Second parameter of the beta mixture.
    package let priorFailures: Double

    /// A sequence after so many successes in so many trials.
    package init(
        successes: Int64 = 0,
        trials: Int64 = 0,
        alpha: Double,
        priorSuccesses: Double = 1,
        priorFailures: Double = 1
    ) throws(StatisticsError) {
        guard successes >= 0, successes <= trials, trials <= CountRange.maximum else {
            throw .countOutOfRange("\(successes) successes in \(trials) trials")
        }
        guard alpha > 0, alpha < 1 else { throw .invalidParameter("alpha must be between 0 and 1") }
        guard priorSuccesses > 0, priorFailures > 0, priorSuccesses.isFinite, priorFailures.isFinite else {
            throw .invalidParameter("the mixture's parameters must be positive")
        }
        self.successes = successes
        self.trials = trials
        self.alpha = alpha
        self.priorSuccesses = priorSuccesses
        self.priorFailures = priorFailures
    }

    /// Adds one trial.
    package mutating func add(_ success: Bool) {
        trials += 1
        if success { successes += 1 }
    }

    /// The share of successes, nil before the first trial.
    package var share: Double? { trials == 0 ? nil : Double(successes) / Double(trials) }

    /// The logarithm of the martingale at a proportion: evidence against it.
    package func logEvidence(against p: Double) -> Double {
        BetaMixture.logEvidence(
            sum: Double(successes),
            count: Double(trials),
            against: p,
            prior: (priorSuccesses, priorFailures)
        )
    }

    /// True when the proportion is not yet excluded.
    package func contains(_ p: Double) -> Bool {
        p >= 0 && p <= 1 && logEvidence(against: p) < -log(alpha)
    }

    /// The interval now; 0 ... 1 before the first trial.
    package var interval: ClosedRange<Double> {
        BetaMixture.interval(
            sum: Double(successes),
            count: Double(trials),
            alpha: alpha,
            prior: (priorSuccesses, priorFailures)
        )
    }

    /// An interval for the share of `current` less that of `reference`, valid at all times: by the union bound its
    /// probability of ever missing is at most the sum of the two alphas.
    package static func difference(
        reference: BernoulliConfidenceSequence,
        current: BernoulliConfidenceSequence
    ) -> ClosedRange<Double> {
        let (a, b) = (reference.interval, current.interval)
        return (b.lowerBound - a.upperBound)...(b.upperBound - a.lowerBound)
    }
}

extension BernoulliConfidenceSequence {
    private enum CodingKeys: String, CodingKey { case successes, trials, alpha, priorSuccesses, priorFailures }

    package init(from decoder: any Decoder) throws {
        let box = try decoder.container(keyedBy: CodingKeys.self)
        try self.init(
            successes: box.decode(Int64.self, forKey: .successes),
            trials: box.decode(Int64.self, forKey: .trials),
            alpha: box.decode(Double.self, forKey: .alpha),
            priorSuccesses: box.decode(Double.self, forKey: .priorSuccesses),
            priorFailures: box.decode(Double.self, forKey: .priorFailures)
        )
    }
}
