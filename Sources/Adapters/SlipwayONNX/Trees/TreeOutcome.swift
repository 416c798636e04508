internal import Glibc

/// What an operation of trees makes of the scores of a row.
///
/// Each case follows ONNX Runtime to the last bit, where it goes further than the standard says; what it does with other
/// combinations is left to it.
struct TreeOutcome: Sendable {
    /// What becomes of the scores at the end.
    enum Transform: String, Sendable {
        case none = "NONE"
        case logistic = "LOGISTIC"
        case softmax = "SOFTMAX"
    }

    /// The names of classes.
    enum Classes: Sendable {
        case integers([Int64])
        case texts([String])

        var count: Int {
            switch self {
            case .integers(let names): names.count
            case .texts(let names): names.count
            }
        }

        /// Whether ZipMap, told these names, leaves its columns in their order: its maps are sorted.
        func areInOrder(as node: ONNXGraph.Node) -> Bool {
            switch self {
            case .integers(let names):
                node.attributes["classlabels_int64s"]?.integers == names && zip(names, names.dropFirst()).allSatisfy(<)
            case .texts(let names):
                (node.attributes["classlabels_strings"]?.texts ?? [])
                    .elementsEqual(names) { $0.utf8.elementsEqual($1.utf8) }
                    && zip(names, names.dropFirst()).allSatisfy { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            }
        }

        /// The column of chosen classes.
        func names(_ chosen: [Int]) -> ONNXTensor.Data {
            switch self {
            case .integers(let names): .int64(chosen.map { names[$0] })
            case .texts(let names): .string(chosen.map { names[$0] })
            }
        }
    }

    private enum Kind: Sendable {
        /// One number, a sum; divided by the number of trees for a mean.
        case number(divisor: Float?)
        /// One score says which of two classes it is. When it is a share of votes, the second class needs more than half of them.
        case either(Classes, isShare: Bool)
        case several(Classes)
    }

    private let kind: Kind
    private let transform: Transform
    private let base: [Float]

    /// How many scores the trees give each row.
    var targets: Int {
        if case .several(let classes) = kind { classes.count } else { 1 }
    }

    /// How many numbers come out for each row.
    var columns: Int {
        switch kind {
        case .number: 1
        case .either: 2
        case .several(let classes): classes.count
        }
    }

    /// Whether each row must have a vote for every class: one without, and without a base value, is never chosen by ONNX Runtime.
    var needsEveryVote: Bool {
        if case .several = kind { base.isEmpty } else { false }
    }

    var classes: Classes? {
        switch kind {
        case .number: nil
        case .either(let classes, _), .several(let classes): classes
        }
    }

    /// The outcome of an operation; nil for one whose rules are ONNX Runtime's alone.
    init?(_ node: ONNXGraph.Node) {
        let word = node.attributes["post_transform"]?.text ?? Transform.none.rawValue
        guard let transform = Transform(rawValue: word) else { return nil }
        self.transform = transform
        base = node.attributes["base_values"]?.floats ?? []
        guard base.allSatisfy(\.isFinite) else { return nil }
        switch node.kind {
        case "TreeEnsembleRegressor":
            guard node.attributes["n_targets"]?.integer == 1, base.count <= 1, transform == .none,
                let roots = node.attributes["nodes_treeids"].map({ Set($0.integers).count })
            else { return nil }
            switch node.attributes["aggregate_function"]?.text ?? "SUM" {
            case "SUM": kind = .number(divisor: nil)
            case "AVERAGE": kind = .number(divisor: Float(roots))
            default: return nil
            }
        case "TreeEnsembleClassifier":
            let integers = node.attributes["classlabels_int64s"]?.integers ?? []
            let texts = node.attributes["classlabels_strings"]?.texts ?? []
            guard integers.isEmpty != texts.isEmpty else { return nil }
            let classes = integers.isEmpty ? Classes.texts(texts) : .integers(integers)
            let voted = Set(node.attributes["class_ids"]?.integers ?? [])
            if classes.count == 2, voted == [0] {
                let isShare = node.attributes["class_weights"]?.floats.allSatisfy { $0 >= 0 } ?? false
                guard base.count <= 1, transform == .none || (transform == .logistic && !isShare) else { return nil }
                kind = .either(classes, isShare: isShare)
            } else {
                guard classes.count > 2, base.isEmpty || base.count == classes.count,
                    voted == Set((0..<classes.count).map(Int64.init)), transform != .logistic
                else { return nil }
                kind = .several(classes)
            }
        default: return nil
        }
    }

    /// Turns sums into what comes out: the class of each row, if there are any, and its numbers.
    func finish(_ sums: [Float]) -> (chosen: [Int], numbers: [Float]) {
        switch kind {
        case .number(let divisor):
            let base = base.first ?? 0
            return ([], sums.map { $0 / (divisor ?? 1) + base })
        case .either(_, let isShare):
            let base = base.first ?? 0
            var numbers: [Float] = []
            numbers.reserveCapacity(2 * sums.count)
            let chosen = sums.map { sum in
                let score = sum + base
                if transform == .logistic {
                    numbers.append(Self.logistic(-score))
                    numbers.append(Self.logistic(score))
                } else {
                    numbers.append(isShare ? 1 - score : -score)
                    numbers.append(score)
                }
                return score > (isShare ? 0.5 : 0) ? 1 : 0
            }
            return (chosen, numbers)
        case .several(let classes):
            var numbers = sums
            var chosen: [Int] = []
            chosen.reserveCapacity(sums.count / classes.count)
            for start in stride(from: 0, to: sums.count, by: classes.count) {
                for (offset, base) in base.enumerated() { numbers[start + offset] += base }
                var best = 0
                for offset in 1..<classes.count where numbers[start + offset] > numbers[start + best] { best = offset }
                chosen.append(best)
                if transform == .softmax { Self.softmax(&numbers, start..<start + classes.count) }
            }
            return (chosen, numbers)
        }
    }

    private static func logistic(_ score: Float) -> Float {
        let value = 1 / (1 + expf(-abs(score)))
        return score < 0 ? 1 - value : value
    }

    private static func softmax(_ numbers: inout [Float], _ range: Range<Int>) {
        var greatest = -Float.greatestFiniteMagnitude
        for index in range where numbers[index] > greatest { greatest = numbers[index] }
        var sum: Float = 0
        for index in range {
            numbers[index] = expf(numbers[index] - greatest)
            sum += numbers[index]
        }
        for index in range { numbers[index] /= sum }
    }
}
