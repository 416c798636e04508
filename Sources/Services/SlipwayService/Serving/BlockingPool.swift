internal import Dispatch
internal import Synchronization

/// A fixed number of threads for calls that block: model runs and file scans stay off the cooperative pool.
package final class BlockingPool: Sendable {
    private let queues: [DispatchQueue]
    private let next = Atomic<Int>(0)

    package init(name: String, threads: Int) {
        queues = (0..<max(1, threads)).map { DispatchQueue(label: "slipway.\(name).\($0)", qos: .userInitiated) }
    }

    /// Runs `body` on one of the threads.
    package func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        let index = next.add(1, ordering: .relaxed).newValue & Int.max
        return try await withCheckedThrowingContinuation { continuation in
            queues[index % queues.count].async {
                continuation.resume(with: Result { try body() })
            }
        }
    }
}
