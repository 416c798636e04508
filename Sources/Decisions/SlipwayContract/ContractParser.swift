internal import SlipwayPolicy
internal import Yams

extension Contract {
    private static let fileKind = YAMLFileKind(
        name: "a contract",
        subject: "contract",
        start: "apiVersion: \(apiVersions[0])",
        maxBytes: 4 << 20
    )

    /// Parses `contract.yaml` strictly; the error lists every mistake that could be found in one reading.
    package init(yaml text: String, file: String = "contract.yaml") throws(ContractError) {
        var parser = ContractParser()
        let contract: Contract?
        do {
            contract = parser.contract(try YAMLDocument.root(of: text, kind: Self.fileKind))
        } catch {
            throw .file(ManifestError(file: file, problems: [error.problem]))
        }
        guard let contract, parser.reader.problems.isEmpty else {
            throw .file(ManifestError(file: file, problems: parser.reader.problems))
        }
        self = contract
    }
}

/// The sections of a contract. Each function reads all of its section, even after a mistake, so that all are reported.
struct ContractParser {
    var reader = ManifestReader()
    var notices: [Contract.Notice] = []

    /// Keys that say nothing about the data's content, and are left alone.
    private static let untouched = [
        "name", "tenant", "tags", "status", "servers", "dataProduct", "description", "domain", "support", "price",
        "team", "roles", "slaDefaultElement", "authoritativeDefinitions", "customProperties", "contractCreatedTs",
    ]

    mutating func contract(_ root: Node) -> Contract? {
        let keys = ["apiVersion", "kind", "id", "version", "schema", "slaProperties"] + Self.untouched
        guard let section = reader.section(root, path: "the contract", keys: keys) else { return nil }
        if let node = reader.required(section, "apiVersion", add: Contract.apiVersions[0]) {
            _ = reader.word(node, path: "apiVersion", of: Contract.apiVersions)
        }
        if let node = reader.required(section, "kind", add: Contract.kind) {
            _ = reader.word(node, path: "kind", of: [Contract.kind])
        }
        let id = reader.required(section, "id", add: "flights").flatMap { plainText($0, path: "id") }
        let version = reader.required(section, "version", add: "1.0.0").flatMap { plainText($0, path: "version") }
        let name = section.values["name"].flatMap { plainText($0, path: "name") }
        let status = section.values["status"].flatMap { plainText($0, path: "status") }
        if reader.required(section, "schema", add: "[{name: ..., properties: [...]}]") != nil,
            reader.list(section, "schema").isEmpty
        {
            reader.report(section.values["schema"]?.mark, "schema has no table: add '- name: ...' with its properties")
        }
        var tables: [ContractTable] = []
        for node in reader.list(section, "schema") {
            guard let table = table(node) else { continue }
            if tables.contains(where: { $0.name == table.name }) {
                reader.report(node.mark, "schema has two tables named '\(ManifestReader.quote(table.name))': keep one")
            }
            tables.append(table)
        }
        let fallback = section.values["slaDefaultElement"].flatMap { plainText($0, path: "slaDefaultElement") }
        let freshness = reader.list(section, "slaProperties").compactMap { serviceLevel($0, fallback: fallback) }
        guard let id, let version, !tables.isEmpty else { return nil }
        return Contract(
            id: id,
            name: name,
            version: version,
            status: status,
            tables: tables,
            freshness: freshness,
            notices: notices.sorted { ($0.line, $0.place) < ($1.line, $1.place) }
        )
    }

    // MARK: Values

    /// Keeps a part of the file in mind that is not checked.
    mutating func note(_ node: Node, _ place: String, _ message: String) {
        notices.append(Contract.Notice(line: node.mark?.line ?? 0, place: place, message: message))
    }

    /// The text of a scalar, whatever it looks like.
    mutating func plainText(_ node: Node, path: String) -> String? {
        guard case .scalar(let scalar) = node, !scalar.string.isEmpty else {
            reader.report(node.mark, "\(path) must be text")
            return nil
        }
        return scalar.string
    }

    /// `true` or `false`.
    mutating func flag(_ section: ManifestReader.Section, _ key: String) -> Bool {
        guard let node = section.values[key] else { return false }
        if case .scalar(let scalar) = node, scalar.style == .plain {
            if ["true", "True", "TRUE"].contains(scalar.string) { return true }
            if ["false", "False", "FALSE"].contains(scalar.string) { return false }
        }
        reader.report(node.mark, "\(section.path).\(key) must be true or false")
        return false
    }

    /// A number as it is written; keeps all digits.
    mutating func numeral(_ node: Node, path: String) -> String? {
        let finite = -Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude
        guard reader.number(node, path: path, in: finite) != nil, case .scalar(let scalar) = node else { return nil }
        return scalar.string
    }

    /// The texts of a list of scalars; a null in it is reported unless `allowsNull`, and then left out.
    mutating func texts(_ node: Node, path: String, allowsNull: Bool = false) -> [String]? {
        guard case .sequence(let sequence) = node else {
            reader.report(node.mark, "\(path) must be a list such as [A, B]")
            return nil
        }
        var texts: [String] = []
        for item in sequence {
            guard case .scalar(let scalar) = item else {
                reader.report(item.mark, "\(path) may hold single values only")
                continue
            }
            let isNull = scalar.style == .plain && ["", "~", "null", "Null", "NULL"].contains(scalar.string)
            if isNull, !allowsNull {
                reader.report(item.mark, "\(path) cannot hold null: say it with 'required: false'")
            } else if !isNull {
                texts.append(scalar.string)
            }
        }
        return texts
    }

    // MARK: Service levels

    /// `freshness` and `latency` with a column as element are checked; the others are noted.
    private mutating func serviceLevel(_ node: Node, fallback: String?) -> FreshnessRule? {
        let keys = [
            "id", "property", "value", "valueExt", "unit", "element", "driver", "description", "scheduler", "schedule",
            "customProperties", "authoritativeDefinitions",
        ]
        guard let section = reader.section(node, path: "slaProperties", keys: keys),
            let propertyNode = reader.required(section, "property", add: "freshness"),
            let property = plainText(propertyNode, path: "slaProperties.property"),
            let valueNode = reader.required(section, "value", add: "2")
        else { return nil }
        guard ["freshness", "latency", "ly", "fr"].contains(property) else {
            note(node, "slaProperties.\(property)", "this service level is not visible in a batch of data")
            return nil
        }
        guard let value = reader.number(valueNode, path: "slaProperties.value", in: 0...1e9) else { return nil }
        let element = section.values["element"].flatMap { plainText($0, path: "slaProperties.element") } ?? fallback
        guard let element, !element.contains(",") else {
            note(node, "slaProperties.\(property)", "it names no single column: add 'element: table.column'")
            return nil
        }
        let unit = section.values["unit"].flatMap { plainText($0, path: "slaProperties.unit") } ?? "d"
        guard let scale = Self.milliseconds[unit.lowercased()] else {
            let known = "s, m, h, d or y"
            reader.report(section.values["unit"]?.mark, "slaProperties.unit cannot be '\(unit)': use \(known)")
            return nil
        }
        let parts = element.split(separator: ".", maxSplits: 1).map(String.init)
        return FreshnessRule(
            table: parts.count == 2 ? parts[0] : nil,
            column: parts.last ?? element,
            milliseconds: Int64(value * scale),
            text: "\(Figures.text(value)) \(unit)"
        )
    }

    private static let milliseconds: [String: Double] = {
        let units: [(names: [String], scale: Double)] = [
            (["s", "second", "seconds"], 1000), (["m", "min", "minute", "minutes"], 60_000),
            (["h", "hour", "hours"], 3_600_000), (["d", "day", "days"], 86_400_000),
            (["y", "yr", "year", "years"], 365 * 86_400_000),
        ]
        var table: [String: Double] = [:]
        for unit in units { for name in unit.names { table[name] = unit.scale } }
        return table
    }()
}
