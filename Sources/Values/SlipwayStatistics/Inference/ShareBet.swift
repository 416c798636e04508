import Glibc

/// Bets that a share lies outside a band, settled window by window.
///
/// The null is any share inside the band. A bet on one share outside it pays the likelihood ratio against the band's
/// nearer edge, whose mean is at most 1 for every share inside the band given the past (monotone likelihood ratio): an
/// e-value. Products of such values restarted at 1 are e-detectors (Shin, Ramdas, Rinaldo 2024, NEJSDS): a bet that
/// passes 1/a does so less than once in 1/a windows on average, whatever the distribution.
package enum ShareBet {
    /// The logarithm of what each bet pays after `hits` of `trials`: first for the shares above the band, then below.
    ///
    /// `steps` are the distances from the band that are bet on; one that leaves 0...1 is halved into it.
    package static func logPayments(
        hits: Int64,
        trials: Int64,
        band: ClosedRange<Double>,
        steps: [Double]
    ) -> [Double] {
        let (yes, no) = (Double(hits), Double(trials - hits))
        let above = steps.map { pay(yes, no, edge: band.upperBound, step: $0) }
        // A share below the band is one of its complement above.
        let below = steps.map { pay(no, yes, edge: 1 - band.lowerBound, step: $0) }
        return above + below
    }

    private static func pay(_ yes: Double, _ no: Double, edge: Double, step: Double) -> Double {
        guard edge < 1 else { return 0 }
        let edge = max(edge, 1e-9)
        let bet = min(edge + step, (1 + edge) / 2)
        return yes * log(bet / edge) + no * log((1 - bet) / (1 - edge))
    }

    /// How far a reference's share may be from the truth, with the given chance to be wrong: the smaller of Hoeffding's
    /// (1963) and Bernstein's bound.
    package static func uncertainty(share: Double, trials: Double, alpha: Double) -> Double {
        guard trials > 0 else { return 1 }
        let nats = log(2 / alpha)
        let hoeffding = (nats / (2 * trials)).squareRoot()
        let bernstein = (2 * nats * share * (1 - share) / trials).squareRoot() + nats / (3 * trials)
        return min(1, hoeffding, bernstein)
    }
}
