internal import Synchronization

/// The memory that bodies take while they are on their way: many slow clients must not fill it.
package final class BodyMemory: Sendable {
    /// What all doors of a process share, as they share its memory.
    package static let shared = BodyMemory(limit: 1 << 30)

    private let limit: Int
    private let used = Atomic(0)

    package init(limit: Int) { self.limit = limit }

    /// A part of the memory; given back when nobody holds it any more.
    package final class Share: Sendable {
        private let memory: BodyMemory
        private let bytes = Atomic(0)

        package init(of memory: BodyMemory = .shared) { self.memory = memory }

        deinit { memory.used.subtract(bytes.load(ordering: .relaxed), ordering: .relaxed) }

        /// Takes so many bytes more; false when there is no room.
        package func grow(by count: Int) -> Bool {
            guard memory.used.add(count, ordering: .relaxed).newValue <= memory.limit else {
                memory.used.subtract(count, ordering: .relaxed)
                return false
            }
            bytes.add(count, ordering: .relaxed)
            return true
        }

        /// Gives everything back.
        package func clear() { memory.used.subtract(bytes.exchange(0, ordering: .relaxed), ordering: .relaxed) }
    }
}
