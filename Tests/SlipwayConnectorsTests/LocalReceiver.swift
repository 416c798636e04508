import Foundation
import Glibc
import Synchronization

/// A receiver on a free port of this machine that gives every connection the same bytes for an answer.
final class LocalReceiver: Sendable {
    let port: UInt16
    private let listener: Int32
    private let isListening: Bool
    private let received = Mutex<[String]>([])

    /// The requests so far, as they came.
    var requests: [String] { received.withLock { $0 } }

    /// Without an answer nobody listens at the port, and nobody else gets it.
    init(answer: String?) throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
                bind(listener, raw, length) == 0 && (answer == nil || listen(listener, 8) == 0)
                    && getsockname(listener, raw, &length) == 0
            }
        }
        guard isBound else { throw POSIXError(.EADDRNOTAVAIL) }
        port = UInt16(bigEndian: address.sin_port)
        self.listener = listener
        isListening = answer != nil
        guard let answer else { return }
        let thread = Thread { [weak self] in
            while true {
                let connection = accept(listener, nil, nil)
                guard connection >= 0 else {
                    // Only here: a number that is free again may be another test's listener.
                    close(listener)
                    return
                }
                var bytes = [UInt8](repeating: 0, count: 65_536)
                let count = max(0, recv(connection, &bytes, bytes.count, 0))
                var request = String(decoding: bytes[..<count], as: UTF8.self)
                if request.hasSuffix("\r\n\r\n") {
                    // The body came in a packet of its own.
                    let more = max(0, recv(connection, &bytes, bytes.count, 0))
                    request += String(decoding: bytes[..<more], as: UTF8.self)
                }
                self?.received.withLock { $0.append(request) }
                _ = answer.withCString { Glibc.send(connection, $0, strlen($0), Int32(MSG_NOSIGNAL)) }
                if !answer.contains("chunked") { close(connection) }
            }
        }
        thread.start()
    }

    deinit {
        if isListening {
            // Ends the thread's wait.
            shutdown(listener, Int32(SHUT_RDWR))
        } else {
            close(listener)
        }
    }
}
