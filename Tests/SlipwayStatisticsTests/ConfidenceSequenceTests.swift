import Foundation
import SlipwayStatistics
import Testing

@Suite("Intervals that may be looked at all the time")
struct ConfidenceSequenceTests {
    @Test("2,000 streams watched after every trial miss the truth no more often than alpha", arguments: [0.02, 0.5])
    func coverage(truth: Double) throws {
        let seed: UInt64 = 99
        var generator = SplitMix64(seed: seed)
        let alpha = 0.1
        let limit = -log(alpha)
        let (streams, trials) = (2000, 600)
        // log M_n(truth) grows by log of (predictive / true probability) at each trial.
        let table = (0...(trials + 2)).map { log(Double($0)) }
        let (logP, logQ) = (log(truth), log(1 - truth))
        var missed = 0
        var missedByFixedInterval = 0
        for stream in 0..<streams {
            var (s, evidence) = (0, 0.0)
            var (isOut, isFixedOut) = (false, false)
            for n in 0..<trials {
                let success = generator.unit() < truth
                evidence += table[success ? s + 1 : n - s + 1] - table[n + 2] - (success ? logP : logQ)
                if success { s += 1 }
                if evidence >= limit { isOut = true }
                let z = (Double(s) - Double(n + 1) * truth) / (Double(n + 1) * truth * (1 - truth)).squareRoot()
                if n >= 30, abs(z) > 1.645 { isFixedOut = true }
            }
            if isOut { missed += 1 }
            if isFixedOut { missedByFixedInterval += 1 }
            if stream < 5 {
                let sequence = try BernoulliConfidenceSequence(
                    successes: Int64(s),
                    trials: Int64(trials),
                    alpha: alpha
                )
                #expect(abs(sequence.logEvidence(against: truth) - evidence) < 1e-8, "the table is the same martingale")
                #expect(sequence.contains(truth) == sequence.interval.contains(truth))
            }
        }
        // Three standard errors above alpha would already be suspicious; the mixture is well below it.
        #expect(Double(missed) / Double(streams) <= alpha, "seed \(seed): \(missed) of \(streams)")
        #expect(missed > 0, "a sequence that never misses is too wide to be this one")
        #expect(Double(missedByFixedInterval) / Double(streams) > 0.3, "the same watching breaks a fixed-n interval")
    }

    @Test("the interval is where the martingale reaches 1 / alpha")
    func ends() throws {
        let sequence = try BernoulliConfidenceSequence(successes: 30, trials: 200, alpha: 0.05)
        let interval = sequence.interval
        for end in [interval.lowerBound, interval.upperBound] {
            #expect(abs(sequence.logEvidence(against: end) + log(0.05)) < 1e-9)
        }
        #expect(interval.contains(0.15) && interval.lowerBound > 0.07 && interval.upperBound < 0.27)
        let wilson = ProportionTest.wilsonInterval(successes: 30, trials: 200)
        #expect(interval.lowerBound < wilson.lowerBound && interval.upperBound > wilson.upperBound)
    }

    @Test("nothing seen, only successes, only failures")
    func extremes() throws {
        #expect(try BernoulliConfidenceSequence(alpha: 0.05).interval == 0...1)
        var failures = try BernoulliConfidenceSequence(alpha: 0.05)
        for _ in 0..<1000 { failures.add(false) }
        #expect(failures.interval.lowerBound == 0 && failures.interval.upperBound < 0.02)
        let successes = try BernoulliConfidenceSequence(successes: 1000, trials: 1000, alpha: 0.05)
        #expect(successes.interval.upperBound == 1 && successes.interval.lowerBound > 0.98)
        let huge = try BernoulliConfidenceSequence(successes: 1 << 40, trials: 1 << 42, alpha: 0.001)
        #expect(huge.interval.contains(0.25) && huge.interval.upperBound < 0.2501)
    }

    @Test("a difference is found when there is one, and its interval is antisymmetric")
    func difference() throws {
        let a = try BernoulliConfidenceSequence(successes: 20, trials: 2000, alpha: 0.025)
        let b = try BernoulliConfidenceSequence(successes: 100, trials: 2000, alpha: 0.025)
        let forward = BernoulliConfidenceSequence.difference(reference: a, current: b)
        let back = BernoulliConfidenceSequence.difference(reference: b, current: a)
        #expect(forward.lowerBound > 0 && forward.contains(0.04))
        #expect(forward.lowerBound == -back.upperBound && forward.upperBound == -back.lowerBound)
        let newcombe = ProportionTest.differenceInterval(reference: (20, 2000), current: (100, 2000))
        #expect(newcombe.lowerBound > forward.lowerBound && newcombe.upperBound < forward.upperBound)
    }

    @Test("wrong parameters are errors, stored ones come back")
    func parameters() throws {
        #expect(throws: StatisticsError.self) { try BernoulliConfidenceSequence(successes: 3, trials: 2, alpha: 0.05) }
        #expect(throws: StatisticsError.self) { try BernoulliConfidenceSequence(alpha: 0) }
        #expect(throws: StatisticsError.self) { try BernoulliConfidenceSequence(alpha: 0.1, priorSuccesses: 0) }
        let sequence = try BernoulliConfidenceSequence(successes: 3, trials: 9, alpha: 0.05, priorFailures: 20)
        let data = try JSONEncoder().encode(sequence)
        #expect(try JSONDecoder().decode(BernoulliConfidenceSequence.self, from: data) == sequence)
    }

    @Test("adjusted p-values follow the step-up rule")
    func falseDiscovery() {
        let adjusted = FalseDiscoveryRate.adjusted([0.01, 0.04, 0.03, 0.005])
        #expect(zip(adjusted, [0.02, 0.04, 0.04, 0.02]).allSatisfy { abs($0 - $1) < 1e-15 })
        #expect(FalseDiscoveryRate.adjusted([]) == [])
    }
}
