internal import SlipwayJSON

/// A value that answers a field, with all that could be asked of it.
indirect enum GraphQLValue {
    case null
    case string(String)
    case integer(Int64)
    case number(Double)
    case bool(Bool)
    case list([GraphQLValue])
    /// By the schema's field names; a name that is absent is null.
    case object([String: GraphQLValue])

    static func optional(_ text: String?) -> GraphQLValue { text.map { .string($0) } ?? .null }

    /// MLflow's scalar LongString: browsers lose digits of large numbers.
    static func long(_ value: Int64?) -> GraphQLValue { value.map { .string(String($0)) } ?? .null }

    /// A double; what is not finite has no form in GraphQL.
    static func float(_ value: Double) -> GraphQLValue { value.isFinite ? .number(value) : .null }
}

extension JSONWriter {
    /// Writes what a plan asks of a value, in the plan's order.
    mutating func write(_ value: GraphQLValue, _ plan: GraphQLPlan) {
        switch value {
        case .null: null()
        case .string(let text): string(text)
        case .integer(let number): integer(number)
        case .number(let number): self.number(number)
        case .bool(let flag): bool(flag)
        case .list(let items): array(items) { $0.write($1, plan) }
        case .object(let members):
            object { writer in
                for child in plan.children {
                    writer.name(child.key)
                    if child.name == "__typename" {
                        writer.string(plan.type.name)
                    } else {
                        writer.write(members[child.name] ?? .null, child)
                    }
                }
            }
        }
    }
}
