/// What a version says about each row of a request: a class, and a score where it has one.
struct Opinions: Sendable {
    let classes: [String]
    /// From 0 to 1: of the positive class, or of the class that was chosen.
    let scores: [Double]?
    /// Scores of all classes row by row, where there are several.
    private let vectors: [Double]
    private let width: Int

    /// How far both versions' scores for a row lie apart, from 0 to 1: the difference for two classes, the total
    /// variation for more.
    func distance(to other: Opinions, row: Int) -> Double {
        if width > 0, width == other.width {
            let range = row * width..<(row + 1) * width
            return min(1, zip(vectors[range], other.vectors[range]).reduce(0) { $0 + abs($1.0 - $1.1) } / 2)
        }
        guard let mine = scores?[row], let theirs = other.scores?[row] else { return 1 }
        return abs(mine - theirs)
    }
}

extension Opinions {
    /// Two classes told apart by a score.
    init(scores: [Double]) {
        classes = scores.map { score in
            score.isNaN ? "NaN" : score >= PredictionRecorder.decisionThreshold ? "1" : "0"
        }
        self.scores = scores.map(Opinions.unit)
        vectors = []
        width = 0
    }

    /// The class with the greatest of `width` scores.
    init(vectors: [Double], width: Int) {
        var (classes, scores): ([String], [Double]) = ([], [])
        for start in stride(from: 0, to: vectors.count - width + 1, by: width) {
            var best = start
            for place in start..<(start + width) where vectors[place] > vectors[best] { best = place }
            classes.append(String(best - start))
            scores.append(Opinions.unit(vectors[best]))
        }
        self.classes = classes
        self.scores = scores
        self.vectors = vectors.map(Opinions.unit)
        self.width = width
    }

    /// Classes without scores.
    init(classes: [String]) {
        self.classes = classes
        scores = nil
        vectors = []
        width = 0
    }

    /// A score as it is read: what is no number lies as far away as can be.
    private static func unit(_ score: Double) -> Double { score.isNaN ? 0 : min(1, max(0, score)) }
}

extension LoadedVersion {
    /// What the outputs say about each row; nil when they hold neither scores nor classes.
    func opinions(in outputs: [Tensor]) -> Opinions? {
        if let scores = scores(in: outputs) { return Opinions(scores: scores) }
        for tensor in outputs.reversed() where tensor.shape.count == 2 && tensor.data.type.holdsScores {
            let width = tensor.shape[1]
            guard width > 2, tensor.data.count.isMultiple(of: width) else { continue }
            return Opinions(vectors: (0..<tensor.data.count).compactMap { tensor.data.number(at: $0) }, width: width)
        }
        for tensor in outputs where [.int32, .int64, .bytes, .bool].contains(tensor.data.type) {
            guard tensor.data.count == tensor.shape.first else { continue }
            return Opinions(classes: (0..<tensor.data.count).map { String(tensor.data.text(at: $0).prefix(60)) })
        }
        return nil
    }

    /// The value of the column `name` in each row of a request; nil when the model names no such column.
    func values(of name: String, in inputs: [Tensor]) -> [String]? {
        guard let place = features.place(of: name), model.inputs.indices.contains(place.input) else { return nil }
        let wanted = model.inputs[place.input].name
        guard let tensor = inputs.first(where: { $0.name == wanted }), let rows = tensor.shape.first, rows > 0 else {
            return nil
        }
        let width = tensor.data.count / rows
        guard place.column < width else { return nil }
        let categories = features.columns[place.input][place.column].categories
        return (0..<rows).map { row in
            let index = row * width + place.column
            guard let number = tensor.data.number(at: index) else {
                return String(tensor.data.text(at: index).prefix(60))
            }
            guard let whole = Int(exactly: number) else { return number.description }
            if let categories, categories.indices.contains(whole) { return categories[whole] }
            return String(whole)
        }
    }
}
