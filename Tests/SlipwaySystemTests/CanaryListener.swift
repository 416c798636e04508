import Foundation
import Glibc
import Synchronization

/// Listens on a port of this machine and counts who comes: nobody should.
final class CanaryListener: Sendable {
    let port: Int
    private let descriptor: Int32
    private let count = Mutex(0)

    init() throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(descriptor, address, length) == 0 && listen(descriptor, 16) == 0
                    && getsockname(descriptor, address, &length) == 0
            }
        }
        guard result else { throw SystemTestError("cannot listen: \(String(cString: strerror(errno)))") }
        self.descriptor = descriptor
        port = Int(UInt16(bigEndian: address.sin_port))
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
