/// Can rows of the current data be told from rows of the reference? A classifier is trained to, on one half of the rows,
/// and judged on the other half, both ways round (Lopez-Paz and Oquab 2017, "Revisiting Classifier Two-Sample Tests").
///
/// Within a half the test is that of Mann and Whitney on the scores, valid because the classifier did not see these rows;
/// of the two p-values the smaller counts, doubled, which holds however they depend on each other.
package struct DomainClassifier: Sendable, Equatable {
    /// The area under the ROC curve on rows that the classifier did not see: 0.5 is "cannot be told apart".
    package let areaUnderCurve: Double
    /// The standard error of the area (Hanley and McNeil 1982).
    package let standardError: Double
    /// The chance of such an area if nothing changed.
    package let pValue: Double
    /// The mean absolute coefficient of each feature.
    package let importance: [Double]

    /// Fewer rows than this in a half are not judged.
    private static let leastRows = 50.0

    /// One side's rows of features, one after the other, with a weight each. Their order decides the halves, so it must
    /// not depend on what they hold.
    package struct Side: Sendable {
        let rows: [Double]
        let weights: [Double]

        /// Rows of equal width.
        package init(rows: [Double], weights: [Double]) {
            self.rows = rows
            self.weights = weights
        }
    }

    /// The test; nil when there are too few rows or no features.
    package init?(reference: Side, current: Side, width: Int) {
        guard width > 0 else { return nil }
        precondition(
            reference.rows.count == width * reference.weights.count
                && current.rows.count == width * current.weights.count,
            "one value for each feature"
        )
        var areas: [Double] = []
        var pValues: [Double] = []
        var importance = [Double](repeating: 0, count: width)
        var sizes = (0.0, 0.0)
        for half in [0, 1] {
            let train = Half(reference, current, width, parity: half)
            let test = Half(reference, current, width, parity: 1 - half)
            guard train.sizes.0 >= Self.leastRows, train.sizes.1 >= Self.leastRows, test.sizes.0 >= Self.leastRows,
                test.sizes.1 >= Self.leastRows
            else { return nil }
            let scale = Scale(train.rows, width: width)
            let fit = LogisticFit(
                rows: scale.applied(to: train.rows),
                width: width,
                targets: train.targets,
                weights: train.weights
            )
            let rows = scale.applied(to: test.rows)
            let scores = test.targets.indices.map { fit.score(rows[$0 * width..<($0 + 1) * width]) }
            let area = Self.area(scores, test)
            let (n, m) = test.sizes
            let z = (area - 0.5) / ((n + m + 1) / (12 * n * m)).squareRoot()
            areas.append(area)
            pValues.append(NormalDistribution.survival(z))
            sizes = (sizes.0 + n, sizes.1 + m)
            for j in 0..<width { importance[j] += abs(fit.coefficients[j]) / 2 }
        }
        let area = (areas[0] + areas[1]) / 2
        areaUnderCurve = area
        self.importance = importance
        pValue = min(1, 2 * min(pValues[0], pValues[1]))
        let (n, m) = sizes
        let (q1, q2) = (area / (2 - area), 2 * area * area / (1 + area))
        let variance = (area * (1 - area) + (m - 1) * (q1 - area * area) + (n - 1) * (q2 - area * area)) / (n * m)
        standardError = max(0, variance).squareRoot()
    }

    /// The weighted chance that a current row scores higher than a reference row; ties count half.
    private static func area(_ scores: [Double], _ half: Half) -> Double {
        let order = scores.indices.sorted { scores[$0] < scores[$1] }
        var (below, total, sums) = (0.0, 0.0, (0.0, 0.0))
        var i = 0
        while i < order.count {
            var (old, new) = (0.0, 0.0)
            let score = scores[order[i]]
            while i < order.count, scores[order[i]] == score {
                let place = order[i]
                if half.targets[place] == 1 { new += half.weights[place] } else { old += half.weights[place] }
                i += 1
            }
            total += new * (below + old / 2)
            below += old
            sums = (sums.0 + old, sums.1 + new)
        }
        return sums.0 > 0 && sums.1 > 0 ? total / (sums.0 * sums.1) : 0.5
    }

    /// Every second row of both sides; each side weighs the same, and both together as much as there are rows.
    private struct Half {
        var rows: [Double] = []
        var targets: [Double] = []
        var weights: [Double] = []
        /// How many independent rows the two sides are worth (Kish 1965).
        private(set) var sizes = (0.0, 0.0)

        init(_ reference: Side, _ current: Side, _ width: Int, parity: Int) {
            for (side, target) in [(reference, 0.0), (current, 1.0)] {
                let places = side.weights.indices.filter { $0 % 2 == parity }
                let sum = places.reduce(0) { $0 + side.weights[$1] }
                let squares = places.reduce(0) { $0 + side.weights[$1] * side.weights[$1] }
                let size = squares > 0 ? sum * sum / squares : 0
                if target == 0 { sizes.0 = size } else { sizes.1 = size }
                for place in places {
                    rows += side.rows[place * width..<(place + 1) * width]
                    targets.append(target)
                    weights.append(side.weights[place] / max(sum, 1e-300))
                }
            }
            let scale = Double(targets.count) / 2
            for i in weights.indices { weights[i] *= scale }
        }
    }

    /// Brings features to mean 0 and deviation 1.
    private struct Scale {
        let width: Int
        var means: [Double]
        var deviations: [Double]

        init(_ rows: [Double], width: Int) {
            self.width = width
            let count = Double(rows.count / width)
            means = [Double](repeating: 0, count: width)
            deviations = means
            for i in rows.indices { means[i % width] += rows[i] / count }
            for i in rows.indices {
                let difference = rows[i] - means[i % width]
                deviations[i % width] += difference * difference / count
            }
            for j in 0..<width { deviations[j] = deviations[j].squareRoot() }
        }

        func applied(to rows: [Double]) -> [Double] {
            rows.indices.map { i in
                let deviation = deviations[i % width]
                // A feature that was constant where it was learnt says nothing.
                return deviation > 1e-12 ? max(-8, min(8, (rows[i] - means[i % width]) / deviation)) : 0
            }
        }
    }
}
