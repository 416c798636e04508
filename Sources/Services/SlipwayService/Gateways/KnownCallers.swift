internal import Synchronization

/// Who may ask a gateway for predictions: the hashes of tokens that its table names.
package final class KnownCallers: Sendable {
    private let hashes = Mutex<Set<String>>([])

    package init() {}

    func set(_ new: Set<String>) { hashes.withLock { $0 = new } }

    /// Somebody whose token the control plane knows; the name stays there.
    package func caller(token: String) -> Caller? {
        guard token.utf8.count <= 200 else { return nil }
        let hash = Accounts.hash(token)
        return hashes.withLock { $0.contains(hash) } ? Caller(user: "token") : nil
    }
}
