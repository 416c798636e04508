internal import Foundation
package import SlipwayService

/// Who may call: the one rule of all doors, whatever they speak.
package struct AccessRule: Sendable {
    private let requiresToken: Bool
    /// Turns credentials into a caller, or nil when they prove nothing; throws when nobody can tell now.
    private let authenticate: @Sendable (_ token: String) async throws(ServiceError) -> Caller?

    /// As `authenticate`, of what is known without waiting for anything; nil sends the question there.
    private let recall: @Sendable (_ token: String) -> Caller?

    package init(
        requiresToken: Bool,
        recall: @escaping @Sendable (_ token: String) -> Caller? = { _ in nil },
        authenticate: @escaping @Sendable (_ token: String) async throws(ServiceError) -> Caller?
    ) {
        self.requiresToken = requiresToken
        self.recall = recall
        self.authenticate = authenticate
    }

    /// Who asks, by the value of `authorization`; nil when the call is to be refused. An open call needs no credentials.
    package func caller(authorization: String?, isOpen: @autoclosure () -> Bool) async throws(ServiceError) -> Caller? {
        guard let authorization else { return !requiresToken || isOpen() ? .anonymous : nil }
        // A token that proves nothing is refused even where none is needed: its owner should learn that it is wrong.
        guard let token = Self.token(in: authorization) else { return nil }
        return try await authenticate(token)
    }

    /// Who asks, where that needs no waiting; nil when it does, and for whoever is to be refused.
    package func callerAtOnce(authorization: String?) -> Caller? {
        guard let authorization else { return requiresToken ? nil : .anonymous }
        return Self.token(in: authorization).flatMap(recall)
    }

    /// The token of `Bearer T`, or the password of `Basic base64(user:T)`, which is how MLflow's client sends either.
    static func token(in header: String) -> String? {
        let parts = header.split(separator: " ", maxSplits: 1)
        guard parts.count == 2 else { return nil }
        switch parts[0].lowercased() {
        case "bearer": return String(parts[1])
        case "basic":
            guard let data = Data(base64Encoded: String(parts[1])), let text = String(data: data, encoding: .utf8),
                let colon = text.firstIndex(of: ":")
            else { return nil }
            return String(text[text.index(after: colon)...])
        default: return nil
        }
    }
}
