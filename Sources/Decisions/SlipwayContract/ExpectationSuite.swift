internal import SlipwayDomain

/// A suite of Great Expectations (JSON, 0.x and 1.x), turned into a contract; what has no counterpart is listed.
package struct ExpectationSuite {
    package let contract: Contract
    /// What was not translated: the expectation and why.
    package let untranslated: [Contract.Notice]
    /// How many expectations were.
    package let translated: Int

    /// Translates a suite's JSON text.
    package init(json: [UInt8], table: String) throws(ContractError) {
        let suite: JSONValue
        do {
            suite = try JSONValue(parsing: json)
        } catch {
            throw .foreign(reason: "the suite is not JSON: \(error)")
        }
        guard let expectations = suite["expectations"]?.array else {
            throw .foreign(reason: "the JSON has no list 'expectations': is it a suite of Great Expectations?")
        }
        var builder = SuiteBuilder()
        for (index, item) in expectations.enumerated() {
            let type = item["type"]?.string ?? item["expectation_type"]?.string ?? ""
            let kwargs = item["kwargs"] ?? .object([:])
            let place = kwargs["column"]?.string ?? "suite"
            if let reason = builder.add(type, kwargs, isWarning: item["severity"]?.string == "warning") {
                builder.untranslated.append(
                    Contract.Notice(
                        line: index + 1,
                        place: place,
                        message: "\(type.isEmpty ? "an expectation" : type): \(reason)"
                    )
                )
            } else {
                builder.translated += 1
            }
        }
        let name = suite["name"]?.string ?? suite["expectation_suite_name"]?.string ?? "suite"
        contract = Contract(
            id: name,
            version: "0.1.0",
            status: "draft",
            tables: [builder.table(named: table)]
        )
        untranslated = builder.untranslated
        translated = builder.translated
    }
}

/// A column under construction.
private struct DraftColumn {
    var type: LogicalType?
    var isRequired = false
    var isUnique = false
    var limits = ValueLimits()
    var rules: [QualityRule] = []
}

private struct SuiteBuilder {
    var untranslated: [Contract.Notice] = []
    var translated = 0
    private var names: [String] = []
    private var columns: [String: DraftColumn] = [:]
    private var rules: [QualityRule] = []
    private var isClosed = false

    func table(named name: String) -> ContractTable {
        let described = names.map { name in
            let draft = columns[name] ?? DraftColumn()
            return ContractColumn(
                name: name,
                type: draft.type,
                isRequired: draft.isRequired,
                isUnique: draft.isUnique,
                limits: draft.limits,
                rules: draft.rules
            )
        }
        return ContractTable(name: name, columns: described, rules: rules, isClosed: isClosed)
    }

    // MARK: One expectation

    /// Adds one expectation; gives the reason when it cannot.
    mutating func add(_ type: String, _ kwargs: JSONValue, isWarning: Bool) -> String? {
        if kwargs["row_condition"]?.string != nil { return "row conditions have no counterpart" }
        let mostly = kwargs["mostly"]?.number ?? 1
        guard mostly > 0, mostly <= 1 else { return "mostly is no share" }
        if let handled = table(type, kwargs, isWarning) { return handled.reason }
        guard let column = kwargs["column"]?.string else {
            return pair(type, kwargs, mostly, isWarning)
        }
        if let handled = values(type, kwargs, column, mostly, isWarning) { return handled.reason }
        if let handled = aggregates(type, kwargs, column, isWarning) { return handled.reason }
        return "has no counterpart"
    }

    /// That somebody took care of it, with the reason when it cannot be translated.
    private struct Handled {
        let reason: String?
        static let done = Handled(reason: nil)
    }

    private mutating func draft(_ name: String, _ change: (inout DraftColumn) -> Void) {
        if columns[name] == nil { names.append(name) }
        change(&columns[name, default: DraftColumn()])
    }

    private mutating func table(_ type: String, _ kwargs: JSONValue, _ isWarning: Bool) -> Handled? {
        switch type {
        case "expect_table_row_count_to_equal":
            guard let value = kwargs["value"]?.number else { return Handled(reason: "has no value") }
            rules.append(QualityRule(metric: .rowCount, bound: .equal(value), isWarning: isWarning))
        case "expect_table_row_count_to_be_between":
            guard let bound = Self.bound(kwargs) else { return Handled(reason: "has no bound") }
            rules.append(QualityRule(metric: .rowCount, bound: bound, isWarning: isWarning))
        case "expect_table_columns_to_match_set":
            for name in kwargs["column_set"]?.array ?? [] { if let name = name.string { draft(name) { _ in } } }
            isClosed = isClosed || kwargs["exact_match"]?.bool ?? true
        case "expect_compound_columns_to_be_unique":
            let list = (kwargs["column_list"]?.array ?? []).compactMap(\.string)
            guard list.count > 1, kwargs["mostly"]?.number ?? 1 == 1 else {
                return Handled(reason: "with mostly has no counterpart")
            }
            rules.append(QualityRule(metric: .duplicateValues(list), bound: .equal(0), isWarning: isWarning))
        case "expect_column_to_exist":
            guard let name = kwargs["column"]?.string else { return Handled(reason: "has no column") }
            draft(name) { _ in }
            if kwargs["column_index"]?.integer != nil {
                return Handled(reason: "the column's place is not checked, its presence is")
            }
        default: return nil
        }
        return .done
    }

    private mutating func values(
        _ type: String,
        _ kwargs: JSONValue,
        _ column: String,
        _ mostly: Double,
        _ isWarning: Bool
    ) -> Handled? {
        let isStrict = mostly == 1 && !isWarning
        switch type {
        case "expect_column_values_to_not_be_null":
            if isStrict {
                draft(column) { $0.isRequired = true }
            } else {
                rule(column, .nullValues, mostly, isWarning, unit: .percent)
            }
        case "expect_column_values_to_be_null":
            guard mostly == 1 else { return Handled(reason: "with mostly has no counterpart") }
            query(column, "SELECT count(*) FROM {object} WHERE {property} IS NOT NULL", .equal(0), isWarning)
        case "expect_column_values_to_be_unique":
            if isStrict {
                draft(column) { $0.isUnique = true }
            } else {
                rule(column, .duplicateValues([]), mostly, isWarning)
            }
        case "expect_column_values_to_be_in_set":
            guard let list = Self.texts(kwargs["value_set"]), !list.isEmpty else {
                return Handled(reason: "has no value_set")
            }
            rule(column, .invalidValues(ValueLimits(values: list)), mostly, isWarning)
        case "expect_column_values_to_not_be_in_set":
            guard let list = Self.texts(kwargs["value_set"]), mostly == 1 else {
                return Handled(reason: "with mostly has no counterpart")
            }
            let literals = list.map(ContractSQL.literal).joined(separator: ", ")
            query(
                column,
                "SELECT count(*) FROM {object} WHERE CAST({property} AS VARCHAR) IN (\(literals))",
                .equal(0),
                isWarning
            )
        case "expect_column_values_to_be_between":
            var limits = ValueLimits()
            limits.minimum = Self.limit(kwargs, "min_value", "strict_min")
            limits.maximum = Self.limit(kwargs, "max_value", "strict_max")
            guard !limits.isEmpty else { return Handled(reason: "has no bound") }
            rule(column, .invalidValues(limits), mostly, isWarning)
        case "expect_column_value_lengths_to_be_between", "expect_column_value_lengths_to_equal":
            let exact = kwargs["value"]?.integer
            guard kwargs["strict_min"]?.bool != true, kwargs["strict_max"]?.bool != true else {
                return Handled(reason: "strict lengths have no counterpart")
            }
            let limits = ValueLimits(
                minLength: (exact ?? kwargs["min_value"]?.integer).map { Int($0) },
                maxLength: (exact ?? kwargs["max_value"]?.integer).map { Int($0) }
            )
            guard !limits.isEmpty else { return Handled(reason: "has no bound") }
            rule(column, .invalidValues(limits), mostly, isWarning)
        case "expect_column_values_to_match_regex":
            guard let pattern = kwargs["regex"]?.string else { return Handled(reason: "has no regex") }
            // Python's match begins at the start of the value.
            let tied = pattern.hasPrefix("^") ? pattern : "^(?:\(pattern))"
            rule(column, .invalidValues(ValueLimits(pattern: tied)), mostly, isWarning)
        case "expect_column_values_to_be_of_type", "expect_column_values_to_be_in_type_list":
            let words = Self.texts(kwargs["type_list"]) ?? kwargs["type_"]?.string.map { [$0] } ?? []
            let types = Set(words.compactMap { Self.types[$0.lowercased()] })
            guard let only = types.first, types.count == 1 else {
                return Handled(reason: "the types \(words.joined(separator: ", ")) are not one logical type")
            }
            draft(column) { $0.type = only }
        default: return nil
        }
        return .done
    }

    /// Expectations about one number of a column become queries.
    private mutating func aggregates(
        _ type: String,
        _ kwargs: JSONValue,
        _ column: String,
        _ isWarning: Bool
    ) -> Handled? {
        let expressions = [
            "expect_column_min_to_be_between": "min({property})", "expect_column_max_to_be_between": "max({property})",
            "expect_column_mean_to_be_between": "avg({property})", "expect_column_sum_to_be_between": "sum({property})",
            "expect_column_median_to_be_between": "median({property})",
            "expect_column_stdev_to_be_between": "stddev_samp({property})",
            "expect_column_unique_value_count_to_be_between": "count(DISTINCT {property})",
            "expect_column_proportion_of_unique_values_to_be_between": "count(DISTINCT {property}) / count({property})",
        ]
        if let expression = expressions[type] {
            guard let bound = Self.bound(kwargs) else { return Handled(reason: "has no numeric bound") }
            query(column, "SELECT \(expression) FROM {object}", bound, isWarning)
            return .done
        }
        guard type == "expect_column_distinct_values_to_be_in_set" else { return nil }
        guard let list = Self.texts(kwargs["value_set"]), !list.isEmpty else {
            return Handled(reason: "has no value_set")
        }
        rule(column, .invalidValues(ValueLimits(values: list)), 1, isWarning)
        return .done
    }

    private mutating func pair(_ type: String, _ kwargs: JSONValue, _ mostly: Double, _ isWarning: Bool) -> String? {
        guard let left = kwargs["column_A"]?.string, let right = kwargs["column_B"]?.string else {
            return "has no counterpart"
        }
        guard mostly == 1 else { return "with mostly has no counterpart" }
        let (first, second) = (ContractSQL.name(left), ContractSQL.name(right))
        let holds: String
        switch type {
        case "expect_column_pair_values_a_to_be_greater_than_b":
            holds = "\(first) \(kwargs["or_equal"]?.bool == true ? ">=" : ">") \(second)"
        case "expect_column_pair_values_to_be_equal": holds = "\(first) = \(second)"
        default: return "has no counterpart"
        }
        let condition: String
        switch kwargs["ignore_row_if"]?.string ?? "both_values_are_missing" {
        case "both_values_are_missing":
            condition = "NOT coalesce(\(holds), false) AND NOT (\(first) IS NULL AND \(second) IS NULL)"
        case "either_value_is_missing": condition = "NOT (\(holds))"
        case "neither", "never": condition = "NOT coalesce(\(holds), false)"
        default: return "its ignore_row_if has no counterpart"
        }
        rules.append(
            QualityRule(
                name: "\(left) and \(right): \(type.dropFirst(7))",
                metric: .sql("SELECT count(*) FROM {object} WHERE \(condition)"),
                bound: .equal(0),
                isWarning: isWarning
            )
        )
        return nil
    }

    // MARK: Parts

    private mutating func rule(
        _ column: String,
        _ metric: QualityRule.Metric,
        _ mostly: Double,
        _ isWarning: Bool,
        unit: QualityRule.Unit = .percentOfPresent
    ) {
        // Nine digits: 1 - 0.99 is not 0.01 in doubles.
        let percent = ((1 - mostly) * 1e11).rounded() / 1e9
        let bound: Bound = mostly == 1 ? .equal(0) : .atMost(percent)
        let rule = QualityRule(metric: metric, bound: bound, unit: mostly == 1 ? .rows : unit, isWarning: isWarning)
        draft(column) { $0.rules.append(rule) }
    }

    private mutating func query(_ column: String, _ sql: String, _ bound: Bound, _ isWarning: Bool) {
        draft(column) { $0.rules.append(QualityRule(metric: .sql(sql), bound: bound, isWarning: isWarning)) }
    }

    private static func bound(_ kwargs: JSONValue) -> Bound? {
        let low = kwargs["min_value"]?.number
        let high = kwargs["max_value"]?.number
        let (isStrictLow, isStrictHigh) = (kwargs["strict_min"]?.bool == true, kwargs["strict_max"]?.bool == true)
        switch (low, high) {
        case (let low?, let high?): return isStrictLow || isStrictHigh ? nil : .between(low, high)
        case (let low?, nil): return isStrictLow ? .greater(low) : .atLeast(low)
        case (nil, let high?): return isStrictHigh ? .less(high) : .atMost(high)
        case (nil, nil): return nil
        }
    }

    private static func limit(_ kwargs: JSONValue, _ key: String, _ strict: String) -> ValueLimits.Limit? {
        text(kwargs[key]).map { ValueLimits.Limit($0, isExclusive: kwargs[strict]?.bool == true) }
    }

    private static func texts(_ value: JSONValue?) -> [String]? { value?.array?.compactMap(text) }

    private static func text(_ value: JSONValue?) -> String? {
        switch value {
        case .string(let text): text
        case .integer(let whole): "\(whole)"
        case .number(let number): "\(number)"
        case .bool(let flag): "\(flag)"
        default: nil
        }
    }

    private static let types: [String: LogicalType] = [
        "int": .integer, "int64": .integer, "int32": .integer, "integer": .integer, "bigint": .integer,
        "integertype": .integer, "longtype": .integer, "float": .number, "float64": .number, "float32": .number,
        "double": .number, "doubletype": .number, "floattype": .number, "decimal": .number, "numeric": .number,
        "str": .string, "object": .string, "string": .string, "varchar": .string, "text": .string,
        "stringtype": .string,
        "bool": .boolean, "boolean": .boolean, "booleantype": .boolean, "date": .date, "datetype": .date,
        "datetime64": .timestamp, "datetime64[ns]": .timestamp, "timestamp": .timestamp, "timestamptype": .timestamp,
    ]
}
