import Glibc

/// Tests and effect sizes of a 2 x k table of counts; columns without any counts are left out.
package struct ContingencyTest: Sendable, Equatable {
    /// Pearson's chi-square statistic, without continuity correction.
    package let chiSquare: Double
    /// The likelihood-ratio statistic G.
    package let likelihoodRatio: Double
    /// Columns with counts, less one.
    package let degreesOfFreedom: Int
    /// How many values both rows hold.
    package let total: Int64

    /// The test of two rows of counts; nil when a row is empty or fewer than two columns have counts.
    package init?(reference: [Int64], current: [Int64]) {
        precondition(reference.count == current.count, "the rows of a table have the same columns")
        let rows = (reference.reduce(0, +), current.reduce(0, +))
        let columns = zip(reference, current).filter { $0 + $1 > 0 }
        guard rows.0 > 0, rows.1 > 0, columns.count > 1 else { return nil }
        total = rows.0 + rows.1
        var (chiSquare, likelihoodRatio) = (0.0, 0.0)
        for (a, b) in columns {
            for (observed, row) in [(a, rows.0), (b, rows.1)] {
                let expected = Double(row) * Double(a + b) / Double(total)
                let difference = Double(observed) - expected
                chiSquare += difference * difference / expected
                if observed > 0 { likelihoodRatio += 2 * Double(observed) * log(Double(observed) / expected) }
            }
        }
        self.chiSquare = chiSquare
        self.likelihoodRatio = likelihoodRatio
        degreesOfFreedom = columns.count - 1
    }

    /// The p-value of the chi-square statistic.
    package var chiSquareP: Double {
        ChiSquareDistribution.survival(chiSquare, degreesOfFreedom: Double(degreesOfFreedom))
    }

    /// The p-value of the likelihood-ratio statistic.
    package var likelihoodRatioP: Double {
        ChiSquareDistribution.survival(likelihoodRatio, degreesOfFreedom: Double(degreesOfFreedom))
    }

    /// Cramér's V, 0 ... 1.
    package var cramersV: Double { (chiSquare / Double(total)).squareRoot() }

    /// Cramér's V with the bias correction of Bergsma (2013), 0 ... 1.
    package var correctedCramersV: Double {
        let (n, k, r) = (Double(total), Double(degreesOfFreedom + 1), 2.0)
        guard n > 1 else { return 0 }
        let phi = max(0, chiSquare / n - (k - 1) * (r - 1) / (n - 1))
        let columns = k - (k - 1) * (k - 1) / (n - 1)
        let rows = r - (r - 1) * (r - 1) / (n - 1)
        let divisor = min(columns - 1, rows - 1)
        return divisor > 0 ? (phi / divisor).squareRoot() : 0
    }
}
