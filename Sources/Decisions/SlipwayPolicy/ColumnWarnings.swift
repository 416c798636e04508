/// What is probably a mistake about the columns of a model, and stands in nobody's way.
struct ColumnWarnings {
    private var sentences: [String] = []
    private var hidden = 0

    /// More warnings than these are only counted: a manifest may name very many columns.
    private static let mostShown = 10
    /// What was meant is guessed among so many names at most.
    private static let mostGuessed = 1000

    /// Nil when there is nothing to say.
    var all: [String]? {
        let rest = hidden == 0 ? [] : ["... and \(hidden) more of the kind"]
        return sentences.isEmpty ? nil : sentences + rest
    }

    private mutating func add(_ sentence: String) {
        if sentences.count < Self.mostShown { sentences.append(sentence) } else { hidden += 1 }
    }

    /// Names that the manifest has and none of `holders`, of which `absence` tells ("churn@3 does not have").
    mutating func addUnknown(_ manifest: Manifest, in holders: [ModelColumns], absence: String) {
        let features = Self.union(holders.map(\.features))
        if let logged = Self.union(holders.map(\.logged) + [Manifest.alwaysLogged]) {
            let setting = "spec.predictions.redact"
            for name in Self.unknown(manifest.spec.predictions?.redact ?? [], logged) {
                if features?.contains(name) == true {
                    add("\(setting) names '\(Self.quote(name))', which is kept in a list with others: name its tensor")
                } else {
                    add(
                        "\(setting) names '\(Self.quote(name))', which \(absence): nothing is left out by it"
                            + guess(name, logged)
                    )
                }
            }
        }
        if case .named(let names) = manifest.spec.monitors.drift?.features, let features {
            for name in Self.unknown(names, features) {
                add(
                    "spec.monitors.drift.features names '\(Self.quote(name))', which \(absence): it is not watched"
                        + guess(name, features)
                )
            }
        }
        guard let features else { return }
        // Labels and data to evaluate may bring columns of their own, so only what looks like a slip is told.
        for name in Self.unknown(manifest.spec.monitors.groupColumns, features) {
            let guess = guess(name, features)
            guard !guess.isEmpty else { continue }
            add(
                "spec.monitors tells answers apart by '\(Self.quote(name))', which \(absence): only labels can bring it\(guess)"
            )
        }
        for name in Self.unknown(manifest.spec.evaluation.sliceColumns, features) {
            let guess = guess(name, features)
            guard !guess.isEmpty else { continue }
            add(
                "spec.evaluation measures '\(Self.quote(name))' apart, which \(absence): only the data can bring it\(guess)"
            )
        }
    }

    /// Columns that are to be watched and that the reference does not have.
    mutating func addUnwatched(_ manifest: Manifest, of columns: ModelColumns, in reference: [String]) {
        guard let drift = manifest.spec.monitors.drift, let features = columns.features else { return }
        let missing = Self.unknown(features.filter(drift.features.includes), Set(reference))
        guard let first = missing.first else { return }
        let others = missing.count == 1 ? "" : " and \(missing.count - 1) more"
        add("the reference profile lacks '\(Self.quote(first))'\(others): drift is not watched there")
    }

    /// A candidate that takes other inputs than what serves.
    mutating func addChange(of name: String, _ columns: ModelColumns, from champion: Champion) {
        guard let new = columns.features, let old = champion.columns?.features, new != old else { return }
        let (more, fewer) = (Self.unknown(new, Set(old)), Self.unknown(old, Set(new)))
        let parts = [("takes also", more), ("does not take", fewer)].compactMap { verb, names in
            names.first.map { verb + " '\(Self.quote($0))'" + (names.count == 1 ? "" : " and \(names.count - 1) more") }
        }
        let serving = "version \(champion.version), which serves"
        add(
            parts.isEmpty
                ? "\(name) takes its inputs in another order than \(serving): rows that are made for the one mean something "
                    + "else to the other"
                : "\(name) \(parts.joined(separator: " and ")), unlike \(serving): the one refuses what is made for the other"
        )
    }

    private func guess(_ name: String, _ known: Set<String>) -> String {
        guard sentences.count < Self.mostShown, known.count <= Self.mostGuessed else { return "" }
        let words = known.sorted()
        // Files of predictions call an input `age` `input_age`.
        let bare = ["input_", "output_"].first(where: name.hasPrefix).map { String(name.dropFirst($0.count)) }
        let found = bare.flatMap { known.contains($0) ? $0 : nil } ?? Spelling.nearest(to: name, in: words)
        return found.map { "; did you mean '\(Self.quote($0))'?" } ?? ""
    }

    /// Each name once that is not known.
    private static func unknown(_ names: [String], _ known: Set<String>) -> [String] {
        var seen = known
        return names.filter { seen.insert($0).inserted }
    }

    /// Nil when one of them has too many to name.
    private static func union(_ names: [[String]?]) -> Set<String>? {
        names.contains { $0 == nil } ? nil : Set(names.flatMap { $0 ?? [] })
    }

    private static func quote(_ name: String) -> String { ManifestReader.quote(name) }
}

extension Manifest {
    /// Names that can be left out of every version's files, whatever its columns.
    package static let alwaysLogged = ["key", "score"]

    /// Whether it names any columns of its model.
    package var namesColumns: Bool {
        if case .named = spec.monitors.drift?.features { return true }
        return spec.predictions?.redact.isEmpty == false || !spec.monitors.groupColumns.isEmpty
            || !spec.evaluation.sliceColumns.isEmpty
    }

    /// What is probably a mistake: columns that none of the versions has, of which `absence` tells
    /// ("none of churn@1, churn@2 has").
    package func warnings(knowing versions: [ModelColumns], absence: String) -> [String] {
        var warnings = ColumnWarnings()
        warnings.addUnknown(self, in: versions, absence: absence)
        return warnings.all ?? []
    }

    /// The same about a reference profile that has these columns.
    package func warnings(onReference reference: [String], of columns: ModelColumns) -> [String] {
        var warnings = ColumnWarnings()
        warnings.addUnwatched(self, of: columns, in: reference)
        return warnings.all ?? []
    }

    /// The same about one version that wants to serve, and what else about its columns is worth a look; nil for nothing.
    func warnings(on evidence: Evidence) -> [String]? {
        guard let columns = evidence.verification?.columns else { return nil }
        let name = "\(evidence.model)@\(evidence.version)"
        var warnings = ColumnWarnings()
        warnings.addUnknown(self, in: [columns], absence: "\(name) does not have")
        if let watched = evidence.reference?.columns { warnings.addUnwatched(self, of: columns, in: watched) }
        if let champion = evidence.champion { warnings.addChange(of: name, columns, from: champion) }
        return warnings.all
    }
}
