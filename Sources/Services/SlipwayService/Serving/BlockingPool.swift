internal import Dispatch
internal import Synchronization

/// A fixed number of threads for calls that block: model runs and file scans stay off the cooperative pool.
package final class BlockingPool: Sendable {
    private let queues: [DispatchQueue]
    /// How much waits for each thread or runs on it.
    private let pending: Mutex<[Int]>

    /// How many threads there are.
    package var threads: Int { queues.count }

    package init(name: String, threads: Int) {
        queues = (0..<max(1, threads)).map { DispatchQueue(label: "slipway.\(name).\($0)", qos: .userInitiated) }
        pending = Mutex([Int](repeating: 0, count: max(1, threads)))
    }

    /// Runs `body` on the thread that has the least to do.
    package func submit(_ body: @escaping @Sendable () -> Void) {
        let index = pending.withLock { pending in
            let least = pending.indices.min { pending[$0] < pending[$1] } ?? 0
            pending[least] += 1
            return least
        }
        queues[index].async { [self] in
            body()
            pending.withLock { $0[index] -= 1 }
        }
    }

    /// Runs `body` on one of the threads and waits for what it gives.
    // Not on the caller's actor: there a checked continuation goes on outside of it (Swift 6.3, optimised), and the gateway
    // ended at its first model. Who comes from an actor goes back to it by itself.
    @inline(never)
    @concurrent
    package func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            submit { continuation.resume(with: Result { try body() }) }
        }
    }
}
