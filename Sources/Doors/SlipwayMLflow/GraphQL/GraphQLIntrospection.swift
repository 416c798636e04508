internal import SlipwayDomain

/// Answers the fields that ask for the schema itself. Types refer to each other in circles, so only what the plan asks
/// for is built.
struct GraphQLIntrospection {
    let schema: GraphQLSchema

    func value(_ plan: GraphQLPlan) -> GraphQLValue {
        if plan.name == "__type" {
            return plan.arguments["name"]?.string.map { named($0, plan) } ?? .null
        }
        return object(plan) { child in
            switch child.name {
            case "types": .list(schema.types.keys.sorted().map { named($0, child) })
            case "queryType": named("Query", child)
            case "mutationType": named("Mutation", child)
            case "directives":
                .list(["include", "skip"].map { directive($0, child) })
            default: .null
            }
        }
    }

    private func object(_ plan: GraphQLPlan, _ member: (GraphQLPlan) -> GraphQLValue) -> GraphQLValue {
        var members: [String: GraphQLValue] = [:]
        for child in plan.children { members[child.name] = member(child) }
        return .object(members)
    }

    private func named(_ name: String, _ plan: GraphQLPlan) -> GraphQLValue {
        guard let type = schema.types[name] else { return .null }
        return object(plan) { child in
            switch child.name {
            case "kind": .string(type.kind.rawValue)
            case "name": .string(name)
            case "fields":
                type.kind == .object ? .list(type.fields.map { field($0, child) }) : .null
            case "inputFields":
                type.kind == .input ? .list(type.fields.map { input($0, child) }) : .null
            case "enumValues":
                type.kind == .enumeration ? .list(type.values.map { value($0, child) }) : .null
            case "interfaces": type.kind == .object ? .list([]) : .null
            default: .null
            }
        }
    }

    private func type(_ type: GraphQLDocument.TypeReference, _ plan: GraphQLPlan) -> GraphQLValue {
        let (kind, inner): (String, GraphQLDocument.TypeReference)
        switch type {
        case .named(let name): return named(name, plan)
        case .list(let item): (kind, inner) = ("LIST", item)
        case .nonNull(let item): (kind, inner) = ("NON_NULL", item)
        }
        return object(plan) { child in
            switch child.name {
            case "kind": .string(kind)
            case "ofType": self.type(inner, child)
            default: .null
            }
        }
    }

    private func field(_ field: GraphQLSchema.Field, _ plan: GraphQLPlan) -> GraphQLValue {
        object(plan) { child in
            switch child.name {
            case "name": .string(field.name)
            case "args": .list(field.arguments.map { input($0, child) })
            case "type": type(field.type, child)
            case "isDeprecated": .bool(false)
            default: .null
            }
        }
    }

    private func input(_ field: GraphQLSchema.Field, _ plan: GraphQLPlan) -> GraphQLValue {
        object(plan) { child in
            switch child.name {
            case "name": .string(field.name)
            case "type": type(field.type, child)
            case "isDeprecated": .bool(false)
            default: .null
            }
        }
    }

    private func value(_ name: String, _ plan: GraphQLPlan) -> GraphQLValue {
        .object(["name": .string(name), "isDeprecated": .bool(false)])
    }

    private func directive(_ name: String, _ plan: GraphQLPlan) -> GraphQLValue {
        object(plan) { child in
            switch child.name {
            case "name": .string(name)
            case "isRepeatable": .bool(false)
            case "locations": .list(["FIELD", "FRAGMENT_SPREAD", "INLINE_FRAGMENT"].map { .string($0) })
            case "args":
                .list([input(.init(name: "if", type: .nonNull(.named("Boolean")), arguments: []), child)])
            default: .null
            }
        }
    }
}
