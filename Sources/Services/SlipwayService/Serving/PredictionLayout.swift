internal import SlipwayPolicy

/// Which columns the predictions of one version have, and which of them are left out.
///
/// A column of a model's table-like input is a column of the file, `input_NAME`; so is each column of an output,
/// `output_NAME`. A tensor with more dimensions, or with free or very many columns, is one column of lists.
struct PredictionLayout {
    /// Columns that every file begins with.
    static let fixed = ["prediction_id", "time", "version", "key", "latency_ms", "score"]

    /// How one tensor becomes columns.
    struct Part {
        let tensor: String
        /// The number of columns; nil for one column of lists.
        let width: Int?
        let kind: PredictionColumn.Kind
        let names: [String]
        /// For each column, whether its values are left out.
        let isRedacted: [Bool]
    }

    let inputs: [Part]
    let outputs: [Part]
    let redactsKey: Bool
    /// The score is taken from an output: it goes when any of them goes, and those that may hold it go with it.
    let redactsScore: Bool
    /// The columns and tensors by which `redact` can name what is left out.
    let names: [String]

    private static let outputPrefix = "output_"

    /// More columns than this are one column of lists.
    private static let mostColumns = 512

    init(version: LoadedVersion, rules: PredictionRules) {
        let redact = Set(rules.redact)
        let isScoreRedacted = redact.contains("score")
        var known: [String] = []
        var taken = Set(Self.fixed)
        func part(_ signature: TensorSignature, prefix: String, names: [String]?) -> Part {
            let width = Self.width(signature)
            let plain = width.map { count in
                names.flatMap { $0.count == count ? $0 : nil }
                    ?? (count == 1 ? [signature.name] : (0..<count).map { "\(signature.name).\($0)" })
            }
            let all = plain ?? [signature.name]
            // The score is a number of these: to leave it out alone would leave nothing out.
            let isScores = prefix == Self.outputPrefix && signature.type.holdsScores
            let isTensorRedacted = redact.contains(signature.name) || (isScores && isScoreRedacted)
            known.append(signature.name)
            known += all.filter { $0 != signature.name }
            return Part(
                tensor: signature.name,
                width: width,
                kind: Self.kind(signature.type),
                names: all.map { Self.unique(prefix + Self.clean($0), &taken) },
                isRedacted: all.map { isTensorRedacted || redact.contains($0) }
            )
        }
        inputs = zip(version.model.inputs, version.features.columns).map { signature, features in
            part(signature, prefix: "input_", names: features.map(\.name))
        }
        outputs = version.model.outputs.map { part($0, prefix: Self.outputPrefix, names: nil) }
        redactsKey = redact.contains("key")
        redactsScore = outputs.contains { $0.isRedacted.contains(true) } || isScoreRedacted
        names = known
    }

    /// Names to leave out that this version does not have: a slip of the pen, or a column of another version.
    func unknown(_ rules: PredictionRules) -> [String] {
        let known = Set(names + Manifest.alwaysLogged)
        return rules.redact.filter { !known.contains($0) }
    }

    /// Columns of a tensor of rows; nil when it is not one.
    private static func width(_ signature: TensorSignature) -> Int? {
        switch signature.shape.count {
        case 1: 1
        case 2: (1...mostColumns).contains(signature.shape[1]) ? signature.shape[1] : nil
        default: nil
        }
    }

    /// Engines fold case and end names at a NUL.
    private static func clean(_ name: String) -> String {
        String(name.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? "_" : Character($0) })
    }

    private static func unique(_ name: String, _ taken: inout Set<String>) -> String {
        var candidate = name
        var number = 2
        while !taken.insert(candidate.lowercased()).inserted {
            candidate = "\(name)_\(number)"
            number += 1
        }
        return candidate
    }

    /// The columns that every file begins with, without rows.
    static var fixedColumns: [PredictionColumn] {
        let kinds: [PredictionColumn.Kind] = [.text, .instant, .integer, .text, .double, .double]
        return zip(fixed, kinds).map { PredictionColumn(name: $0, kind: $1) }
    }
}
