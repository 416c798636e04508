internal import SlipwayPolicy
internal import Yams

extension ContractParser {
    private static let ruleKeys = [
        "id", "name", "description", "type", "metric", "rule", "arguments", "query", "engine", "implementation", "unit",
        "dimension", "severity", "businessImpact", "method", "schedule", "scheduler", "tags", "customProperties",
        "authoritativeDefinitions",
    ]
    private static let metrics = ["nullValues", "missingValues", "invalidValues", "duplicateValues", "rowCount"]
    /// The words of ODCS 3.0.
    private static let oldRules = [
        "nullCheck": "nullValues", "duplicateCount": "duplicateValues", "uniqueCheck": "duplicateValues",
        "rowCount": "rowCount",
    ]

    /// One element of `quality`; rules for people and for other engines are noted.
    mutating func rule(_ node: Node, place: String, isColumn: Bool) -> QualityRule? {
        let path = "\(place).quality"
        guard let section = reader.section(node, path: path, keys: Self.ruleKeys + Bound.keys) else { return nil }
        let name = section.values["name"].flatMap { plainText($0, path: "\(path).name") }
        let label = name.map { " '\($0)'" } ?? ""
        let type =
            section.values["type"].flatMap {
                reader.word($0, path: "\(path).type", of: ["library", "sql", "text", "custom"])
            } ?? (section.has("query") ? "sql" : "library")
        guard type != "text" else {
            note(node, place, "the rule\(label) is written for people")
            return nil
        }
        guard type != "custom" else {
            let engine = section.values["engine"].flatMap { plainText($0, path: "\(path).engine") } ?? "another engine"
            note(node, place, "the rule\(label) is written for \(engine)")
            return nil
        }
        let metric = type == "sql" ? query(section) : libraryMetric(section, place: place, isColumn: isColumn)
        let bound = bound(section)
        guard let metric, let bound else { return nil }
        return QualityRule(
            name: name,
            metric: metric,
            bound: bound,
            unit: unit(section, metric: metric),
            dimension: section.values["dimension"].flatMap { plainText($0, path: "\(path).dimension") },
            isWarning: section.values["severity"].flatMap { plainText($0, path: "\(path).severity") }
                .map { ["info", "warn", "warning", "low"].contains($0.lowercased()) } ?? false
        )
    }

    private mutating func query(_ section: ManifestReader.Section) -> QualityRule.Metric? {
        guard let node = reader.required(section, "query", add: "SELECT count(*) FROM {object} WHERE ..."),
            let text = plainText(node, path: "\(section.path).query")
        else { return nil }
        return .sql(text)
    }

    private mutating func libraryMetric(
        _ section: ManifestReader.Section,
        place: String,
        isColumn: Bool
    ) -> QualityRule.Metric? {
        guard let word = metricWord(section) else { return nil }
        if isColumn == (word == "rowCount") {
            let home = isColumn ? "the table" : "a property"
            if word != "duplicateValues" {
                reader.report(section.mark, "\(section.path): \(word) is a rule of \(home), move it there")
                return nil
            }
        }
        switch word {
        case "nullValues": return .nullValues
        case "rowCount": return .rowCount
        case "missingValues": return .missingValues(missing(section))
        case "invalidValues": return validity(section).map(QualityRule.Metric.invalidValues)
        default:
            guard !isColumn else { return .duplicateValues([]) }
            guard let columns = arguments(section, keys: ["properties"])?.values["properties"] else {
                reader.report(
                    section.mark,
                    "\(section.path): duplicateValues of a table needs 'arguments: {properties: [a, b]}'"
                )
                return nil
            }
            return texts(columns, path: "\(section.path).arguments.properties").map(QualityRule.Metric.duplicateValues)
        }
    }

    private mutating func metricWord(_ section: ManifestReader.Section) -> String? {
        if let node = section.values["metric"] {
            return reader.word(node, path: "\(section.path).metric", of: Self.metrics)
        }
        if let node = section.values["rule"], let word = plainText(node, path: "\(section.path).rule") {
            if let metric = Self.oldRules[word] ?? (Self.metrics.contains(word) ? word : nil) { return metric }
            note(node, section.path, "the rule '\(word)' of ODCS 3.0 has no metric in 3.1")
            return nil
        }
        return reader.required(section, "metric", add: "nullValues").flatMap { _ in nil }
    }

    private mutating func arguments(_ section: ManifestReader.Section, keys: [String]) -> ManifestReader.Section? {
        section.values["arguments"].flatMap { reader.section($0, path: "\(section.path).arguments", keys: keys) }
    }

    /// Texts that stand for nothing; null is always among them.
    private mutating func missing(_ section: ManifestReader.Section) -> [String] {
        guard let node = arguments(section, keys: ["missingValues"])?.values["missingValues"] else { return [] }
        return texts(node, path: "\(section.path).arguments.missingValues", allowsNull: true) ?? []
    }

    private mutating func validity(_ section: ManifestReader.Section) -> ValueLimits? {
        let keys = [
            "validValues", "pattern", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minLength",
            "maxLength", "multipleOf",
        ]
        guard let arguments = arguments(section, keys: keys) else {
            reader.report(
                section.mark,
                "\(section.path): invalidValues needs 'arguments: {validValues: [...]}' or 'arguments: {pattern: ...}'"
            )
            return nil
        }
        var limits = limits(arguments, isNumeric: false)
        limits.values = arguments.values["validValues"].flatMap {
            texts($0, path: "\(section.path).arguments.validValues")
        }
        guard !limits.isEmpty else {
            reader.report(arguments.mark, "\(section.path).arguments says nothing about valid values")
            return nil
        }
        return limits
    }

    private mutating func bound(_ section: ManifestReader.Section) -> Bound? {
        let present = Bound.keys.filter(section.has)
        guard let key = present.first, let node = section.values[key] else {
            reader.report(section.mark, "\(section.path) has no bound: add one such as 'mustBe: 0'")
            return nil
        }
        guard present.count == 1 else {
            reader.report(
                section.mark,
                "\(section.path) has \(present.joined(separator: " and ")): make it one rule each"
            )
            return nil
        }
        let path = "\(section.path).\(key)"
        let wide = -Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude
        guard key.hasSuffix("Between") else {
            return reader.number(node, path: path, in: wide).flatMap { Bound(key: key, numbers: [$0]) }
        }
        guard case .sequence(let sequence) = node, sequence.count == 2 else {
            reader.report(node.mark, "\(path) must be two numbers such as [10, 20]")
            return nil
        }
        let numbers = sequence.compactMap { reader.number($0, path: path, in: wide) }
        guard numbers.count == 2 else { return nil }
        guard numbers[0] <= numbers[1] else {
            reader.report(node.mark, "\(path) has its larger number first: swap them")
            return nil
        }
        return Bound(key: key, numbers: numbers)
    }

    private mutating func unit(_ section: ManifestReader.Section, metric: QualityRule.Metric) -> QualityRule.Unit {
        guard let node = section.values["unit"], let text = plainText(node, path: "\(section.path).unit") else {
            return .rows
        }
        switch metric {
        case .rowCount, .sql: return .rows
        default: break
        }
        switch text.lowercased() {
        case "rows", "row", "count": return .rows
        case "percent", "percentage", "%":
            return customProperty("percentOf", of: section) == "present" ? .percentOfPresent : .percent
        default:
            reader.report(
                node.mark,
                "\(section.path).unit cannot be '\(ManifestReader.quote(text))': use rows or percent"
            )
            return .rows
        }
    }
}
