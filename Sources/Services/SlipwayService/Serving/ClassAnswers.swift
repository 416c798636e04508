internal import SlipwayDomain

/// What a classifier of more than two classes says of each row.
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

    /// The number of classes that have scores.
    var width: Int { chosen.isEmpty ? 0 : matrix.count / chosen.count }

    /// The place of the class with the greatest score of a row.
    func best(_ row: Int) -> Int? {
        let start = row * width
        return (0..<width).max { matrix[start + $0] < matrix[start + $1] }
    }
}

extension LoadedVersion {
    /// The classes that the outputs choose; nil when there are none, or when one score a row tells two apart.
    ///
    /// scikit-learn's converters make an output with the chosen class of each row, and one with the scores of all.
    func classAnswers(in outputs: [Tensor]) -> ClassAnswers? {
        guard scores(in: outputs) == nil else { return nil }
        let labels = outputs.first { tensor in
            [.int32, .int64, .bytes].contains(tensor.data.type) && tensor.data.count == tensor.shape.first
        }
        let texts = labels.map { tensor in (0..<tensor.data.count).map { tensor.data.text(at: $0) } }
        for tensor in outputs.reversed() where tensor.shape.count == 2 && [.fp32, .fp64].contains(tensor.data.type) {
            let (rows, width) = (tensor.shape[0], tensor.shape[1])
            guard width > 2, tensor.data.count == rows * width, texts.map({ $0.count == rows }) ?? true else {
                continue
            }
            let matrix = (0..<tensor.data.count).compactMap { tensor.data.number(at: $0) }
            guard matrix.count == tensor.data.count else { continue }
            let names = classNames[tensor.name].flatMap { $0.count == width ? $0 : nil }
            // Several numbers a row may also be a regression's, or a vector.
            guard texts != nil || names != nil || matrix.allSatisfy({ (0...1).contains($0) }) else { continue }
            let best = (0..<rows).map { row in
                (0..<width).max { matrix[row * width + $0] < matrix[row * width + $1] } ?? 0
            }
            return ClassAnswers(
                chosen: texts ?? best.map { names?[$0] ?? String($0) },
                scores: best.enumerated().map { min(1, max(0, matrix[$0.offset * width + $0.element])) },
                names: names,
                matrix: matrix
            )
        }
        return texts.map { ClassAnswers(chosen: $0, scores: $0.map { _ in 1 }, names: nil, matrix: []) }
    }

    /// What a model's metadata calls the classes of its outputs' columns: a JSON list of texts each.
    static func classNames(_ metadata: [String: String]) -> [String: [String]] {
        let prefix = "slipway.labels."
        var names: [String: [String]] = [:]
        for (key, text) in metadata where key.hasPrefix(prefix) {
            // Whatever else stands there names nothing.
            guard let list = try? JSONValue(parsing: Array(text.utf8)).array else { continue }
            names[String(key.dropFirst(prefix.count))] = list.compactMap(\.string)
        }
        return names
    }
}
