internal import SlipwayStore

/// Turns the store's errors into what a caller may hear of them.
enum StoreFailure {
    /// The service error for an error of the store; any other error stays as it is.
    static func serviceError(_ error: any Error) -> any Error {
        guard let error = error as? StoreError else { return error }
        return switch error {
        case .conflict(let text): ServiceError.conflict(text)
        case .constraint: ServiceError.conflict("This breaks a rule of the stored data: nothing was changed")
        case .unavailable: ServiceError.unavailable("The database cannot do this now: try again later")
        case .tooNew, .inUse, .corrupt: ServiceError(.internal, "The database failed: see the server's log")
        }
    }
}

/// A use case on the database: what the store cannot do reaches callers as a service error.
protocol StoreBacked {
    var database: any SQLDatabase { get }
}

extension StoreBacked {
    /// Reads a consistent state.
    func read<Value: Sendable>(_ body: @escaping @Sendable (any SQLReader) throws -> Value) async throws -> Value {
        do { return try await database.read(body) } catch { throw StoreFailure.serviceError(error) }
    }

    /// Writes atomically.
    func write<Value: Sendable>(_ body: @escaping @Sendable (any SQLWriter) throws -> Value) async throws -> Value {
        do { return try await database.write(body) } catch { throw StoreFailure.serviceError(error) }
    }
}
