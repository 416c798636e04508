/// The types that queries may ask for, as data.
struct GraphQLSchema: Sendable {
    typealias TypeReference = GraphQLDocument.TypeReference

    enum Kind: String, Sendable {
        case object = "OBJECT"
        case input = "INPUT_OBJECT"
        case enumeration = "ENUM"
        case scalar = "SCALAR"
    }

    struct Field: Sendable {
        let name: String
        let type: TypeReference
        let arguments: [Field]
    }

    struct Entry: Sendable {
        let name: String
        let kind: Kind
        /// Of an object or an input.
        let fields: [Field]
        /// Of an enumeration.
        let values: [String]

        func field(_ name: String) -> Field? { fields.first { $0.name == name } }
    }

    let types: [String: Entry]

    /// Reads a table of lines `kind Name: item; item; ...`, where an item is `name Type`, `name(argument Type) Type` or,
    /// in an enumeration, a name.
    init(table: String) {
        var types: [String: Entry] = [:]
        for line in table.split(separator: "\n") {
            let halves = line.split(separator: ":", maxSplits: 1)
            let head = halves[0].split(separator: " ").map(String.init)
            guard head.count == 2, let kind = Kind(rawValue: head[0]) else {
                preconditionFailure("the schema has an unreadable line: \(line)")
            }
            let items = halves.count > 1 ? halves[1].split(separator: ";").map { $0.trimmed } : []
            types[head[1]] = Entry(
                name: head[1],
                kind: kind,
                fields: kind == .enumeration ? [] : items.map(Self.field),
                values: kind == .enumeration ? items : []
            )
        }
        self.types = types
    }

    private static func field(_ text: String) -> Field {
        var arguments: [Field] = []
        var text = text
        if let open = text.firstIndex(of: "("), let close = text.firstIndex(of: ")") {
            arguments = [field(String(text[text.index(after: open)..<close]))]
            text.removeSubrange(open...close)
        }
        let words = text.split(separator: " ").map(String.init)
        guard words.count == 2 else { preconditionFailure("the schema has an unreadable field: \(text)") }
        return Field(name: words[0], type: reference(words[1]), arguments: arguments)
    }

    private static func reference(_ text: String) -> TypeReference {
        if text.hasSuffix("!") { return .nonNull(reference(String(text.dropLast()))) }
        if text.hasPrefix("["), text.hasSuffix("]") { return .list(reference(String(text.dropFirst().dropLast()))) }
        return .named(text)
    }
}

extension Substring {
    fileprivate var trimmed: String { split(separator: " ").joined(separator: " ") }
}
