/// Reads an executable GraphQL document; definitions of types are refused.
struct GraphQLParser {
    /// Brackets within brackets, of any kind.
    private static let deepest = 32

    private var lexer: GraphQLLexer
    private var token: GraphQLLexer.Token
    private var start: Int
    private var depth = 0

    /// The document that `text` spells.
    static func document(_ text: String) throws(GraphQLError) -> GraphQLDocument {
        var parser = try GraphQLParser(text)
        return try parser.document()
    }

    private init(_ text: String) throws(GraphQLError) {
        lexer = GraphQLLexer(text)
        (token, start) = try lexer.next()
    }

    // MARK: Definitions

    private mutating func document() throws(GraphQLError) -> GraphQLDocument {
        var operations: [GraphQLDocument.Operation] = []
        var fragments: [String: GraphQLDocument.Fragment] = [:]
        while token != .end {
            if token == .mark("{") {
                operations.append(.init(kind: .query, name: nil, variables: [], selections: try selections()))
            } else if token == .name("fragment") {
                let fragment = try fragment()
                guard fragments.updateValue(fragment, forKey: fragment.name) == nil else {
                    throw GraphQLError("the fragment '\(fragment.name)' stands twice in the query")
                }
            } else {
                operations.append(try operation())
            }
        }
        guard !operations.isEmpty else { throw GraphQLError("the query holds no operation") }
        let names = operations.map(\.name)
        guard operations.count == 1 || (!names.contains(nil) && Set(names).count == names.count) else {
            throw GraphQLError("several operations in one query need names of their own")
        }
        return GraphQLDocument(operations: operations, fragments: fragments)
    }

    private mutating func operation() throws(GraphQLError) -> GraphQLDocument.Operation {
        guard case .name(let word) = token, let kind = GraphQLDocument.Kind(rawValue: word) else { throw unexpected() }
        try advance()
        var name: String?
        if case .name(let text) = token {
            name = text
            try advance()
        }
        var variables: [GraphQLDocument.Variable] = []
        if token == .mark("(") {
            variables = try list("(", ")") { parser throws(GraphQLError) in try parser.variable() }
        }
        _ = try directives(isConstant: true)
        return .init(kind: kind, name: name, variables: variables, selections: try selections())
    }

    private mutating func variable() throws(GraphQLError) -> GraphQLDocument.Variable {
        try take("$")
        let name = try name()
        try take(":")
        let type = try type()
        var fallback: GraphQLDocument.Input?
        if token == .mark("=") {
            try advance()
            fallback = try value(isConstant: true)
        }
        _ = try directives(isConstant: true)
        return .init(name: name, type: type, fallback: fallback)
    }

    private mutating func fragment() throws(GraphQLError) -> GraphQLDocument.Fragment {
        try advance()
        let name = try name()
        guard name != "on", token == .name("on") else { throw unexpected() }
        try advance()
        let type = try self.name()
        _ = try directives(isConstant: false)
        return .init(name: name, onType: type, selections: try selections())
    }

    private mutating func type() throws(GraphQLError) -> GraphQLDocument.TypeReference {
        var type: GraphQLDocument.TypeReference
        if token == .mark("[") {
            try enter("[")
            type = .list(try self.type())
            try leave("]")
        } else {
            type = .named(try name())
        }
        if token == .mark("!") {
            try advance()
            type = .nonNull(type)
        }
        return type
    }

    // MARK: Selections

    private mutating func selections() throws(GraphQLError) -> [GraphQLDocument.Selection] {
        try list("{", "}") { parser throws(GraphQLError) in try parser.selection() }
    }

    private mutating func selection() throws(GraphQLError) -> GraphQLDocument.Selection {
        guard token == .spread else { return .field(try field()) }
        try advance()
        if case .name(let name) = token, name != "on" {
            try advance()
            return .spread(fragment: name, directives: try directives(isConstant: false))
        }
        var type: String?
        if token == .name("on") {
            try advance()
            type = try name()
        }
        let directives = try directives(isConstant: false)
        return .inline(onType: type, directives: directives, selections: try selections())
    }

    private mutating func field() throws(GraphQLError) -> GraphQLDocument.Field {
        var name = try name()
        var alias: String?
        if token == .mark(":") {
            try advance()
            alias = name
            name = try self.name()
        }
        let arguments = try arguments(isConstant: false)
        let directives = try directives(isConstant: false)
        let selections = token == .mark("{") ? try selections() : []
        return .init(alias: alias, name: name, arguments: arguments, directives: directives, selections: selections)
    }

    private mutating func directives(isConstant: Bool) throws(GraphQLError) -> [GraphQLDocument.Directive] {
        var directives: [GraphQLDocument.Directive] = []
        while token == .mark("@") {
            try advance()
            let name = try name()
            directives.append(.init(name: name, arguments: try arguments(isConstant: isConstant)))
        }
        return directives
    }

    private mutating func arguments(
        isConstant: Bool
    ) throws(GraphQLError) -> [(name: String, value: GraphQLDocument.Input)] {
        guard token == .mark("(") else { return [] }
        let arguments = try list("(", ")") { parser throws(GraphQLError) in
            try parser.member(isConstant: isConstant)
        }
        try Self.checkNames(arguments.map(\.name))
        return arguments
    }

    // MARK: Values

    private mutating func member(
        isConstant: Bool
    ) throws(GraphQLError) -> (name: String, value: GraphQLDocument.Input) {
        let name = try name()
        try take(":")
        return (name, try value(isConstant: isConstant))
    }

    private mutating func value(isConstant: Bool) throws(GraphQLError) -> GraphQLDocument.Input {
        switch token {
        case .mark("$") where !isConstant:
            try advance()
            return .variable(try name())
        case .mark("["):
            return .list(
                try list("[", "]", mayBeEmpty: true) { parser throws(GraphQLError) in
                    try parser.value(isConstant: isConstant)
                }
            )
        case .mark("{"):
            let members = try list("{", "}", mayBeEmpty: true) { parser throws(GraphQLError) in
                try parser.member(isConstant: isConstant)
            }
            try Self.checkNames(members.map(\.name))
            return .object(members)
        default: break
        }
        let value: GraphQLDocument.Input
        switch token {
        case .integer(let text): value = .integer(text)
        case .float(let text): value = .float(text)
        case .string(let text): value = .string(text)
        case .name("true"): value = .bool(true)
        case .name("false"): value = .bool(false)
        case .name("null"): value = .null
        case .name(let name): value = .enumeration(name)
        default: throw unexpected()
        }
        try advance()
        return value
    }

    private static func checkNames(_ names: [String]) throws(GraphQLError) {
        guard Set(names).count == names.count else { throw GraphQLError("an argument is given twice in the query") }
    }

    // MARK: Tokens

    private mutating func list<Item>(
        _ open: Character,
        _ close: Character,
        mayBeEmpty: Bool = false,
        _ item: (inout GraphQLParser) throws(GraphQLError) -> Item
    ) throws(GraphQLError) -> [Item] {
        try enter(open)
        var items: [Item] = []
        while token != .mark(close) { items.append(try item(&self)) }
        guard mayBeEmpty || !items.isEmpty else { throw unexpected() }
        try leave(close)
        return items
    }

    private mutating func enter(_ open: Character) throws(GraphQLError) {
        try take(open)
        depth += 1
        guard depth <= Self.deepest else {
            throw GraphQLError("the query nests its brackets deeper than \(Self.deepest)")
        }
    }

    private mutating func leave(_ close: Character) throws(GraphQLError) {
        try take(close)
        depth -= 1
    }

    private mutating func advance() throws(GraphQLError) { (token, start) = try lexer.next() }

    private mutating func take(_ mark: Character) throws(GraphQLError) {
        guard token == .mark(mark) else { throw unexpected() }
        try advance()
    }

    private mutating func name() throws(GraphQLError) -> String {
        guard case .name(let name) = token else { throw unexpected() }
        try advance()
        return name
    }

    private func unexpected() -> GraphQLError {
        guard token != .end else { return GraphQLError("the query ends too early: a bracket is open") }
        return GraphQLError("the query has something unexpected at byte \(start)")
    }
}
