internal import SlipwayPolicy

/// Writes a contract as ODCS 3.1 YAML; what it writes, `Contract(yaml:)` reads back as the same contract.
package struct ContractWriter {
    /// Sentences that become comments: by column, then by key such as `required`; the key "" stands before the column.
    package var reasons: [String: [String: String]] = [:]
    /// Lines before everything else.
    package var preface: [String] = []

    private var lines: [String] = []

    package init() {}

    /// The whole file.
    package func text(of contract: Contract) -> String {
        var writer = self
        writer.write(contract)
        return writer.lines.joined(separator: "\n") + "\n"
    }

    // MARK: Parts

    private mutating func write(_ contract: Contract) {
        lines = preface.map { $0.isEmpty ? "#" : "# \($0)" }
        lines.append("apiVersion: \(Contract.apiVersions[0])")
        lines.append("kind: \(Contract.kind)")
        lines.append("id: \(Self.quoted(contract.id))")
        if let name = contract.name { lines.append("name: \(Self.quoted(name))") }
        lines.append("version: \(Self.quoted(contract.version))")
        lines.append("status: \(Self.quoted(contract.status ?? "draft"))")
        lines.append("schema:")
        for table in contract.tables { write(table) }
        guard !contract.freshness.isEmpty else { return }
        lines.append("slaProperties:")
        for rule in contract.freshness {
            let element = rule.table.map { "\($0).\(rule.column)" } ?? rule.column
            let parts = rule.text.split(separator: " ").map(String.init)
            let value = "value: \(parts.first ?? "1"), unit: \(parts.last ?? "d")"
            lines.append("  - {property: freshness, \(value), element: \(Self.quoted(element))}")
        }
    }

    private mutating func write(_ table: ContractTable) {
        lines.append("  - name: \(Self.quoted(table.name))")
        if table.isClosed {
            lines.append("    customProperties:")
            lines.append("      - {property: additionalColumns, value: false}")
        }
        write(table.rules, indent: "    ", column: "")
        lines.append("    properties:")
        for column in table.columns { write(column) }
    }

    private mutating func write(_ column: ContractColumn) {
        let known = reasons[column.name] ?? [:]
        if let reason = known[""] { lines.append("      # \(Self.comment(reason))") }
        lines.append("      - name: \(Self.quoted(column.name))")
        func add(_ key: String, _ value: String, to lines: inout [String], indent: String = "        ") {
            let reason = known[key].map { "  # \(Self.comment($0))" } ?? ""
            lines.append("\(indent)\(key): \(value)\(reason)")
        }
        if let type = column.type { add("logicalType", type.rawValue, to: &lines) }
        if let physical = column.physicalType { add("physicalType", Self.quoted(physical), to: &lines) }
        if column.isPrimaryKey { add("primaryKey", "true", to: &lines) }
        if let position = column.keyPosition { add("primaryKeyPosition", "\(position)", to: &lines) }
        if column.isRequired { add("required", "true", to: &lines) }
        if column.isUnique { add("unique", "true", to: &lines) }
        var options = column.limits
        let values = options.values
        options.values = nil
        if !options.isEmpty {
            lines.append("        logicalTypeOptions:")
            for (key, value) in Self.entries(options, isText: column.type == .string) {
                add(key, value, to: &lines, indent: "          ")
            }
        }
        var rules = column.rules
        if let values {
            // The standard has no list of values but in a rule.
            let metric = QualityRule.Metric.invalidValues(ValueLimits(values: values))
            rules.insert(QualityRule(metric: metric, bound: .equal(0)), at: 0)
        }
        write(rules, indent: "        ", column: column.name)
    }

    private mutating func write(_ rules: [QualityRule], indent: String, column: String) {
        guard !rules.isEmpty else { return }
        lines.append("\(indent)quality:")
        for rule in rules {
            if let reason = reasons[column]?[rule.metric.word] {
                lines.append("\(indent)  # \(Self.comment(reason))")
            }
            var parts: [String] = []
            if let name = rule.name { parts.append("name: \(Self.quoted(name))") }
            if case .sql(let query) = rule.metric {
                parts += ["type: sql", "query: \(Self.quoted(query))"]
            } else {
                parts.append("metric: \(rule.metric.word)")
            }
            if let arguments = Self.arguments(rule.metric) { parts.append("arguments: {\(arguments)}") }
            let numbers = rule.bound.numbers.map { Figures.text($0, digits: 9) }
            parts.append(
                "\(rule.bound.key): \(numbers.count == 1 ? numbers[0] : "[\(numbers.joined(separator: ", "))]")"
            )
            if rule.unit != .rows { parts.append("unit: percent") }
            if let dimension = rule.dimension { parts.append("dimension: \(dimension)") }
            if rule.isWarning { parts.append("severity: warning") }
            if rule.unit == .percentOfPresent {
                parts.append("customProperties: [{property: percentOf, value: present}]")
            }
            lines.append("\(indent)  - \(parts[0])")
            for part in parts.dropFirst() { lines.append("\(indent)    \(part)") }
        }
    }

    private static func arguments(_ metric: QualityRule.Metric) -> String? {
        switch metric {
        case .nullValues, .rowCount, .sql: nil
        case .missingValues(let texts): texts.isEmpty ? nil : "missingValues: [\(list(["null"], texts))]"
        case .duplicateValues(let columns): columns.isEmpty ? nil : "properties: [\(list([], columns))]"
        case .invalidValues(let limits):
            (entries(limits, isText: false).map { "\($0): \($1)" }
                + (limits.values.map { ["validValues: [\(list([], $0))]"] } ?? [])).joined(separator: ", ")
        }
    }

    private static func list(_ first: [String], _ texts: [String]) -> String {
        (first + texts.map(quoted)).joined(separator: ", ")
    }

    /// The limits but the list of values, as keys and written values.
    private static func entries(_ limits: ValueLimits, isText: Bool) -> [(String, String)] {
        var entries: [(String, String)] = []
        func end(_ limit: ValueLimits.Limit?, _ name: String) {
            guard let limit else { return }
            let key = limit.isExclusive ? "exclusive\(name.prefix(1).uppercased())\(name.dropFirst())" : name
            entries.append((key, Double(limit.text) == nil ? quoted(limit.text) : limit.text))
        }
        end(limits.minimum, "minimum")
        end(limits.maximum, "maximum")
        if let length = limits.minLength { entries.append(("minLength", "\(length)")) }
        if let length = limits.maxLength { entries.append(("maxLength", "\(length)")) }
        if let pattern = limits.pattern { entries.append(("pattern", quoted(pattern))) }
        if let step = limits.multipleOf { entries.append(("multipleOf", step)) }
        return entries
    }

    // MARK: Text

    private static let words: Set<String> = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"]

    /// Text as YAML takes it for text: bare when nothing in it has a meaning, else in quotes.
    static func quoted(_ text: String) -> String {
        let isBare =
            text.utf8.first.map { ($0 | 32) >= 97 && ($0 | 32) <= 122 } == true
            && text.utf8.allSatisfy {
                (48...57).contains($0) || (($0 | 32) >= 97 && ($0 | 32) <= 122) || "_-.".utf8.contains($0)
            }
            && !words.contains(text.lowercased())
        if isBare || text.allSatisfy(\.isVersionNumber) && text.filter({ $0 == "." }).count == 2 { return text }
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case "\t": quoted += "\\t"
            case "\r": quoted += "\\r"
            default:
                let isControl =
                    scalar.value < 0x20 || (0x7F...0xA0).contains(scalar.value) || scalar.value == 0xFEFF
                    || scalar.value == 0x2028 || scalar.value == 0x2029
                if isControl {
                    let digits = String(scalar.value, radix: 16)
                    quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                } else {
                    quoted.unicodeScalars.append(scalar)
                }
            }
        }
        return quoted + "\""
    }

    /// A sentence on one line.
    private static func comment(_ text: String) -> String {
        String(text.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? " " : Character($0) })
    }
}

extension Character {
    fileprivate var isVersionNumber: Bool { isASCII && isNumber || self == "." }
}
