/// A parsed executable document (GraphQL October 2021, section 2): operations and fragments.
struct GraphQLDocument {
    enum Kind: String { case query, mutation, subscription }

    struct Operation {
        let kind: Kind
        let name: String?
        let variables: [Variable]
        let selections: [Selection]
    }

    /// A variable as an operation declares it.
    struct Variable {
        let name: String
        let type: TypeReference
        let fallback: Input?
    }

    struct Fragment {
        let name: String
        let onType: String
        let selections: [Selection]
    }

    struct Field {
        let alias: String?
        let name: String
        let arguments: [(name: String, value: Input)]
        let directives: [Directive]
        let selections: [Selection]

        /// The name under which the answer stands.
        var key: String { alias ?? name }
    }

    indirect enum Selection {
        case field(Field)
        case spread(fragment: String, directives: [Directive])
        case inline(onType: String?, directives: [Directive], selections: [Selection])
    }

    struct Directive {
        let name: String
        let arguments: [(name: String, value: Input)]
    }

    /// A value as the document writes it.
    indirect enum Input {
        case variable(String)
        case integer(String)
        case float(String)
        case string(String)
        case bool(Bool)
        case null
        case enumeration(String)
        case list([Input])
        case object([(name: String, value: Input)])
    }

    indirect enum TypeReference: Equatable, Sendable, CustomStringConvertible {
        case named(String)
        case list(TypeReference)
        case nonNull(TypeReference)

        var description: String {
            switch self {
            case .named(let name): name
            case .list(let item): "[\(item)]"
            case .nonNull(let type): "\(type)!"
            }
        }

        /// The type at the heart of lists and marks.
        var name: String {
            switch self {
            case .named(let name): name
            case .list(let type), .nonNull(let type): type.name
            }
        }

        /// The type without the mark that forbids null.
        var nullable: TypeReference { if case .nonNull(let type) = self { type } else { self } }
    }

    let operations: [Operation]
    let fragments: [String: Fragment]
}

/// Why a document cannot be carried out.
struct GraphQLError: Error, Equatable {
    let message: String

    init(_ message: String) { self.message = message }
}
