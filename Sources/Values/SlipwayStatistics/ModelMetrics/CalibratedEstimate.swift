import Glibc

/// Performance before any label has come, from calibrated scores alone (confidence-based performance estimation, CBPE).
///
/// A row that scores where the positive class comes with chance c is c of a positive and 1 - c of a negative; the
/// expected counts give the metric (NannyML's CBPE; Bialek et al. 2024, arXiv 2401.08348). It is right as long as the
/// scores keep their meaning: a change of the inputs it sees, a change of what the inputs mean it does not.
package struct CalibratedEstimate: Sendable {
    /// Rows that share one chance and one decision.
    struct Cell {
        /// Where the cell stands in the ranking.
        var score = 0.0
        var rows = 0.0
        let rate: Double
        let isDecided: Bool
        /// How many labelled rows the rate comes from.
        let knownRows: Double
        /// Sums over the rows, for metrics that need the scores themselves.
        var squareOfPositive = 0.0
        var squareOfNegative = 0.0
        var logOfPositive = 0.0
        var logOfNegative = 0.0
    }

    private(set) var cells: [Cell] = []
    /// How many rows the estimate is about.
    package private(set) var rows = 0

    /// Nothing scored yet.
    package init() {}

    /// Adds the scores of one version. Steps of several versions are ranked by their mean score.
    package mutating func add(_ scores: [Double], calibration: ScoreCalibration) {
        var added = calibration.rates.indices.map { step in
            Cell(
                rate: calibration.rates[step],
                isDecided: calibration.decides(step: step),
                knownRows: Double(calibration.rows[step])
            )
        }
        for score in scores where score.isFinite {
            let step = calibration.step(of: score)
            let p = min(max(score, Double.ulpOfOne), 1 - Double.ulpOfOne)
            added[step].rows += 1
            added[step].score += score
            added[step].squareOfPositive += (score - 1) * (score - 1)
            added[step].squareOfNegative += score * score
            added[step].logOfPositive -= log(p)
            added[step].logOfNegative -= log(1 - p)
            rows += 1
        }
        for place in added.indices where added[place].rows > 0 { added[place].score /= added[place].rows }
        cells = (cells + added.filter { $0.rows > 0 }).sorted { ($0.score, $0.rate) < ($1.score, $1.rate) }
    }

    /// The estimated metric of the manifest's name; nil when it is unknown, or undefined here.
    package func value(_ metric: String) -> Double? { value(metric, positives: cells.map { $0.rows * $0.rate }) }

    /// The estimated value of the rows' decisions, for each row.
    package func value(_ matrix: ValueMatrix) -> Double? {
        value(matrix, positives: cells.map { $0.rows * $0.rate })
    }

    /// The estimate with its two errors: how far labels fall from their chances by luck, and how well the reference
    /// knew the chances.
    package func estimate(_ metric: String) -> EstimatedMetric? {
        estimated { value(metric, positives: $0) }
    }

    /// The same of the value of the decisions.
    package func estimate(_ matrix: ValueMatrix) -> EstimatedMetric? {
        estimated { value(matrix, positives: $0) }
    }

    // MARK: Metrics from expected positives

    private func value(_ metric: String, positives: [Double]) -> Double? {
        guard rows > 0 else { return nil }
        switch metric {
        case "roc_auc": return area(positives)
        case "average_precision": return averagePrecision(positives)
        case "brier": return mean(positives, \.squareOfPositive, \.squareOfNegative)
        case "log_loss": return mean(positives, \.logOfPositive, \.logOfNegative)
        default:
            let counts = Expected(cells, positives)
            return counts.metric(metric)
        }
    }

    private func value(_ matrix: ValueMatrix, positives: [Double]) -> Double? {
        guard rows > 0 else { return nil }
        let counts = Expected(cells, positives)
        return
            (counts.truePositives * matrix.truePositive + counts.falsePositives * matrix.falsePositive
            + counts.trueNegatives * matrix.trueNegative + counts.falseNegatives * matrix.falseNegative)
            / Double(rows)
    }

    /// Expected counts of decisions.
    private struct Expected {
        var truePositives = 0.0
        var falsePositives = 0.0
        var trueNegatives = 0.0
        var falseNegatives = 0.0

        init(_ cells: [Cell], _ positives: [Double]) {
            for (cell, positive) in zip(cells, positives) {
                if cell.isDecided {
                    truePositives += positive
                    falsePositives += cell.rows - positive
                } else {
                    falseNegatives += positive
                    trueNegatives += cell.rows - positive
                }
            }
        }

        func metric(_ name: String) -> Double? {
            let all = truePositives + falsePositives + trueNegatives + falseNegatives
            func share(_ part: Double, _ whole: Double) -> Double? { whole > 0 ? part / whole : nil }
            return switch name {
            case "accuracy": share(truePositives + trueNegatives, all)
            case "precision": share(truePositives, truePositives + falsePositives)
            case "recall": share(truePositives, truePositives + falseNegatives)
            case "f1": share(2 * truePositives, 2 * truePositives + falsePositives + falseNegatives)
            case "selection_rate": share(truePositives + falsePositives, all)
            case "false_positive_rate": share(falsePositives, falsePositives + trueNegatives)
            default: nil
            }
        }
    }

    private func area(_ positives: [Double]) -> Double? {
        var (negativesBelow, sum, allPositives) = (0.0, 0.0, 0.0)
        for (cell, positive) in zip(cells, positives) {
            let negative = cell.rows - positive
            sum += positive * (negativesBelow + negative / 2)
            negativesBelow += negative
            allPositives += positive
        }
        guard allPositives > 0, negativesBelow > 0 else { return nil }
        return sum / allPositives / negativesBelow
    }

    private func averagePrecision(_ positives: [Double]) -> Double? {
        let all = positives.reduce(0, +)
        guard all > 0 else { return nil }
        var (hits, rows, sum) = (0.0, 0.0, 0.0)
        for (cell, positive) in zip(cells, positives).reversed() {
            hits += positive
            rows += cell.rows
            sum += positive / all * hits / rows
        }
        return sum
    }

    private func mean(_ positives: [Double], _ one: KeyPath<Cell, Double>, _ zero: KeyPath<Cell, Double>) -> Double {
        zip(cells, positives).reduce(0) { sum, part in
            let share = part.1 / part.0.rows
            return sum + share * part.0[keyPath: one] + (1 - share) * part.0[keyPath: zero]
        } / Double(rows)
    }

    // MARK: Errors

    private static let draws = 200
    private static let seed: UInt64 = 20_130_401

    /// Draws what else could have been, from a fixed seed: the same counts give the same interval.
    private func estimated(_ metric: ([Double]) -> Double?) -> EstimatedMetric? {
        guard let value = metric(cells.map { $0.rows * $0.rate }) else { return nil }
        var random = SplitMix64(seed: Self.seed)
        var (byLuck, byReference): ([Double], [Double]) = ([], [])
        for _ in 0..<Self.draws {
            let luck = cells.map { cell in
                Self.drawn(cell.rate, of: cell.rows, random.normal()) * cell.rows
            }
            let reference = cells.map { cell in
                Self.drawn(
                    (cell.rate * cell.knownRows + 0.5) / (cell.knownRows + 1),
                    of: cell.knownRows,
                    random.normal()
                )
                    * cell.rows
            }
            if let drawn = metric(luck) { byLuck.append(drawn) }
            if let drawn = metric(reference) { byReference.append(drawn) }
        }
        return EstimatedMetric(
            value: value,
            labelError: Self.deviation(byLuck),
            referenceError: Self.deviation(byReference),
            rows: rows,
            method: .cbpe
        )
    }

    private static func drawn(_ rate: Double, of rows: Double, _ normal: Double) -> Double {
        min(1, max(0, rate + normal * (rate * (1 - rate) / rows).squareRoot()))
    }

    private static func deviation(_ values: [Double]) -> Double {
        guard values.count > 1 else { return 0 }
        let mean = values.reduce(0, +) / Double(values.count)
        return (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1)).squareRoot()
    }
}

extension SplitMix64 {
    /// A standard normal number, by Box and Muller (1958).
    mutating func normal() -> Double {
        let radius = (-2 * log(1 - unit())).squareRoot()
        return radius * cos(2 * .pi * unit())
    }
}
