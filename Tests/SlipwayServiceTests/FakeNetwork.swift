import SlipwayService
import Synchronization

/// Name servers and receivers as a test sets them up.
final class FakeNetwork: WebhookTransport {
    struct Post: Sendable {
        let url: WebhookURL
        let address: HostAddress
        let message: WebhookMessage

        func header(_ name: String) -> String? { message.headers.first { $0.name == name }?.value }
        var body: String { String(decoding: message.body, as: UTF8.self) }
        var delivery: String { header("X-MLflow-Delivery-Id") ?? "" }
    }

    private struct State {
        var names: [String: [[HostAddress]]] = [:]
        var posts: [Post] = []
        var answers: [String: [DeliveryOutcome]] = [:]
        var held: Set<String> = []
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    /// What was sent, in order.
    var posts: [Post] { state.withLock { $0.posts } }

    func posts(to host: String) -> [Post] { posts.filter { $0.url.host == host } }

    func set(_ host: String, _ addresses: [String], then later: [String]? = nil) {
        let lists = [addresses, later].compactMap { $0 }.map { $0.compactMap { HostAddress($0) } }
        state.withLock { $0.names[host] = lists }
    }

    /// How a host's next posts end; later ones are answered with 200.
    func answer(_ host: String, _ outcomes: DeliveryOutcome...) {
        state.withLock { $0.answers[host, default: []] += outcomes }
    }

    /// Lets the host's posts hang until `release`.
    func hold(_ host: String) { state.withLock { _ = $0.held.insert(host) } }

    func release() {
        let waiting = state.withLock { state in
            state.held = []
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    func addresses(of host: String) async -> [HostAddress] {
        state.withLock { state in
            guard var lists = state.names[host] else { return [] }
            let first = lists[0]
            if lists.count > 1 {
                lists.removeFirst()
                state.names[host] = lists
            }
            return first
        }
    }

    func post(_ message: WebhookMessage, to url: WebhookURL, at address: HostAddress) async -> DeliveryOutcome {
        state.withLock { $0.posts.append(Post(url: url, address: address, message: message)) }
        await withCheckedContinuation { continuation in
            let passes = state.withLock { state in
                guard state.held.contains(url.host) else { return true }
                state.waiting.append(continuation)
                return false
            }
            if passes { continuation.resume() }
        }
        return state.withLock { state in
            guard var answers = state.answers[url.host], !answers.isEmpty else {
                return .answered(status: 200, retryAfter: nil)
            }
            let first = answers.removeFirst()
            state.answers[url.host] = answers
            return first
        }
    }
}
