internal import SlipwayDomain
internal import SlipwayPolicy

/// Makes a first contract out of what the data show, each promise with its reason.
///
/// One statement looks at every column, and further ones closer at the columns that could be keys, lists of values or of one
/// shape.
package struct ContractInference {
    private let columns: [DataColumn]
    private var rows: Int64 = 0
    private var facts: [Facts] = []
    private var closer: [Question] = []

    /// A column of text with at most so many values is a list, if each occurs often.
    private static let listLimit = 20
    private static let occurrences: Double = 20
    /// The engine keeps some megabytes for each set of values.
    private static let mostQuestions = 32
    /// So many rows must agree before "always" is said.
    private static let fewestRows: Int64 = 30

    private struct Facts {
        var present: Double = 0
        var distinct: Double = 0
        var minimum: String?
        var maximum: String?
        var shortest: Double?
        var longest: Double?
        var isUnique = false
        var values: [String]?
        var shape: String?
        /// Texts that stand for nothing among numbers.
        var missingTexts: [String] = []
        var missingCount: Double = 0
        /// The type of the rest.
        var type: LogicalType?
    }

    /// What people and programs write where a number is missing.
    private static let missingWords = ["NA", "N/A", "NaN", "nan", "null", "NULL", "None", "-", "?"]

    private enum Question {
        case unique(Int)
        case values(Int)
        case shape(Int)
        case number(Int)
    }

    package init(columns: [DataColumn]) { self.columns = columns }

    // MARK: Looking

    private func parts(_ column: DataColumn) -> (value: String, isPresent: String, isText: Bool) {
        let one = ColumnCompiler(ContractColumn(name: column.name, type: nil), column)
        return (one.value, one.isPresent, column.family == .text || column.family == .json)
    }

    /// The first statement; it gives one row.
    package var statement: String {
        var fields = ["CAST(count(*) AS DOUBLE) AS n"]
        for (index, column) in columns.enumerated() {
            let (value, isPresent, isText) = parts(column)
            // Not by FILTER, each of which cuts all columns of the batch: a table of 500 took half a gigabyte.
            let seen = "(CASE WHEN \(isPresent) THEN \(value) END)"
            let length = isText ? "length(\(value))" : "NULL"
            let isOrdered = ![.list, .structure, .other].contains(column.family)
            fields += [
                "CAST(count(\(seen)) AS DOUBLE) AS p\(index)",
                "CAST(approx_count_distinct(\(seen)) AS DOUBLE) AS d\(index)",
                "\(isOrdered ? "CAST(min(\(seen)) AS VARCHAR)" : "CAST(NULL AS VARCHAR)") AS l\(index)",
                "\(isOrdered ? "CAST(max(\(seen)) AS VARCHAR)" : "CAST(NULL AS VARCHAR)") AS h\(index)",
                "CAST(min(\(length)) AS DOUBLE) AS s\(index)", "CAST(max(\(length)) AS DOUBLE) AS t\(index)",
            ]
        }
        return "SELECT \(fields.joined(separator: ", ")) FROM \(ContractScan.table)"
    }

    /// Takes the first statement's row: numbers and texts side by side, the one that a field is not being nil.
    package mutating func take(_ row: [(number: Double?, text: String?)]) {
        rows = Int64(row.first?.number ?? 0)
        facts = columns.indices.map { index in
            let start = 1 + index * 6
            return Facts(
                present: row[start].number ?? 0,
                distinct: row[start + 1].number ?? 0,
                minimum: row[start + 2].text,
                maximum: row[start + 3].text,
                shortest: row[start + 4].number,
                longest: row[start + 5].number
            )
        }
        closer = []
        for (index, column) in columns.enumerated() {
            let fact = facts[index]
            let isCountable = [.integer, .text].contains(column.family)
            // The approximate count is off by up to a tenth.
            if isCountable, rows >= 100, fact.distinct > 0.85 * fact.present { closer.append(.unique(index)) }
            guard column.family == .text else { continue }
            if column.origin == .csv, fact.distinct > 2 { closer.append(.number(index)) }
            if fact.distinct <= Double(Self.listLimit) * 1.2 {
                closer.append(.values(index))
            } else if let longest = fact.longest, longest <= 24, fact.shortest == longest {
                closer.append(.shape(index))
            }
        }
    }

    /// The statements that look closer, if there is anything to look at; each gives one row of texts.
    package var closerStatements: [String] {
        stride(from: 0, to: closer.count, by: Self.mostQuestions).map { start in
            statement(of: closer[start..<min(closer.count, start + Self.mostQuestions)])
        }
    }

    private func statement(of questions: ArraySlice<Question>) -> String {
        let fields = zip(questions.indices, questions).map { place, question -> String in
            switch question {
            case .unique(let index):
                return "CAST(count(DISTINCT \(parts(columns[index]).value)) AS VARCHAR) AS q\(place)"
            case .values(let index):
                let value = parts(columns[index]).value
                return "CAST(to_json(list_sort(list(DISTINCT CAST(\(value) AS VARCHAR)))) AS VARCHAR) AS q\(place)"
            case .number(let index):
                let value = parts(columns[index]).value
                let words = Self.missingWords.map(ContractSQL.literal).joined(separator: ", ")
                let missing = "(CASE WHEN \(value) IN (\(words)) THEN \(value) END)"
                let rest = "(CASE WHEN \(value) NOT IN (\(words)) THEN \(value) END)"
                let cast = "TRY_CAST(\(rest) AS DOUBLE)"
                // 'infinity' is a word, and '12e45678' an identifier: neither has a place in JSON or in a range.
                let number = "(CASE WHEN isfinite(\(cast)) THEN \(cast) END)"
                return """
                    CAST(to_json({words: list_filter(list(DISTINCT \(missing)), lambda x: x IS NOT NULL), \
                    missing: count(\(missing)), \
                    others: count(CASE WHEN \(rest) IS NOT NULL AND \(number) IS NULL THEN 1 END), \
                    parts: count(CASE WHEN NOT regexp_full_match(\(rest), '[+-]?[0-9]+') THEN 1 END), \
                    low: min(\(number)), high: max(\(number))}) AS VARCHAR) AS q\(place)
                    """
            case .shape(let index):
                var shape = parts(columns[index]).value
                for (set, letter) in [("[A-Z]", "A"), ("[a-z]", "a"), ("[0-9]", "9")] {
                    shape = "regexp_replace(\(shape), '\(set)', '\(letter)', 'g')"
                }
                return "CASE WHEN min(\(shape)) = max(\(shape)) THEN min(\(shape)) END AS q\(place)"
            }
        }
        return "SELECT \(fields.joined(separator: ", ")) FROM \(ContractScan.table)"
    }

    /// Takes the rows of the closer statements, one after the other.
    package mutating func takeCloser(_ row: [String?]) throws {
        for (question, text) in zip(closer, row) {
            switch question {
            case .unique(let index): facts[index].isUnique = text.flatMap(Double.init) == facts[index].present
            case .values(let index): facts[index].values = try text.map(Self.texts)
            case .number(let index): if let text { try takeNumbers(text, index) }
            case .shape(let index): facts[index].shape = text
            }
        }
    }

    private static func texts(_ json: String) throws -> [String] {
        (try JSONValue(parsing: Array(json.utf8)).array ?? []).compactMap(\.string)
    }

    /// A column of numbers and words like `NA` is a column of numbers.
    private mutating func takeNumbers(_ json: String, _ index: Int) throws {
        let found = try JSONValue(parsing: Array(json.utf8))
        let words = (found["words"]?.array ?? []).compactMap(\.string)
        guard !words.isEmpty, found["others"]?.integer == 0, let low = found["low"]?.number,
            let high = found["high"]?.number
        else { return }
        facts[index].missingTexts = words.sorted()
        facts[index].missingCount = found["missing"]?.number ?? 0
        facts[index].type = found["parts"]?.integer == 0 ? .integer : .number
        facts[index].minimum = "\(low)"
        facts[index].maximum = "\(high)"
        (facts[index].values, facts[index].shape) = (nil, nil)
    }

    // MARK: Promising

    /// The contract and the writer that knows its reasons.
    package func contract(id: String, table: String, data: String) -> (Contract, ContractWriter) {
        var writer = ContractWriter()
        writer.preface = [
            "Inferred from \(data): \(rows) rows, \(columns.count) columns. Read it, correct it, and check it in:",
            "what is promised here is what `slipway validate` holds data against.", "",
        ]
        var described: [ContractColumn] = []
        var hasKey = false
        for (column, fact) in zip(columns, facts) {
            let isKey = !hasKey && fact.isUnique && Self.isKeyName(column.name) && fact.present == Double(rows)
            if isKey { hasKey = true }
            var reasons: [String: String] = [:]
            described.append(describe(column, fact, isKey: isKey, &reasons))
            writer.reasons[column.name] = reasons
        }
        writer.reasons[""] = ["rowCount": "an empty batch is an accident"]
        let rule = QualityRule(metric: .rowCount, bound: .greater(0), dimension: "completeness")
        let contract = Contract(
            id: id,
            version: "0.1.0",
            status: "draft",
            tables: [ContractTable(name: table, columns: described, rules: [rule])]
        )
        return (contract, writer)
    }

    private static func isKeyName(_ name: String) -> Bool {
        let lower = name.lowercased()
        return lower == "id" || lower == "key" || lower.hasSuffix("_id") || lower.hasSuffix("_key") || lower == "uuid"
    }

    private func describe(
        _ column: DataColumn,
        _ fact: Facts,
        isKey: Bool,
        _ reasons: inout [String: String]
    ) -> ContractColumn {
        let type = fact.type ?? Self.type(column.family)
        let missing = Double(rows) - fact.present + fact.missingCount
        let share = rows > 0 ? missing / Double(rows) : 0
        let distinct = fact.values.map { Double($0.count) } ?? fact.distinct
        let about = fact.values == nil ? "about " : ""
        reasons[""] =
            "\(Figures.text(100 * share, digits: 2)) % missing, \(about)\(Figures.text(distinct, digits: 0)) different values"
        var limits = ValueLimits()
        var rules: [QualityRule] = []
        let isRequired = missing == 0 && rows >= Self.fewestRows
        if isRequired {
            reasons["required"] = "never missing in \(rows) rows"
        } else if missing > 0, fact.present > 0 {
            let limit = Self.roundUp(200 * share + 0.5)
            let metric: QualityRule.Metric = fact.missingTexts.isEmpty ? .nullValues : .missingValues(fact.missingTexts)
            let bound: Bound = limit >= 100 ? .atMost(100) : .less(limit)
            rules.append(QualityRule(metric: metric, bound: bound, unit: .percent, dimension: "completeness"))
            reasons[metric.word] = "\(Figures.text(100 * share, digits: 2)) % were missing; twice that is worth a look"
        }
        if fact.isUnique { reasons["unique"] = "no value repeats in \(rows) rows" }
        if let values = fact.values, !values.isEmpty, values.count <= Self.listLimit,
            fact.present >= Self.occurrences * Double(values.count)
        {
            limits.values = values
            reasons["invalidValues"] = "these \(values.count) values are all that \(rows) rows have"
        }
        if let shape = fact.shape, !shape.isEmpty, fact.present >= Double(Self.fewestRows) {
            limits.pattern = Self.pattern(of: shape)
            reasons["pattern"] = "every value has this shape, such as \(fact.minimum ?? "")"
        }
        range(type, fact, &limits, &reasons)
        return ContractColumn(
            name: column.name,
            type: type,
            isRequired: isRequired,
            isUnique: fact.isUnique && !isKey,
            isPrimaryKey: isKey,
            limits: limits,
            rules: rules
        )
    }

    /// A range so wide that only another unit or a broken source leaves it.
    private func range(
        _ type: LogicalType?,
        _ fact: Facts,
        _ limits: inout ValueLimits,
        _ reasons: inout [String: String]
    ) {
        guard type == .integer || type == .number, fact.present >= Double(Self.fewestRows),
            let low = fact.minimum.flatMap(Double.init), let high = fact.maximum.flatMap(Double.init),
            low.isFinite, high.isFinite
        else { return }
        let seen = "seen \(Figures.text(low)) to \(Figures.text(high))"
        // One value says nothing about others.
        guard low < high else { return }
        if low >= 0, high <= 1, type == .integer || high > 0.9 {
            (limits.minimum, limits.maximum) = (.init("0"), .init("1"))
            reasons["minimum"] = "\(seen): a \(type == .integer ? "flag" : "share")"
            return
        }
        let width = max(high - low, abs(high), abs(low))
        let bottom = low >= 0 ? 0 : -Self.roundUp(width - low)
        let top = high <= 0 ? 0 : Self.roundUp(high + width)
        guard bottom.isFinite, top.isFinite else { return }
        (limits.minimum, limits.maximum) = (.init(Self.limit(bottom)), .init(Self.limit(top)))
        reasons["minimum"] = low >= 0 ? "\(seen): never negative" : seen
        reasons["maximum"] = "\(seen); as far again, so that only another unit or a broken source leaves it"
    }

    /// A limit as a contract has it; what is tiny keeps its two digits.
    static func limit(_ value: Double) -> String {
        guard value != 0, abs(value) < 0.01 else { return Figures.text(value, digits: 6) }
        var (digits, exponent) = (value, 0)
        while abs(digits) < 10 { (digits, exponent) = (digits * 10, exponent - 1) }
        return "\(Double("\(Int(digits.rounded()))e\(exponent)") ?? value)"
    }

    /// The next number with two digits.
    static func roundUp(_ value: Double) -> Double {
        guard value > 0, value.isFinite else { return value }
        var scale = 1.0
        while value / scale >= 100 { scale *= 10 }
        while value / scale < 10 { scale /= 10 }
        return (value / scale).rounded(.up) * scale
    }

    private static func type(_ family: DataColumn.Family) -> LogicalType? {
        switch family {
        case .integer: .integer
        case .float, .decimal: .number
        case .boolean: .boolean
        case .text: .string
        case .date: .date
        case .timestamp: .timestamp
        case .time: .time
        case .list: .array
        case .structure: .object
        case .json, .other: nil
        }
    }

    /// `AA-99` becomes `^[A-Z]{2}-[0-9]{2}$`.
    static func pattern(of shape: String) -> String {
        var pattern = "^"
        var rest = shape[...]
        while let character = rest.first {
            let run = rest.prefix { $0 == character }.count
            rest = rest.dropFirst(run)
            switch character {
            case "A": pattern += "[A-Z]"
            case "a": pattern += "[a-z]"
            case "9": pattern += "[0-9]"
            default: pattern += "\\.+*?()|[]{}^$".contains(character) ? "\\\(character)" : "\(character)"
            }
            if run > 1 { pattern += "{\(run)}" }
        }
        return pattern + "$"
    }
}
