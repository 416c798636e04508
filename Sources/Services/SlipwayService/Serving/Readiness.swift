internal import Synchronization

/// Whether this process should be sent requests: what a load balancer asks.
package final class Readiness: Sendable {
    private struct State {
        var isLoaded: Bool
        var isDraining = false
    }

    private let state: Mutex<State>

    /// Not ready before `load()` says so, unless nothing has to be waited for.
    package init(isLoaded: Bool) { state = Mutex(State(isLoaded: isLoaded)) }

    /// Of a server that answers as soon as it listens.
    package static let always = Readiness(isLoaded: true)

    /// Everything that serves was tried to be loaded.
    package func load() { state.withLock { $0.isLoaded = true } }

    /// The process is going: requests are answered, and clients should look elsewhere.
    package func drain() { state.withLock { $0.isDraining = true } }

    package var isReady: Bool { state.withLock { $0.isLoaded && !$0.isDraining } }
    package var isDraining: Bool { state.withLock { $0.isDraining } }
}
