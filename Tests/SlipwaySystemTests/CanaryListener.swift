import Foundation
import Glibc
import Synchronization

/// Listens on a port of this machine and counts who comes: nobody should.
final class CanaryListener: Sendable {
    let port: Int
    private let descriptor: Int32
    private let count = Mutex(0)

    init() throws {
        let listener = try LoopbackListener()
        descriptor = listener.descriptor
        port = listener.port
    }

    deinit { close(descriptor) }

    /// How many connections came so far; none is answered.
    var connections: Int {
        count.withLock { count in
            while true {
                var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
                guard poll(&waiting, 1, 0) > 0 else { return count }
                let visitor = accept(descriptor, nil, nil)
                guard visitor >= 0 else { return count }
                close(visitor)
                count += 1
            }
        }
    }
}
