import Foundation
import SlipwayDomain
import SlipwayMonitor
import SlipwayStatistics
import SlipwayTabular

/// One side of a comparison of features: some files with the same columns.
struct SkewSide: Sendable {
    let files: [String]
    /// The column that names the entity.
    let key: String
    /// What stands before the names of features.
    let prefix: String
    /// The texts that a column's codes stand for.
    let categories: [String: [String]]

    /// The files of a model's prediction log, which are named as Hive names partitions.
    static func log(of model: String, in folder: String) throws -> [String] {
        let root = URL(fileURLWithPath: folder).appending(path: "model=\(PredictionLogFolder.name(of: model))")
        let found = FileManager.default.enumerator(at: root, includingPropertiesForKeys: nil)?.allObjects ?? []
        let files = found.compactMap { $0 as? URL }.filter { $0.pathExtension == "parquet" }.map(\.path).sorted()
        guard !files.isEmpty else {
            throw CommandError(
                "there is no prediction log of \(model) in \(folder): name the server's DATA/predictions with --predictions"
            )
        }
        return files
    }

    /// The categories of a model that is served; none when no server tells.
    static func categories(of model: String) async throws -> [String: [String]] {
        let client = Client()
        do {
            let value = try await client.description(of: model).value
            guard let text = value["properties"]?["slipway.categories"]?.string else { return [:] }
            let members = try JSONValue(parsing: Array(text.utf8)).object ?? [:]
            return members.mapValues { ($0.array ?? []).compactMap(\.string) }
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            whisper("\(client.url) does not tell the categories of \(model): codes are compared as numbers")
            return [:]
        }
    }

    /// The features that all files have.
    func features(_ engine: TabularEngine) throws -> [String] {
        var common: [String]?
        for file in files {
            let names = try engine.file(file).schema.names
            guard names.contains(key) else {
                throw CommandError("\(file) has no column '\(key)'; it has \(names.prefix(20).joined(separator: ", "))")
            }
            let features = names.filter { $0.hasPrefix(prefix) && $0 != key }.map { String($0.dropFirst(prefix.count)) }
            common = common.map { $0.filter(features.contains) } ?? features
        }
        return common ?? []
    }

    /// Hands each row to `each`: its key and the values of `features`.
    func scan(_ engine: TabularEngine, features: [String], each: (String?, [FeatureValue]) -> Void) throws {
        for file in files {
            try engine.file(file).scan(columns: [key] + features.map { prefix + $0 }) { batch in
                let columns = batch.columns.map { ColumnValues($0) }
                for row in 0..<batch.rowCount {
                    let key = columns[0].feature(row, categories: nil)
                    let values = zip(columns.dropFirst(), features).map { column, name in
                        column.feature(row, categories: categories[name])
                    }
                    each(batch.columns[0].integer(row) ?? (key == .missing ? nil : key.text), values)
                }
            }
        }
    }
}

/// Compares two sides, entity by entity.
struct SkewComparison: Sendable {
    let offline: SkewSide
    let online: SkewSide
    let relative: Double
    let absolute: [String: Double]

    func verdict() throws -> SkewVerdict {
        let engine = try TabularEngine()
        let (left, right) = (try offline.features(engine), try online.features(engine))
        let both = left.filter(right.contains)
        guard !both.isEmpty else {
            throw CommandError(
                "the two sides have no feature in common: offline there are \(left.prefix(10).joined(separator: ", ")), "
                    + "online \(right.prefix(10).joined(separator: ", "))"
            )
        }
        if let unknown = absolute.keys.sorted().first(where: { !both.contains($0) }) {
            throw CommandError("--absolute names '\(unknown)', which is not a feature of both sides")
        }
        var analyst = SkewAnalyst(
            columns: both.map { ($0, SkewTolerance(absolute: absolute[$0] ?? 0, relative: relative)) },
            onlyOffline: left.filter { !right.contains($0) },
            onlyOnline: right.filter { !left.contains($0) }
        )
        try offline.scan(engine, features: both) { key, values in
            if let key { analyst.add(offline: values, key: key) }
        }
        try online.scan(engine, features: both) { analyst.compare(online: $1, key: $0) }
        return analyst.result
    }
}

extension TabularColumn {
    /// A whole number with all of its digits; nil for what is none.
    fileprivate func integer(_ row: Int) -> String? {
        guard case .integer(let values, let isValid) = self, isValid[row] else { return nil }
        return String(values[row])
    }
}

extension ColumnValues {
    /// One value as a feature; codes become the texts that they stand for.
    fileprivate func feature(_ row: Int, categories: [String]?) -> FeatureValue {
        switch self {
        case .texts(let values): return values[row].map { .text($0) } ?? .missing
        case .flags(let values): return values[row].map { .number($0 ? 1 : 0) } ?? .missing
        case .numbers(let values):
            guard let number = values[row] else { return .missing }
            guard let categories else { return .number(number) }
            guard let code = Int(exactly: number), categories.indices.contains(code) else { return .number(number) }
            return .text(categories[code])
        }
    }
}
