internal import Hummingbird
internal import SlipwayDomain
internal import SlipwayJSON
package import SlipwayWire

/// MLflow's GraphQL endpoint, which its pages ask for runs and experiments.
///
/// A document that cannot be carried out is answered with 400, what a use case refuses with 200 and null for its field;
/// both carry sentences in `errors`, as MLflow's server writes them.
package struct GraphQLRoutes: RouteGroup {
    private static let limits = GraphQLLimits()

    private let graph: MLflowGraph

    package init(graph: MLflowGraph) { self.graph = graph }

    package var routes: [Route] {
        [.post, .get].map { method in
            Route(method, "/graphql") { request, context in
                do {
                    let question = try await Question(request, context, limit: Self.limits.size)
                    return try await answer(question, context)
                } catch let error as GraphQLError {
                    return Self.response(errors: [error.message])
                } catch {
                    return MLflowError(error).response
                }
            }
        }
    }

    /// What a request asks.
    private struct Question {
        let document: String
        let operation: String?
        let variables: [String: JSONValue]
        let mayChange: Bool

        init(_ request: Request, _ context: WireContext, limit: Int) async throws {
            // Twice the document's limit: variables come beside it.
            let fields = try await MLflowRequest.read(request, context: context, limit: 2 * limit)
            guard let document = try fields.text("query"), !document.isEmpty else {
                throw GraphQLError("the request has no 'query'")
            }
            guard document.utf8.count <= limit else { throw GraphQLError("the query is longer than \(limit) bytes") }
            self.document = document
            operation = try fields.text("operationName").flatMap { $0.isEmpty ? nil : $0 }
            mayChange = request.method == .post
            switch try fields.field("variables") {
            case .node(let node):
                guard let object = try JSONValue(node).object else { throw Self.wrongVariables }
                variables = object
            case .text(let text):
                guard let object = try JSONValue(parsing: Array(text.utf8)).object else { throw Self.wrongVariables }
                variables = object
            case nil: variables = [:]
            }
        }

        private static var wrongVariables: GraphQLError { GraphQLError("'variables' must be a JSON object") }
    }

    private func answer(_ question: Question, _ context: WireContext) async throws -> Response {
        let plan = try GraphQLPlanner.plan(
            GraphQLParser.document(question.document),
            operation: question.operation,
            variables: question.variables,
            limits: Self.limits
        )
        guard plan.kind == .query || question.mayChange else {
            throw GraphQLError("a mutation must be sent with POST")
        }
        var errors: [String] = []
        var values: [String: GraphQLValue] = [:]
        for field in plan.fields where field.name != "__typename" {
            do {
                values[field.key] = try await graph.value(field, context.caller)
            } catch let error as GraphQLError {
                errors.append(error.message)
            } catch {
                errors.append(MLflowError(error).message)
            }
        }
        return .message { writer in
            writer.name("data")
            writer.object { writer in
                for field in plan.fields {
                    writer.name(field.key)
                    if field.name == "__typename" {
                        writer.string(field.type.name)
                    } else {
                        writer.write(values[field.key] ?? .null, field)
                    }
                }
            }
            writer.name("errors")
            if errors.isEmpty { writer.null() } else { writer.array(errors) { $0.string($1) } }
        }
    }

    private static func response(errors: [String]) -> Response {
        var writer = JSONWriter()
        writer.object { writer in
            writer.name("data")
            writer.null()
            writer.name("errors")
            writer.array(errors) { $0.string($1) }
        }
        return .json(writer.bytes, status: .badRequest)
    }
}
