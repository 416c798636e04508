import Foundation
import Glibc
import SlipwayDomain
import Testing

/// A client that sends exactly the bytes it is told: ordinary clients tidy paths up before they send them.
struct RawClient: Sendable {
    let port: Int

    /// An answer as it came over the wire.
    struct Answer: Sendable {
        let status: Int
        /// Names in lower case.
        let headers: [String: String]
        let body: [UInt8]

        var text: String { String(decoding: body, as: UTF8.self) }
        var json: JSONValue { (try? JSONValue(parsing: body)) ?? .null }
        var errorCode: String? { json["error_code"]?.string }
    }

    /// Sends one request; `line` is the method and the raw target.
    func send(
        _ line: String,
        headers: [String: String] = [:],
        body: [UInt8]? = nil
    ) async throws -> Answer {
        var head = line + " HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nConnection: close\r\n"
        for (name, value) in headers.sorted(by: { $0.key < $1.key }) { head += "\(name): \(value)\r\n" }
        if let body, headers["Content-Length"] == nil, headers["Transfer-Encoding"] == nil {
            head += "Content-Length: \(body.count)\r\n"
        }
        let bytes = Array((head + "\r\n").utf8) + (body ?? [])
        return try await exchange(bytes)
    }

    /// Sends a JSON body.
    func call(_ line: String, _ json: JSONValue) async throws -> Answer {
        try await send(
            line,
            headers: ["Content-Type": "application/json"],
            body: CanonicalJSON.bytes(of: json)
        )
    }

    func post(_ path: String, _ json: JSONValue) async throws -> Answer { try await call("POST " + path, json) }

    /// Sends bytes and reads until the server closes; with `hangsUp` the sending side is closed right away.
    func exchange(_ bytes: [UInt8], hangsUp: Bool = false) async throws -> Answer {
        let port = self.port
        let received: [UInt8] = try await withCheckedThrowingContinuation { continuation in
            // Not a queue: its threads are those that the server runs on too.
            Thread.detachNewThread {
                continuation.resume(with: Result { try Self.talk(port: port, bytes, hangsUp: hangsUp) })
            }
        }
        return try Self.parse(received)
    }

    private struct SocketFailure: Error { let code: Int32 }

    private static func talk(port: Int, _ bytes: [UInt8], hangsUp: Bool) throws -> [UInt8] {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw SocketFailure(code: errno) }
        defer { close(descriptor) }
        var wait = timeval(tv_sec: 120, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &wait, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { throw SocketFailure(code: errno) }
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                Glibc.send(
                    descriptor,
                    buffer.baseAddress?.advanced(by: sent),
                    buffer.count - sent,
                    Int32(MSG_NOSIGNAL)
                )
            }
            // The server may answer and close before it has read a body that it refuses.
            guard count > 0 else { break }
            sent += count
        }
        if hangsUp { shutdown(descriptor, Int32(SHUT_WR)) }
        var received: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { break }
            received += buffer[0..<count]
        }
        return received
    }

    private static func parse(_ bytes: [UInt8]) throws -> Answer {
        guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else {
            return Answer(status: 0, headers: [:], body: bytes)
        }
        let head = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n")
        let status = head.first?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        var headers: [String: String] = [:]
        for line in head.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            headers[parts[0].lowercased()] = parts.count > 1 ? parts[1].trimmingCharacters(in: .whitespaces) : ""
        }
        return Answer(status: status, headers: headers, body: Array(bytes[end.upperBound...]))
    }
}
