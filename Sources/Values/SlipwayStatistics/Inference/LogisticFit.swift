import Glibc

/// Logistic regression with a ridge, fitted by Newton's method (Cox 1958; le Cessie and van Houwelingen 1992).
struct LogisticFit {
    /// The penalty on each squared coefficient of a standardised feature, in observations.
    private static let ridge = 10.0
    private static let steps = 12
    /// One coefficient for each feature, and the constant last.
    private(set) var coefficients: [Double]

    /// Fits rows of equal width, one after the other, to targets 0 and 1 with weights that add up to about the rows.
    init(rows: [Double], width: Int, targets: [Double], weights: [Double]) {
        let size = width + 1
        coefficients = [Double](repeating: 0, count: size)
        for _ in 0..<LogisticFit.steps {
            var gradient = [Double](repeating: 0, count: size)
            // Four rows are taken at once, each in a lane of its own.
            var sums = [SIMD4<Double>](repeating: .zero, count: size * size)
            for first in stride(from: 0, to: targets.count, by: 4) {
                var columns = [SIMD4<Double>](repeating: .zero, count: size)
                var curvatures = SIMD4<Double>.zero
                for i in first..<min(first + 4, targets.count) {
                    let row = rows[i * width..<(i + 1) * width]
                    let p = 1 / (1 + exp(-score(row)))
                    let error = weights[i] * (targets[i] - p)
                    curvatures[i - first] = weights[i] * max(p * (1 - p), 1e-9)
                    for j in 0..<width {
                        gradient[j] += error * rows[i * width + j]
                        columns[j][i - first] = rows[i * width + j]
                    }
                    gradient[width] += error
                    columns[width][i - first] = 1
                }
                LogisticFit.add(columns, curvatures, to: &sums)
            }
            var hessian = sums.map { $0.sum() }
            for j in 0..<width {
                gradient[j] -= LogisticFit.ridge * coefficients[j]
                hessian[j * size + j] += LogisticFit.ridge
            }
            hessian[size * size - 1] += 1e-9
            let step = LogisticFit.solve(hessian, gradient, size)
            var largest = 0.0
            for j in 0..<size {
                // A bounded step, since a perfect separation has none.
                let bounded = max(-4, min(4, step[j]))
                coefficients[j] += bounded
                largest = max(largest, abs(bounded))
            }
            if largest < 1e-6 { break }
        }
    }

    /// The linear score of a row.
    func score(_ row: ArraySlice<Double>) -> Double {
        zip(row, coefficients).reduce(coefficients[coefficients.count - 1]) { $0 + $1.0 * $1.1 }
    }

    /// Adds the products of all pairs of columns, times the rows' curvatures, to the lower triangle.
    private static func add(
        _ columns: [SIMD4<Double>],
        _ curvatures: SIMD4<Double>,
        to sums: inout [SIMD4<Double>]
    ) {
        let size = columns.count
        sums.withUnsafeMutableBufferPointer { sums in
            columns.withUnsafeBufferPointer { columns in
                for j in 0..<size {
                    let factors = curvatures * columns[j]
                    guard factors != .zero else { continue }
                    for k in 0...j { sums[j &* size &+ k] += factors * columns[k] }
                }
            }
        }
    }

    /// Solves A x = b for a positive definite A whose lower triangle is given (Cholesky).
    private static func solve(_ lower: [Double], _ b: [Double], _ size: Int) -> [Double] {
        var (l, x) = (lower, b)
        for j in 0..<size {
            for k in 0..<j {
                let factor = l[j * size + k]
                guard factor != 0 else { continue }
                for i in j..<size { l[i * size + j] -= l[i * size + k] * factor }
            }
            let pivot = max(l[j * size + j], 1e-12).squareRoot()
            for i in j..<size { l[i * size + j] /= pivot }
        }
        for j in 0..<size {
            for k in 0..<j { x[j] -= l[j * size + k] * x[k] }
            x[j] /= l[j * size + j]
        }
        for j in stride(from: size - 1, through: 0, by: -1) {
            for i in j + 1..<size { x[j] -= l[i * size + j] * x[i] }
            x[j] /= l[j * size + j]
        }
        return x
    }
}
