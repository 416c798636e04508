internal import Synchronization

/// Who may ask a gateway for predictions: the hashes of tokens that its table names.
package final class KnownCallers: Sendable {
    /// nil before the first table came.
    private let hashes = Mutex<Set<String>?>(nil)

    package init() {}

    func set(_ new: Set<String>) { hashes.withLock { $0 = new } }

    /// Somebody whose token the control plane knows; the name stays there.
    /// Throws `unavailable` before that is known: a token that may be good must not be called a bad one.
    package func caller(token: String) throws(ServiceError) -> Caller? {
        guard let known = hashes.withLock({ $0 }) else { throw .gatewayWithoutTable }
        guard token.utf8.count <= 200 else { return nil }
        return known.contains(Accounts.hash(token)) ? Caller(user: "token") : nil
    }
}
