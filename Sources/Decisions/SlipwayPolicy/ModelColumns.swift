/// The names by which a manifest may speak of what a version takes and gives.
package struct ModelColumns: Codable, Hashable, Sendable {
    /// The inputs, column by column, in which drift is watched; nil when there are too many to name.
    package let features: [String]?
    /// The columns and tensors of its predictions' files, whose values can be left out.
    package let logged: [String]

    /// Of an embedding or an image nobody names each number.
    private static let mostFeatures = 4096

    package init(features: [String]?, logged: [String]) {
        self.features = features.flatMap { $0.count <= Self.mostFeatures ? $0 : nil }
        self.logged = logged
    }
}

/// A name in a manifest that a version does not have: a slip of the pen, or a column of another version.
package struct UnknownColumn: Hashable, Sendable {
    /// The setting that names it, e.g. `spec.predictions.redact`.
    package let setting: String
    package let name: String
    /// The version's name that was probably meant.
    package let meant: String?

    /// One sentence: `absence` says who has not the column, e.g. "churn@3 does not have".
    package func sentence(_ absence: String) -> String {
        let effect = setting == Manifest.redactSetting ? "nothing is left out by it" : "it is not watched"
        let guess = meant.map { "; did you mean '\($0)'?" } ?? ""
        return "\(setting) names '\(name)', which \(absence): \(effect)\(guess)"
    }
}

extension Manifest {
    fileprivate static let redactSetting = "spec.predictions.redact"

    /// Names that can be left out of every version's files, whatever its columns.
    package static let alwaysLogged = ["key", "score"]

    /// The columns that the manifest names and a version with `columns` does not have.
    package func unknownColumns(in columns: ModelColumns) -> [UnknownColumn] {
        var found: [UnknownColumn] = []
        func look(_ names: [String], in known: [String], _ setting: String) {
            let all = Set(known)
            found += names.filter { !all.contains($0) }.map { name in
                UnknownColumn(setting: setting, name: name, meant: Spelling.nearest(to: name, in: known))
            }
        }
        look(spec.predictions?.redact ?? [], in: columns.logged + Manifest.alwaysLogged, Manifest.redactSetting)
        if case .named(let names) = spec.monitors.drift?.features, let features = columns.features {
            look(names, in: features, "spec.monitors.drift.features")
        }
        return found
    }
}
