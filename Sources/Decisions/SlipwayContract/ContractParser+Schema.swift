internal import SlipwayPolicy
internal import Yams

extension ContractParser {
    private static let elementKeys = [
        "id", "name", "physicalName", "physicalType", "description", "businessName", "authoritativeDefinitions", "tags",
        "customProperties", "deprecated", "synonyms",
    ]

    mutating func table(_ node: Node) -> ContractTable? {
        let keys =
            ["logicalType", "dataGranularityDescription", "properties", "relationships", "quality"] + Self.elementKeys
        guard let section = reader.section(node, path: "schema", keys: keys),
            let nameNode = reader.required(section, "name", add: "flights"),
            let name = plainText(nameNode, path: "schema.name")
        else { return nil }
        if let type = section.values["logicalType"] {
            _ = reader.word(type, path: "\(name).logicalType", of: ["object"])
        }
        if let relations = section.values["relationships"] {
            note(relations, name, "relationships with other tables need the other tables")
        }
        var columns: [ContractColumn] = []
        for item in reader.list(section, "properties") {
            guard let column = column(item, table: name) else { continue }
            if columns.contains(where: { $0.name == column.name }) {
                reader.report(item.mark, "\(name) has two properties named '\(column.name)': keep one")
            }
            columns.append(column)
        }
        let rules = reader.list(section, "quality").compactMap { rule($0, place: name, isColumn: false) }
        let additional = customProperty("additionalColumns", of: section)
        return ContractTable(name: name, columns: columns, rules: rules, isClosed: additional == "false")
    }

    private mutating func column(_ node: Node, table: String) -> ContractColumn? {
        let keys =
            [
                "primaryKey", "primaryKeyPosition", "logicalType", "logicalTypeOptions", "required", "unique",
                "partitioned", "partitionKeyPosition", "classification", "encryptedName", "transformSourceObjects",
                "transformLogic", "transformDescription", "examples", "criticalDataElement", "relationships", "quality",
                "properties", "items",
            ] + Self.elementKeys
        guard let section = reader.section(node, path: "\(table).properties", keys: keys),
            let nameNode = reader.required(section, "name", add: "arr_delay"),
            let name = plainText(nameNode, path: "\(table).properties.name")
        else { return nil }
        let place = "\(table).\(name)"
        let type = section.values["logicalType"]
            .flatMap { reader.word($0, path: "\(place).logicalType", of: LogicalType.allCases.map(\.rawValue)) }
            .flatMap(LogicalType.init(rawValue:))
        for key in ["properties", "items"] {
            if let inner = section.values[key] { note(inner, place, "\(key) of a nested value are not looked into") }
        }
        if let relations = section.values["relationships"] {
            note(relations, place, "relationships with other tables need the other tables")
        }
        let limits =
            section.values["logicalTypeOptions"].map { self.limits($0, place: place, type: type) } ?? ValueLimits()
        let position = section.values["primaryKeyPosition"].flatMap {
            reader.integer($0, path: "\(place).primaryKeyPosition", in: -1...10_000)
        }
        // The physical name is what the data call the column.
        let physicalName = section.values["physicalName"].flatMap { plainText($0, path: "\(place).physicalName") }
        return ContractColumn(
            name: physicalName ?? name,
            type: type,
            physicalType: section.values["physicalType"].flatMap { plainText($0, path: "\(place).physicalType") },
            isRequired: flag(section, "required"),
            isUnique: flag(section, "unique"),
            isPrimaryKey: flag(section, "primaryKey"),
            keyPosition: position.flatMap { $0 > 0 ? $0 : nil },
            limits: limits,
            rules: reader.list(section, "quality").compactMap { rule($0, place: place, isColumn: true) }
        )
    }

    /// The options that the type has; options of another type are a mistake, and some are noted as not checked.
    private mutating func limits(_ node: Node, place: String, type: LogicalType?) -> ValueLimits {
        let path = "\(place).logicalTypeOptions"
        let ends = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"]
        let keys: [String]
        switch type {
        case .string: keys = ["minLength", "maxLength", "pattern", "format"]
        case .integer, .number: keys = ends + ["multipleOf", "format"]
        case .date: keys = ends + ["format"]
        case .timestamp, .time: keys = ends + ["format", "timezone", "defaultTimezone"]
        case .object: keys = ["maxProperties", "minProperties", "required"]
        case .array: keys = ["maxItems", "minItems", "uniqueItems"]
        case .boolean: keys = []
        case nil:
            reader.report(node.mark, "\(path) needs a logicalType beside it: add 'logicalType: ...'")
            return ValueLimits()
        }
        guard let section = reader.section(node, path: path, keys: keys) else { return ValueLimits() }
        for key in section.values.keys.sorted() where !Self.checkedLimits.contains(key) {
            if let value = section.values[key] { note(value, place, "the option '\(key)' is not checked") }
        }
        return limits(section, isNumeric: type == .integer || type == .number)
    }

    private static let checkedLimits = [
        "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minLength", "maxLength", "pattern", "multipleOf",
    ]

    /// The limits among a section's keys.
    mutating func limits(_ section: ManifestReader.Section, isNumeric: Bool) -> ValueLimits {
        var limits = ValueLimits()
        limits.minimum = end(section, "minimum", "exclusiveMinimum", isNumeric: isNumeric)
        limits.maximum = end(section, "maximum", "exclusiveMaximum", isNumeric: isNumeric)
        if let low = limits.minimum, let high = limits.maximum, isNumeric,
            let first = Double(low.text), let last = Double(high.text), first > last
        {
            reader.report(section.mark, "\(section.path) has a minimum above its maximum: no value can be right")
        }
        limits.minLength = length(section, "minLength")
        limits.maxLength = length(section, "maxLength")
        if let least = limits.minLength, let most = limits.maxLength, least > most {
            reader.report(section.mark, "\(section.path) has a minLength above its maxLength: no value can be right")
        }
        limits.pattern = section.values["pattern"].flatMap { plainText($0, path: "\(section.path).pattern") }
        if let pattern = limits.pattern, pattern.unicodeScalars.contains(where: { $0.value == 0 }) {
            reader.report(section.mark, "\(section.path).pattern has a NUL: remove it")
        }
        limits.multipleOf = section.values["multipleOf"].flatMap { numeral($0, path: "\(section.path).multipleOf") }
        if let text = limits.multipleOf, let step = Double(text), step <= 0 {
            reader.report(section.values["multipleOf"]?.mark, "\(section.path).multipleOf must be above 0")
        }
        return limits
    }

    private mutating func length(_ section: ManifestReader.Section, _ key: String) -> Int? {
        section.values[key].flatMap { reader.integer($0, path: "\(section.path).\(key)", in: 0...1_000_000_000) }
    }

    private mutating func end(
        _ section: ManifestReader.Section,
        _ inclusive: String,
        _ exclusive: String,
        isNumeric: Bool
    ) -> ValueLimits.Limit? {
        if section.has(inclusive), section.has(exclusive) {
            reader.report(section.mark, "\(section.path) has \(inclusive) and \(exclusive): keep one")
        }
        for key in [inclusive, exclusive] {
            guard let node = section.values[key] else { continue }
            let path = "\(section.path).\(key)"
            let text = isNumeric ? numeral(node, path: path) : plainText(node, path: path)
            return text.map { ValueLimits.Limit($0, isExclusive: key == exclusive) }
        }
        return nil
    }

    /// The value of a custom property of ours; other people's are left alone.
    mutating func customProperty(_ name: String, of section: ManifestReader.Section) -> String? {
        for node in reader.list(section, "customProperties") {
            guard case .mapping(let mapping) = node,
                case .scalar(let property)? = mapping["property"], property.string == name,
                case .scalar(let value)? = mapping["value"]
            else { continue }
            return value.string
        }
        return nil
    }
}
