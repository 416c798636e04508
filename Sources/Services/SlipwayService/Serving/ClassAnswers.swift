internal import Glibc
internal import SlipwayDomain

/// What a classifier of any number of classes says of each row.
///
/// To everything that judges answers it is a classifier of two: its answer is right or wrong, and the score of the chosen
/// class says how sure it is of being right.
struct ClassAnswers: Sendable {
    /// The chosen class of each row, by name; by its place where the model tells no names.
    let chosen: [String]
    /// The score of the chosen class in each row; 1 where the model gives no scores.
    let scores: [Double]
    /// The names of the columns of `matrix`; nil where the model tells none.
    let names: [String]?
    /// Scores of all classes, row by row; empty where the model gives none.
    let matrix: [Double]
    /// Whether the model's own scores are shares of one.
    let areShares: Bool

    init(chosen: [String], scores: [Double], names: [String]?, matrix: [Double], areShares: Bool = true) {
        (self.chosen, self.scores, self.names, self.matrix) = (chosen, scores, names, matrix)
        self.areShares = areShares
    }

    /// By the scores of all classes; `texts` are the chosen classes where the model says them itself.
    init(rows: Int, matrix: [Double], areShares: Bool, names: [String]?, texts: [String]?) {
        let width = rows > 0 ? matrix.count / rows : 0
        let best = (0..<rows).map { Self.best($0, of: matrix, width: width) ?? 0 }
        self.init(
            chosen: texts ?? best.map { names?[$0] ?? String($0) },
            scores: best.enumerated().map { row, column in
                // The model may choose another class than the one with the greatest score.
                let own = texts.flatMap { texts in names?.firstIndex { $0.isExactly(texts[row]) } }
                return min(1, max(0, matrix[row * width + (own ?? column)]))
            },
            names: names,
            matrix: matrix,
            areShares: areShares
        )
    }

    /// Whether each row is of shares whose sum is one, but for rounding.
    static func areShares(_ matrix: [Double], width: Int) -> Bool {
        matrix.allSatisfy { (0...1).contains($0) }
            && stride(from: 0, to: matrix.count, by: width).allSatisfy { start in
                abs(matrix[start..<(start + width)].reduce(0, +) - 1) < 0.01
            }
    }

    /// The softmax of each row: networks often end in scores of any size.
    static func makeShares(_ matrix: inout [Double], width: Int) {
        for start in stride(from: 0, to: matrix.count, by: width) {
            let row = start..<(start + width)
            let most = matrix[row].max() ?? 0
            for place in row {
                matrix[place] = most.isInfinite ? (matrix[place] == most ? 1 : 0) : exp(matrix[place] - most)
            }
            let sum = matrix[row].reduce(0, +)
            for place in row { matrix[place] /= sum }
        }
    }

    /// The number of classes that have scores.
    var width: Int { chosen.isEmpty ? 0 : matrix.count / chosen.count }

    /// The place of the class with the greatest score of a row.
    func best(_ row: Int) -> Int? { Self.best(row, of: matrix, width: width) }

    private static func best(_ row: Int, of matrix: [Double], width: Int) -> Int? {
        (0..<width).max { matrix[row * width + $0] < matrix[row * width + $1] }
    }
}

extension LoadedVersion {
    /// The classes that the outputs of a model of the task multiclass choose; nil when they choose none.
    ///
    /// scikit-learn's converters make an output with the chosen class of each row, and one with the scores of all.
    func classAnswers(in outputs: [Tensor]) -> ClassAnswers? {
        let labels = outputs.first { tensor in
            [.int32, .int64, .bytes].contains(tensor.data.type) && tensor.data.count == tensor.shape.first
        }
        let texts = labels.map { tensor in (0..<tensor.data.count).map { tensor.data.text(at: $0) } }
        let widest = outputs.filter { tensor in
            tensor.shape.count == 2 && tensor.shape[1] > 1 && tensor.data.type.holdsScores
                && texts.map { $0.count == tensor.shape[0] } ?? true
        }.max { $0.shape[1] < $1.shape[1] }
        guard let widest else {
            return texts.map { ClassAnswers(chosen: $0, scores: $0.map { _ in 1 }, names: nil, matrix: []) }
        }
        var matrix = (0..<widest.data.count).compactMap { widest.data.number(at: $0) }
        // A score that is no number says nothing, also of the class beside it.
        guard matrix.count == widest.data.count, !matrix.contains(where: \.isNaN) else { return nil }
        let areShares = ClassAnswers.areShares(matrix, width: widest.shape[1])
        if !areShares { ClassAnswers.makeShares(&matrix, width: widest.shape[1]) }
        let names = classNames[widest.name].flatMap { $0.count == widest.shape[1] ? $0 : nil }
        return ClassAnswers(
            rows: widest.shape[0],
            matrix: matrix,
            areShares: areShares,
            names: names,
            texts: texts
        )
    }

    /// What a model's metadata calls the classes of an output's columns: a JSON list of texts.
    package static let labelsPrefix = "slipway.labels."

    /// The names of the classes of each output that has some.
    static func classNames(_ metadata: [String: String]) -> [String: [String]] {
        var names: [String: [String]] = [:]
        for (key, text) in metadata where key.hasPrefix(labelsPrefix) {
            // Whatever else stands there names nothing.
            guard let list = try? JSONValue(parsing: Array(text.utf8)).array else { continue }
            names[String(key.dropFirst(labelsPrefix.count))] = list.compactMap(\.string)
        }
        return names
    }
}
