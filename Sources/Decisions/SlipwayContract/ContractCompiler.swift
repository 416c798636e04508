internal import SlipwayPolicy

extension ContractScan {
    /// Compiles one table of a contract for the columns that the data have.
    ///
    /// `rows` is the number of rows or an upper bound of it, when one is known: many rows make uniqueness too large for
    /// one scan.
    package init(contract: Contract, table: ContractTable, columns: [DataColumn], rows: Int64? = nil) {
        countsKeys = (rows ?? 0) <= Self.rowsPerPass
        var compiler = ContractCompiler(columns: columns, countsKeysInScan: countsKeys)
        compiler.compile(contract, table)
        checks = compiler.checks
        slots = compiler.slots.expressions
        textColumns = compiler.textColumns
        patternProbes = compiler.probes
    }
}

/// Turns the parts of a contract into checks, and their conditions into aggregates.
struct ContractCompiler {
    private let columns: [String: DataColumn]
    private let names: [String]
    private let countsKeysInScan: Bool
    private(set) var checks: [ContractCheck] = []
    private(set) var slots = ScanSlots()
    private(set) var textColumns: [String] = []
    private(set) var probes: [Int: String] = [:]
    private var ids: [String: Int] = [:]

    init(columns: [DataColumn], countsKeysInScan: Bool) {
        self.columns = Dictionary(columns.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        names = columns.map(\.name)
        self.countsKeysInScan = countsKeysInScan
    }

    mutating func compile(_ contract: Contract, _ table: ContractTable) {
        var compiled: [String: ColumnCompiler] = [:]
        for column in table.columns {
            guard let data = columns[column.name] else {
                add(
                    "\(column.name).present",
                    column.name,
                    .schema,
                    "the column \(column.name)",
                    .settled(failure: absent(column.name))
                )
                continue
            }
            let one = ColumnCompiler(column, data)
            compiled[column.name] = one
            if one.mustBeReadAsText { textColumns.append(column.name) }
            compile(one, isKey: column.isPrimaryKey)
        }
        if table.isClosed {
            let known = Set(table.columns.map(\.name))
            let extra = names.filter { !known.contains($0) }
            let failure = extra.isEmpty ? nil : "the contract does not know \(extra.joined(separator: ", "))"
            add("columns", nil, .schema, "no columns beside the contract's", .settled(failure: failure))
        }
        let key = table.primaryKey
        if !key.isEmpty {
            unique(
                key,
                compiled,
                id: "primaryKey",
                kind: .primaryKey,
                title: "\(key.joined(separator: " + ")) is a key"
            )
        }
        for rule in table.rules { compile(rule, compiled) }
        for rule in contract.freshness where rule.table == nil || rule.table == table.name {
            compile(rule, compiled[rule.column])
        }
    }

    private func absent(_ name: String) -> String {
        let advice = Spelling.nearest(to: name, in: names).map { ": is '\($0)' meant?" } ?? ""
        return "the data have no column '\(name)'\(advice)"
    }

    // MARK: Columns

    private mutating func compile(_ one: ColumnCompiler, isKey: Bool) {
        let column = one.column
        let name = column.name
        if let mismatch = one.mismatch {
            add("\(name).type", name, .type, typeTitle(column), .settled(failure: mismatch))
        } else if let wrong = one.wrongType {
            rows("\(name).type", one, .type, typeTitle(column), wrong, shown: one.raw)
        } else if column.type != nil {
            add("\(name).type", name, .type, typeTitle(column), .settled(failure: nil))
        }
        if column.isRequired || isKey {
            rows("\(name).required", one, .required, "\(name) is never missing", one.isMissing)
        }
        for part in parts(one, column.limits) {
            switch part.condition {
            case .success(let condition):
                rows("\(name).\(part.kind.rawValue)", one, part.kind, "\(name) \(part.words)", condition)
            case .failure(let impossible):
                add(
                    "\(name).\(part.kind.rawValue)",
                    name,
                    part.kind,
                    "\(name) \(part.words)",
                    .impossible(impossible.reason)
                )
            }
            if part.kind == .pattern, let pattern = column.limits.pattern { probe(pattern) }
        }
        if column.isUnique {
            unique([name], [name: one], id: "\(name).unique", kind: .unique, title: "\(name) never repeats")
        }
        for rule in column.rules { compile(rule, one) }
    }

    private func typeTitle(_ column: ContractColumn) -> String {
        let word = column.type?.rawValue ?? column.physicalType ?? "typed"
        return "\(column.name) is \(["a", "i", "o"].contains(word.prefix(1)) ? "an" : "a") \(word)"
    }

    /// One limit of single values.
    private struct Part {
        let kind: ContractCheck.Kind
        let words: String
        let condition: Result<String, ColumnCompiler.Impossible>
    }

    private func parts(_ one: ColumnCompiler, _ limits: ValueLimits) -> [Part] {
        var parts: [Part] = []
        switch one.outside(limits) {
        case .success(nil): break
        case .success(let condition?):
            parts.append(Part(kind: .range, words: limits.rangeWords, condition: .success(condition)))
        case .failure(let reason):
            parts.append(Part(kind: .range, words: limits.rangeWords, condition: .failure(reason)))
        }
        if let condition = one.wrongLength(limits) {
            parts.append(Part(kind: .length, words: limits.lengthWords, condition: .success(condition)))
        }
        if let pattern = limits.pattern {
            parts.append(
                Part(kind: .pattern, words: "matches \(pattern)", condition: .success(one.mismatching(pattern)))
            )
        }
        if let values = limits.values {
            let shown = values.prefix(8).joined(separator: ", ") + (values.count > 8 ? ", ... (\(values.count))" : "")
            parts.append(Part(kind: .values, words: "is one of \(shown)", condition: .success(one.notIn(values))))
        }
        if let step = limits.multipleOf {
            let condition = one.notMultiple(of: step)
            parts.append(Part(kind: .multiple, words: "is a multiple of \(step)", condition: .success(condition)))
        }
        return parts
    }

    private mutating func compile(_ rule: QualityRule, _ one: ColumnCompiler) {
        let name = one.column.name
        let title = rule.title(of: name)
        switch rule.metric {
        case .nullValues:
            let isNull = one.raw == one.original ? one.isMissing : "\(one.original) IS NULL"
            rows("\(name).nullValues", one, .quality, title, isNull, rule)
        case .missingValues(let texts):
            // Numbers can stand for nothing too, such as -999.
            let list = texts.map(ContractSQL.literal).joined(separator: ", ")
            let isCovered = texts.isEmpty || one.raw != one.original
            let condition = isCovered ? one.isMissing : "(\(one.isMissing) OR CAST(\(one.raw) AS VARCHAR) IN (\(list)))"
            rows("\(name).missingValues", one, .quality, title, condition, shown: one.original, rule)
        case .invalidValues(let limits):
            let parts = parts(one, limits)
            var conditions: [String] = []
            for part in parts {
                switch part.condition {
                case .success(let condition): conditions.append(condition)
                case .failure(let impossible):
                    add("\(name).invalidValues", name, .quality, title, .impossible(impossible.reason), rule)
                    return
                }
            }
            let condition = conditions.count == 1 ? conditions[0] : "(\(conditions.joined(separator: " OR ")))"
            rows("\(name).invalidValues", one, .quality, title, condition, rule)
            if let pattern = limits.pattern { probe(pattern) }
        case .duplicateValues:
            unique([name], [name: one], id: "\(name).duplicateValues", kind: .quality, title: title, rule)
        case .sql(let text): add("\(name).sql", name, .sql, title, .query(query(text, column: name)), rule)
        case .rowCount: preconditionFailure("the parser refuses rowCount on a column")
        }
    }

    // MARK: Tables

    private mutating func compile(_ rule: QualityRule, _ compiled: [String: ColumnCompiler]) {
        let title = rule.title(of: "the table")
        switch rule.metric {
        case .rowCount: add("rowCount", nil, .rowCount, title, .rowCount, rule)
        case .sql(let text): add("sql", nil, .sql, title, .query(query(text, column: nil)), rule)
        case .duplicateValues(let names):
            unique(names, compiled, id: "duplicateValues", kind: .quality, title: title, rule)
        case .nullValues, .missingValues, .invalidValues:
            preconditionFailure("the parser refuses \(rule.metric.word) on a table")
        }
    }

    private mutating func compile(_ rule: FreshnessRule, _ one: ColumnCompiler?) {
        let title = "\(rule.column) reaches up to \(rule.text) ago"
        let id = "\(rule.column).freshness"
        guard let one else {
            add(
                id,
                rule.column,
                .freshness,
                title,
                .impossible(
                    columns[rule.column] == nil ? absent(rule.column) : "add the column to the contract's properties"
                )
            )
            return
        }
        let isMoment = [.date, .timestamp].contains(one.data.family) || [.date, .timestamp].contains(one.column.type)
        guard isMoment, one.mismatch == nil else {
            add(
                id,
                rule.column,
                .freshness,
                title,
                .impossible("\(rule.column) is \(one.data.type), no date and no timestamp")
            )
            return
        }
        let slot = slots.place(of: "epoch_ms(CAST(max(\(one.value)) AS TIMESTAMP))")
        add(id, rule.column, .freshness, title, .newest(slot: slot), bound: .atMost(Double(rule.milliseconds)))
    }

    /// The names that the standard and the tools around it put into queries.
    private func query(_ text: String, column: String?) -> String {
        var query = text
        let table = ContractSQL.name(ContractScan.table)
        for word in ["object", "table", "model"] {
            for form in ["${\(word)}", "{\(word)}"] { query = query.replacing(form, with: table) }
        }
        guard let column else { return query }
        for word in ["property", "column", "field"] {
            for form in ["${\(word)}", "{\(word)}"] { query = query.replacing(form, with: ContractSQL.name(column)) }
        }
        return query
    }

    // MARK: Adding

    private mutating func unique(
        _ names: [String],
        _ compiled: [String: ColumnCompiler],
        id: String,
        kind: ContractCheck.Kind,
        title: String,
        _ rule: QualityRule? = nil
    ) {
        var parts: [ColumnCompiler] = []
        for name in names {
            // A key may name a column that the contract does not describe.
            let plain = columns[name].map { ColumnCompiler(ContractColumn(name: name, type: nil), $0) }
            guard let one = compiled[name] ?? plain else {
                add(id, nil, kind, title, .impossible(absent(name)), rule)
                return
            }
            parts.append(one)
        }
        let values = parts.map { $0.mismatch == nil ? $0.value : $0.raw }
        let key = DuplicateKey(
            columns: names,
            expression: values.count == 1 ? values[0] : "row(\(values.joined(separator: ", ")))",
            // A key of several columns is one as soon as one of them has a value.
            isPresent: parts.count == 1 ? parts[0].isPresent : "(\(parts.map(\.isPresent).joined(separator: " OR ")))"
        )
        var (present, distinct) = (0, 0)
        if countsKeysInScan {
            present = slots.count(where: key.isPresent)
            distinct = slots.place(of: "count(DISTINCT \(key.expression)) FILTER (WHERE \(key.isPresent))")
        }
        let measure = ContractCheck.Measure.duplicates(key: key, present: present, distinct: distinct)
        add(id, names.count == 1 ? names[0] : nil, kind, title, measure, rule)
    }

    private mutating func rows(
        _ id: String,
        _ one: ColumnCompiler,
        _ kind: ContractCheck.Kind,
        _ title: String,
        _ condition: String,
        shown: String? = nil,
        _ rule: QualityRule? = nil
    ) {
        let present = rule?.unit == .percentOfPresent ? slots.count(where: one.isPresent) : nil
        let measure = ContractCheck.Measure.failing(
            condition: condition,
            shown: shown ?? one.raw,
            slot: slots.count(where: condition),
            present: present
        )
        add(id, one.column.name, kind, title, measure, rule)
    }

    private mutating func probe(_ pattern: String) {
        probes[checks.count - 1] = "SELECT regexp_matches('', \(ContractSQL.literal(pattern)))"
    }

    private mutating func add(
        _ id: String,
        _ column: String?,
        _ kind: ContractCheck.Kind,
        _ title: String,
        _ measure: ContractCheck.Measure,
        _ rule: QualityRule? = nil,
        bound: Bound = .equal(0)
    ) {
        ids[id, default: 0] += 1
        let count = ids[id] ?? 1
        checks.append(
            ContractCheck(
                id: count == 1 ? id : "\(id)#\(count)",
                column: column,
                kind: kind,
                title: title,
                measure: measure,
                bound: rule?.bound ?? bound,
                unit: rule?.unit ?? .rows,
                dimension: rule?.dimension,
                isWarning: rule?.isWarning ?? false
            )
        )
    }
}
