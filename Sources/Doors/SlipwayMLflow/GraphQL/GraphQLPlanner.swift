internal import SlipwayDomain

/// Checks a document against the schema and the limits, and turns one operation of it into a plan.
///
/// Fragments are followed while the plan is made and each selection counts each time it is met, so that a short document
/// cannot ask for a long answer.
struct GraphQLPlanner {
    private let schema: GraphQLSchema
    private let document: GraphQLDocument
    private let limits: GraphQLLimits
    private var values: GraphQLValues
    private var selections = 0

    /// The plan of the operation called `name`, or of the only one.
    static func plan(
        _ document: GraphQLDocument,
        operation name: String?,
        variables: [String: JSONValue],
        schema: GraphQLSchema = MLflowSchema.schema,
        limits: GraphQLLimits = GraphQLLimits()
    ) throws(GraphQLError) -> (kind: GraphQLDocument.Kind, fields: [GraphQLPlan]) {
        let found = name.map { name in document.operations.filter { $0.name == name } } ?? document.operations
        guard found.count == 1, let operation = found.first else {
            throw GraphQLError(
                name.map { "the query has no operation '\($0.prefix(80))'" }
                    ?? "the query has several operations: say which in operationName"
            )
        }
        guard operation.kind != .subscription else { throw GraphQLError("this server has no subscriptions") }
        var planner = GraphQLPlanner(
            schema: schema,
            document: document,
            limits: limits,
            values: try GraphQLValues(schema: schema, declared: operation.variables, given: variables)
        )
        let root = operation.kind == .query ? "Query" : "Mutation"
        return (operation.kind, try planner.fields(of: [operation.selections], on: root, depth: 1))
    }

    private mutating func fields(
        of sets: [[GraphQLDocument.Selection]],
        on type: String,
        depth: Int
    ) throws(GraphQLError) -> [GraphQLPlan] {
        guard depth <= limits.depth else { throw GraphQLError("the query is deeper than \(limits.depth) fields") }
        var order: [String] = []
        var groups: [String: [GraphQLDocument.Field]] = [:]
        for set in sets {
            for field in try collected(set, on: type, chain: []) {
                if groups[field.key] == nil { order.append(field.key) }
                groups[field.key, default: []].append(field)
            }
        }
        let all = groups.values.joined()
        if depth == 1, all.count > limits.rootFields {
            throw GraphQLError("the query has \(all.count) root fields: at most \(limits.rootFields) are allowed")
        }
        let aliases = all.count { $0.alias != nil }
        guard aliases <= limits.aliases else {
            throw GraphQLError(
                "the query has \(aliases) aliases beside each other: at most \(limits.aliases) are allowed"
            )
        }
        var plans: [GraphQLPlan] = []
        for key in order { plans.append(try plan(groups[key] ?? [], on: type, depth: depth)) }
        return plans
    }

    /// The fields that a selection set comes to, fragments opened, in order.
    private mutating func collected(
        _ set: [GraphQLDocument.Selection],
        on type: String,
        chain: [String]
    ) throws(GraphQLError) -> [GraphQLDocument.Field] {
        var fields: [GraphQLDocument.Field] = []
        for selection in set {
            selections += 1
            guard selections <= limits.selections else {
                throw GraphQLError("the query selects more than \(limits.selections) fields")
            }
            switch selection {
            case .field(let field):
                if try values.includes(field.directives) { fields.append(field) }
            case .inline(let onType, let directives, let inner):
                guard onType == nil || onType == type else { throw Self.mismatch(onType ?? "", type) }
                if try values.includes(directives) { fields += try collected(inner, on: type, chain: chain) }
            case .spread(let name, let directives):
                guard let fragment = document.fragments[name] else {
                    throw GraphQLError("the query has no fragment '\(name)'")
                }
                guard !chain.contains(name) else { throw GraphQLError("the fragment '\(name)' contains itself") }
                guard fragment.onType == type else { throw Self.mismatch(fragment.onType, type) }
                if try values.includes(directives) {
                    fields += try collected(fragment.selections, on: type, chain: chain + [name])
                }
            }
        }
        return fields
    }

    /// The plan of fields that share a key; they must mean the same.
    private mutating func plan(
        _ fields: [GraphQLDocument.Field],
        on type: String,
        depth: Int
    ) throws(GraphQLError) -> GraphQLPlan {
        guard let field = fields.first else { throw GraphQLError("the query selects nothing") }
        if field.name == "__typename", field.arguments.isEmpty, field.selections.isEmpty {
            return GraphQLPlan(key: field.key, name: field.name, type: .named(type), arguments: [:], children: [])
        }
        guard let known = Self.meta(field.name, on: type) ?? schema.types[type]?.field(field.name) else {
            throw GraphQLError("the type '\(type)' has no field '\(field.name)'")
        }
        let arguments = try values.arguments(of: field, known)
        for other in fields.dropFirst() {
            guard other.name == field.name, try values.arguments(of: other, known) == arguments else {
                throw GraphQLError("the fields called '\(field.key)' differ: give them aliases")
            }
        }
        let isObject = schema.types[known.type.name]?.kind == .object
        let sets = fields.map(\.selections)
        guard sets.allSatisfy({ $0.isEmpty != isObject }) else {
            throw GraphQLError(
                isObject
                    ? "the field '\(field.name)' needs a selection of fields of '\(known.type)'"
                    : "the field '\(field.name)' has no fields of its own: it is a '\(known.type)'"
            )
        }
        let children = isObject ? try self.fields(of: sets, on: known.type.name, depth: depth + 1) : []
        return GraphQLPlan(
            key: field.key,
            name: field.name,
            type: known.type,
            arguments: arguments,
            children: children
        )
    }

    /// The two fields of every query that ask for the schema itself.
    private static func meta(_ name: String, on type: String) -> GraphQLSchema.Field? {
        switch (type, name) {
        case ("Query", "__schema"): .init(name: name, type: .nonNull(.named("__Schema")), arguments: [])
        case ("Query", "__type"):
            .init(
                name: name,
                type: .named("__Type"),
                arguments: [.init(name: "name", type: .nonNull(.named("String")), arguments: [])]
            )
        default: nil
        }
    }

    private static func mismatch(_ fragment: String, _ type: String) -> GraphQLError {
        GraphQLError("a fragment on '\(fragment)' cannot stand in '\(type)'")
    }
}
