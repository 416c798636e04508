/// One line of what a server could serve.
package struct RepositoryEntry: Sendable, Equatable {
    /// Whether a model answers.
    package enum State: String, Sendable {
        case ready = "READY"
        case unavailable = "UNAVAILABLE"
    }

    package let name: String
    package let version: Int
    package let state: State
    /// Why it does not answer; empty when it does.
    package let reason: String

    package init(name: String, version: Int, state: State, reason: String) {
        self.name = name
        self.version = version
        self.state = state
        self.reason = reason
    }
}

/// The repository calls of the inference doors: what is there, and putting models in and out of memory.
package protocol ModelRepository: Sendable {
    /// All models with their versions, by name.
    func index() async throws -> [RepositoryEntry]
    /// Puts a model into memory, or reads it anew; it answers when this returns.
    func load(_ model: String) async throws
    /// Takes a model out of service; requests that run on it end first.
    func unload(_ model: String) async throws
}

/// The repository of a governed server: what is in memory follows from releases, and from nothing else.
package struct GovernedRepository: ModelRepository {
    private let routing: RoutingTable

    package init(routing: RoutingTable) { self.routing = routing }

    package func index() async throws -> [RepositoryEntry] {
        guard routing.isSettled else { throw ServiceError.gatewayWithoutTable }
        return routing.models.flatMap { model -> [RepositoryEntry] in
            guard let endpoint = routing.endpoint(model) else { return [] }
            return [endpoint.stable, endpoint.candidate].compactMap { $0 }.map {
                RepositoryEntry(
                    name: model,
                    version: $0.version,
                    state: $0.isReady ? .ready : .unavailable,
                    reason: $0.isReady ? "" : "its upstream is not asked for now"
                )
            }
        }
    }

    package func load(_ model: String) async throws { throw try refusal(model, "slipway ship \(model)@VERSION") }
    package func unload(_ model: String) async throws { throw try refusal(model, "slipway rollback \(model)") }

    private func refusal(_ model: String, _ command: String) throws(ServiceError) -> ServiceError {
        guard routing.endpoint(model) != nil else {
            guard routing.isSettled else { throw .gatewayWithoutTable }
            throw .notFound("no model '\(model.prefix(80))' is served here: releases decide what is")
        }
        return .forbidden("releases decide what serves '\(model.prefix(80))': use `\(command)`")
    }
}
