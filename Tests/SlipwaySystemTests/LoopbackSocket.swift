import CoreFoundation
import Glibc

/// A blocking TCP connection to this machine that gives up after half a minute.
final class LoopbackSocket {
    let descriptor: Int32
    private static let timeoutSeconds = 30

    init(port: Int) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw SystemTestError("no socket: \(Self.reason)") }
        var limit = timeval(tv_sec: Self.timeoutSeconds, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port).bigEndian)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw SystemTestError("no connection to port \(port): \(Self.reason)") }
    }

    deinit { close(descriptor) }

    func write(_ bytes: [UInt8]) throws {
        guard writeAll(bytes) else { throw SystemTestError("the connection broke while sending: \(Self.reason)") }
    }

    /// Writes, unless the server answers meanwhile or hangs up; says whether all was written.
    @discardableResult
    func writeUntilAnswered(_ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            var waiting = pollfd(fd: descriptor, events: Int16(POLLIN | POLLOUT), revents: 0)
            guard poll(&waiting, 1, Int32(Self.timeoutSeconds * 1000)) > 0 else { return false }
            guard waiting.revents & Int16(POLLIN | POLLERR | POLLHUP) == 0 else { return false }
            let count = rest.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
            }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    private func writeAll(_ bytes: [UInt8]) -> Bool {
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes { buffer -> Int in
                guard let base = buffer.baseAddress else { return 0 }
                return Glibc.send(descriptor, base + done, bytes.count - done, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            done += count
        }
        return true
    }

    /// Reads one whole answer: up to its length, its last chunk, or the end of the connection. One to HEAD has no body.
    func readAnswer(hasBody: Bool = true) throws -> (status: Int, headers: [String: String], body: [UInt8]) {
        var received: [UInt8] = []
        var head: (status: Int, headers: [String: String], length: Int)?
        while true {
            if head == nil { head = try Self.head(of: received) }
            if let head {
                if !hasBody { return (head.status, head.headers, []) }
                let body = Array(received[head.length...])
                if let stated = head.headers["content-length"].flatMap(Int.init), body.count >= stated {
                    return (head.status, head.headers, Array(body.prefix(stated)))
                }
                if head.headers["transfer-encoding"] == "chunked", let whole = Self.unchunked(body) {
                    return (head.status, head.headers, whole)
                }
                if head.status == 204 { return (head.status, head.headers, []) }
            }
            let piece = read()
            guard !piece.isEmpty else {
                guard let head else {
                    throw SystemTestError("the connection ended without an answer: \(Self.reason)")
                }
                guard head.headers["content-length"] == nil, head.headers["transfer-encoding"] == nil else {
                    throw SystemTestError("the connection ended in the middle of an answer: \(Self.reason)")
                }
                return (head.status, head.headers, Array(received[head.length...]))
            }
            received += piece
        }
    }

    /// Sends the start of a request and nothing more, or one byte a quarter second, and says whether the server hangs up
    /// within the half minute that this socket waits.
    func waitsForTheEnd(after opening: String, trickle: Bool) throws -> Bool {
        if !opening.isEmpty { try write(Array(opening.utf8)) }
        for _ in 0..<100 {
            var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let isReady = poll(&waiting, 1, 250) > 0
            // What the server says before it hangs up is of no interest here.
            if isReady, read().isEmpty { return true }
            if !isReady, trickle, !writeAll([UInt8(ascii: "a")]) { return true }
        }
        return false
    }

    /// The status of the answer to some bytes; nil when the server hangs up without one.
    func answer(to text: String) throws -> Int? {
        try write(Array(text.utf8))
        return try? readAnswer().status  // A connection that ends is an answer here.
    }

    private func read() -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 65_536) { buffer, count in
            count = max(0, recv(descriptor, buffer.baseAddress, buffer.count, 0))
        }
    }

    private static func head(of bytes: [UInt8]) throws -> (Int, [String: String], Int)? {
        let end = Array("\r\n\r\n".utf8)
        guard let length = bytes.indices.first(where: { bytes[$0...].starts(with: end) }) else { return nil }
        let lines = String(decoding: bytes[..<length], as: UTF8.self).split(separator: "\r\n")
        let words = lines.first?.split(separator: " ") ?? []
        guard words.count >= 2, let status = Int(words[1]) else {
            throw SystemTestError("this is no HTTP answer: \(lines.first ?? "")")
        }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            headers[line[..<colon].lowercased()] = line[line.index(after: colon)...].drop { $0 == " " }.description
        }
        return (status, headers, length + end.count)
    }

    /// The body inside chunks, or nil while the last one is missing.
    private static func unchunked(_ bytes: [UInt8]) -> [UInt8]? {
        var output: [UInt8] = []
        var rest = bytes[...]
        while let end = rest.firstIndex(of: UInt8(ascii: "\r")) {
            guard let size = Int(String(decoding: rest[..<end], as: UTF8.self), radix: 16) else { return nil }
            if size == 0 { return output }
            guard rest.endIndex >= end + 2 + size + 2 else { return nil }
            output += rest[(end + 2)..<(end + 2 + size)]
            rest = rest[(end + 2 + size + 2)...]
        }
        return nil
    }

    private static var reason: String { String(cString: strerror(errno)) }
}
