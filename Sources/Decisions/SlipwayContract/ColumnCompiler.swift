/// How one column's values are reached, and whether they are what the contract says.
struct ColumnCompiler {
    let column: ContractColumn
    let data: DataColumn
    /// The column as it stands in the data.
    let original: String
    /// The same without the texts that stand for nothing.
    let raw: String
    /// Its values in the contract's type.
    let value: String
    /// The value can be NaN, which stands for nothing.
    let hasNaN: Bool
    let isText: Bool
    let isNumeric: Bool
    /// The condition of a value that is not of the type; nil when the engine vouches for all of them.
    let wrongType: String?
    /// Why the column as a whole is of another type.
    let mismatch: String?
    let mustBeReadAsText: Bool

    init(_ column: ContractColumn, _ data: DataColumn) {
        self.column = column
        self.data = data
        let quoted = ContractSQL.name(data.name)
        let family = data.family
        let isJSON = family == .json
        let type = column.type
        let fits = type.map { $0.families.contains(family) } ?? true
        let readsText = data.origin == .csv && type == .string && family != .text
        mustBeReadAsText = readsText
        let textual = family == .text || isJSON || readsText
        // An identifier has a type of its own in the engine, which knows no length and no pattern of it.
        let isUUID = data.type.uppercased() == "UUID"
        let original = isJSON ? "(\(quoted) ->> '$')" : isUUID ? "CAST(\(quoted) AS VARCHAR)" : quoted
        self.original = original
        let words = column.missingTexts.map(ContractSQL.literal).joined(separator: ", ")
        let raw =
            textual && !words.isEmpty ? "(CASE WHEN \(original) NOT IN (\(words)) THEN \(original) END)" : original
        self.raw = raw
        var (value, wrong, mismatch): (String, String?, String?) = (raw, nil, nil)
        var canBeNaN = family == .float && !readsText
        if let type, !fits, !readsText {
            switch (type, family) {
            case (.integer, .float) where data.origin != .typed: wrong = "\(raw) <> floor(\(raw))"
            case (.timestamp, .date): break
            case (.date, .timestamp) where data.origin != .typed: wrong = "\(raw) <> date_trunc('day', \(raw))"
            case (.boolean, .integer) where data.origin == .csv: wrong = "\(raw) NOT IN (0, 1)"
            case (.string, .date), (.string, .timestamp), (.string, .time):
                value = "CAST(\(raw) AS VARCHAR)"
                if data.origin != .json { mismatch = Self.differ(data, type) }
            default:
                if let target = type.castTarget, textual {
                    value = "TRY_CAST(\(raw) AS \(target))"
                    canBeNaN = target == "DOUBLE"
                    if data.origin == .typed {
                        mismatch = Self.differ(data, type)
                    } else if type == .integer {
                        wrong = "NOT regexp_full_match(\(raw), '\\s*[+-]?[0-9]+\\s*')"
                    } else {
                        wrong = "\(raw) IS NOT NULL AND \(value) IS NULL"
                    }
                } else {
                    // The other rules of the column are still held against what the values would be.
                    value =
                        type.castTarget.map { "TRY_CAST(CAST(\(raw) AS VARCHAR) AS \($0))" }
                        ?? "CAST(\(raw) AS VARCHAR)"
                    canBeNaN = type.castTarget == "DOUBLE"
                    mismatch = Self.differ(data, type)
                }
            }
        }
        self.value = value
        wrongType = wrong
        self.mismatch = mismatch ?? Self.physicalMismatch(column, data)
        hasNaN = canBeNaN
        isText = type.map { $0 == .string } ?? textual
        isNumeric = type.map { $0 == .integer || $0 == .number } ?? [.integer, .float, .decimal].contains(family)
    }

    private static func differ(_ data: DataColumn, _ type: LogicalType) -> String {
        "it is \(data.type) in the data, and the contract says \(type.rawValue)"
    }

    /// A physical type of the contract is compared when the data carry types and the engine knows the word.
    private static func physicalMismatch(_ column: ContractColumn, _ data: DataColumn) -> String? {
        guard let wanted = column.physicalType, data.origin == .typed, let known = engineType(wanted),
            known != engineType(data.type)
        else { return nil }
        return "it is \(data.type) in the data, and the contract's physicalType is \(wanted)"
    }

    /// One name for each type of the engine; nil for words of other engines.
    static func engineType(_ text: String) -> String? {
        let name = text.uppercased().prefix { $0 != "(" }
        switch name {
        case "INT", "INT4", "INTEGER": return "INTEGER"
        case "LONG", "INT8", "BIGINT": return "BIGINT"
        case "SHORT", "INT2", "SMALLINT": return "SMALLINT"
        case "TINYINT": return "TINYINT"
        case "STRING", "TEXT", "VARCHAR", "CHAR": return "VARCHAR"
        case "FLOAT8", "DOUBLE", "DOUBLE PRECISION": return "DOUBLE"
        case "FLOAT4", "REAL", "FLOAT": return "FLOAT"
        case "BOOL", "BOOLEAN": return "BOOLEAN"
        case "DATE", "TIMESTAMP", "TIME": return String(name)
        default: return nil
        }
    }

    // MARK: Conditions

    /// A value that is not NaN. Other words for NOT isnan, which the engine takes for true where a file's statistics hold
    /// numbers only (DuckDB 2.0; Arrow's writers leave NaN out of them).
    private var isNumber: String { "(isfinite(\(value)) OR isinf(\(value)))" }
    /// A row that has no value.
    var isMissing: String { hasNaN ? "(\(raw) IS NULL OR NOT \(isNumber))" : "\(raw) IS NULL" }
    /// A row that has one.
    var isPresent: String { hasNaN ? "(\(value) IS NOT NULL AND \(isNumber))" : "\(raw) IS NOT NULL" }

    /// The condition of a value outside the range; nil without one, and a reason when an end is no value of the type.
    func outside(_ limits: ValueLimits) -> Result<String?, Impossible> {
        var parts: [String] = []
        for (limit, inclusive, exclusive) in [(limits.minimum, "<", "<="), (limits.maximum, ">", ">=")] {
            guard let limit else { continue }
            guard let literal = literal(limit.text) else {
                return .failure(Impossible("'\(limit.text)' is no \(column.type?.rawValue ?? data.type)"))
            }
            parts.append("\(value) \(limit.isExclusive ? exclusive : inclusive) \(literal)")
        }
        guard !parts.isEmpty else { return .success(nil) }
        let either = parts.count == 1 ? parts[0] : "(\(parts.joined(separator: " OR ")))"
        // The engine takes NaN for larger than every number.
        return .success(hasNaN && limits.maximum != nil ? "\(either) AND \(isNumber)" : either)
    }

    struct Impossible: Error {
        let reason: String
        init(_ reason: String) { self.reason = reason }
    }

    /// A value of the column's type in SQL.
    private func literal(_ text: String) -> String? {
        if isNumeric { return Double(text).flatMap { $0.isFinite ? text : nil } }
        let type = column.type ?? (data.family == .date ? .date : data.family == .timestamp ? .timestamp : .string)
        switch type {
        case .date, .timestamp, .time:
            let allowed = text.utf8.allSatisfy { (48...57).contains($0) || "-:.TZ+ ".utf8.contains($0) }
            guard allowed, text.utf8.first.map({ (48...57).contains($0) }) == true else { return nil }
            let isWhole = type == .time ? text.contains(":") : text.utf8.count >= 10
            return isWhole ? "\(type.castTarget ?? "DATE") \(ContractSQL.literal(text))" : nil
        case .string: return ContractSQL.literal(text)
        default: return nil
        }
    }

    /// The condition of a value that is not in the list.
    func notIn(_ values: [String]) -> String {
        if isNumeric, values.allSatisfy({ Double($0)?.isFinite == true }) {
            let condition = "\(value) NOT IN (\(values.joined(separator: ", ")))"
            return hasNaN ? "\(condition) AND \(isNumber)" : condition
        }
        let list = values.map(ContractSQL.literal).joined(separator: ", ")
        let text = isText ? value : "CAST(\(value) AS VARCHAR)"
        return values.isEmpty ? isPresent : "\(text) NOT IN (\(list))"
    }

    /// The condition of a value whose length is not allowed.
    func wrongLength(_ limits: ValueLimits) -> String? {
        let text = isText ? value : "CAST(\(raw) AS VARCHAR)"
        let parts =
            (limits.minLength.map { ["length(\(text)) < \($0)"] } ?? [])
            + (limits.maxLength.map { ["length(\(text)) > \($0)"] } ?? [])
        return parts.isEmpty ? nil : "(\(parts.joined(separator: " OR ")))"
    }

    /// The condition of a value without the pattern.
    func mismatching(_ pattern: String) -> String {
        "NOT regexp_matches(\(isText ? value : "CAST(\(raw) AS VARCHAR)"), \(ContractSQL.literal(pattern)))"
    }

    /// The condition of a value that is no whole multiple of the step, up to the rounding of doubles.
    func notMultiple(of step: String) -> String {
        let quotient = "(CAST(\(value) AS DOUBLE) / \(step))"
        return "abs(\(quotient) - round(\(quotient))) > 1e-9 * greatest(1, abs(\(quotient)))"
    }
}

extension ContractColumn {
    /// The texts that stand for nothing, by the column's rules.
    var missingTexts: [String] {
        rules.flatMap { rule -> [String] in
            if case .missingValues(let texts) = rule.metric { texts } else { [] }
        }
    }
}
