internal import SlipwayDomain

/// Turns what a document and its variables say into values of the schema's types.
struct GraphQLValues {
    private let schema: GraphQLSchema
    /// Every declared variable; nil for one that was not given and has no fallback.
    private var variables: [String: JSONValue?] = [:]

    init(
        schema: GraphQLSchema,
        declared: [GraphQLDocument.Variable],
        given: [String: JSONValue]
    ) throws(GraphQLError) {
        self.schema = schema
        for variable in declared {
            guard let type = schema.types[variable.type.name], type.kind != .object else {
                throw GraphQLError("the variable '$\(variable.name)' has the unknown type '\(variable.type)'")
            }
            guard variables[variable.name] == nil else {
                throw GraphQLError("the variable '$\(variable.name)' is declared twice")
            }
            let what = "the variable '$\(variable.name)'"
            if let value = given[variable.name] {
                variables[variable.name] = .some(try coerced(value, to: variable.type, what))
            } else if let fallback = variable.fallback {
                variables[variable.name] = .some(try coerced(try json(fallback), to: variable.type, what))
            } else if case .nonNull = variable.type {
                throw GraphQLError("\(what) is required and was not given")
            } else {
                variables[variable.name] = .some(nil)
            }
        }
    }

    /// Whether `@include` and `@skip` let a selection stand. `@component` is a mark of MLflow's pages.
    func includes(_ directives: [GraphQLDocument.Directive]) throws(GraphQLError) -> Bool {
        var isIncluded = true
        for directive in directives {
            guard ["include", "skip"].contains(directive.name) else {
                throw GraphQLError("this server knows no directive '@\(directive.name)' on a selection")
            }
            guard directive.arguments.count == 1, let argument = directive.arguments.first, argument.name == "if",
                let flag = try json(argument.value)?.bool
            else { throw GraphQLError("'@\(directive.name)' needs an argument 'if' that is true or false") }
            if flag == (directive.name == "skip") { isIncluded = false }
        }
        return isIncluded
    }

    /// The arguments of a field, by name; those not given are left out.
    func arguments(
        of field: GraphQLDocument.Field,
        _ known: GraphQLSchema.Field
    ) throws(GraphQLError) -> [String: JSONValue] {
        for argument in field.arguments where !known.arguments.contains(where: { $0.name == argument.name }) {
            throw GraphQLError("the field '\(field.name)' has no argument '\(argument.name)'")
        }
        var arguments: [String: JSONValue] = [:]
        for argument in known.arguments {
            let what = "the argument '\(argument.name)' of '\(field.name)'"
            guard let given = field.arguments.first(where: { $0.name == argument.name }),
                let value = try json(given.value)
            else {
                if case .nonNull = argument.type { throw GraphQLError("\(what) is required and was not given") }
                continue
            }
            arguments[argument.name] = try coerced(value, to: argument.type, what)
        }
        return arguments
    }

    /// The value with its variables put in; nil for a variable that was not given.
    private func json(_ input: GraphQLDocument.Input) throws(GraphQLError) -> JSONValue? {
        switch input {
        case .variable(let name):
            guard let value = variables[name] else { throw GraphQLError("the variable '$\(name)' is not declared") }
            return value
        case .integer(let text):
            guard let value = Int64(text) else { throw GraphQLError("the number \(text.prefix(40)) is too large") }
            return .integer(value)
        case .float(let text):
            guard let value = Double(text), value.isFinite else {
                throw GraphQLError("the number \(text.prefix(40)) is too large")
            }
            return .number(value)
        case .string(let text), .enumeration(let text): return .string(text)
        case .bool(let flag): return .bool(flag)
        case .null: return .null
        case .list(let items):
            var list: [JSONValue] = []
            for item in items { list.append(try json(item) ?? .null) }
            return .array(list)
        case .object(let members):
            var object: [String: JSONValue] = [:]
            for member in members { object[member.name] = try json(member.value) }
            return .object(object)
        }
    }

    private func coerced(
        _ value: JSONValue?,
        to type: GraphQLDocument.TypeReference,
        _ what: String
    ) throws(GraphQLError) -> JSONValue {
        let value = value ?? .null
        if value == .null {
            guard case .nonNull = type else { return .null }
            throw GraphQLError("\(what) must not be null")
        }
        switch type.nullable {
        case .nonNull(let inner): return try coerced(value, to: inner, what)
        case .list(let item):
            var list: [JSONValue] = []
            // A single value stands for a list of one.
            for element in value.array ?? [value] { list.append(try coerced(element, to: item, what)) }
            return .array(list)
        case .named(let name): return try coerced(value, named: name, what)
        }
    }

    private func coerced(_ value: JSONValue, named name: String, _ what: String) throws(GraphQLError) -> JSONValue {
        guard let type = schema.types[name] else { throw GraphQLError("\(what) has an unknown type") }
        let wrong = GraphQLError("\(what) must be of the type '\(name)'")
        switch (type.kind, name) {
        case (.enumeration, _):
            guard let text = value.string, type.values.contains(text) else { throw wrong }
            return value
        case (.input, _):
            guard let given = value.object else { throw wrong }
            var object: [String: JSONValue] = [:]
            for (key, member) in given.sorted(by: { $0.key < $1.key }) {
                guard let field = type.field(key) else {
                    throw GraphQLError("'\(name)' has no field '\(key.prefix(80))'")
                }
                object[key] = try coerced(member, to: field.type, "'\(key)' of '\(name)'")
            }
            return .object(object)
        case (_, "String"):
            guard value.string != nil else { throw wrong }
            return value
        case (_, "Boolean"):
            guard value.bool != nil else { throw wrong }
            return value
        case (_, "Int"):
            guard let number = value.integer, Int32(exactly: number) != nil else { throw wrong }
            return .integer(number)
        case (_, "LongString"):
            guard let number = value.integer ?? value.string.flatMap({ Int64($0) }) else { throw wrong }
            return .integer(number)
        default: throw wrong
        }
    }
}
