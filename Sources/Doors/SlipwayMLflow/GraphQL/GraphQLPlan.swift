internal import SlipwayDomain

/// One field to answer: checked against the schema, with its arguments as values.
struct GraphQLPlan {
    /// The name under which the answer stands.
    let key: String
    let name: String
    let type: GraphQLDocument.TypeReference
    let arguments: [String: JSONValue]
    let children: [GraphQLPlan]

    /// The argument that MLflow's calls have; empty when it was not given.
    var input: [String: JSONValue] { arguments["input"]?.object ?? [:] }

    /// Whether a field is asked for somewhere along `path`.
    func asks(for path: String...) -> Bool { asks(for: path[...]) }

    private func asks(for path: ArraySlice<String>) -> Bool {
        guard let first = path.first else { return true }
        return children.contains { $0.name == first && $0.asks(for: path.dropFirst()) }
    }
}

/// How much one document may ask for; the numbers are MLflow's defaults.
struct GraphQLLimits {
    var depth = 10
    var rootFields = 10
    var aliases = 10
    var selections = 1000
    /// Bytes of a document.
    var size = 100_000
}
