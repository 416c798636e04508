import Foundation
import Glibc
import SlipwayDomain

/// What a server answered.
struct Answer: Sendable, CustomStringConvertible {
    let status: Int
    let headers: [String: String]
    let body: [UInt8]
    let seconds: Double

    var text: String { String(decoding: body, as: UTF8.self) }
    /// The body as JSON; nil when it is none.
    var json: JSONValue? { try? JSONValue(parsing: body) }
    var isSuccess: Bool { (200..<300).contains(status) }
    var description: String { "\(status) \(text.prefix(400))" }
}

/// A body as it goes over the wire.
enum Payload: Sendable {
    case none
    case bytes([UInt8])
    /// Announces a length and sends only these first bytes of it.
    case announced(Int, [UInt8])
    /// Sends these bytes chunk by chunk, without end or until so many bytes are sent.
    case chunks([UInt8], upTo: Int)
}

/// One request on one socket, written by hand, so that it can be as wrong as a test wants it.
struct RawHTTP: Sendable {
    let port: Int
    var token: String?

    /// Sends a request and reads the answer. The path goes over the wire as it stands.
    func send(
        _ method: String,
        _ path: String,
        _ payload: Payload = .none,
        headers: [String: String] = [:]
    ) async throws -> Answer {
        try await blocking { try exchange(method, path, payload, headers) }
    }

    func get(_ path: String) async throws -> Answer { try await send("GET", path) }

    func post(_ path: String, _ value: JSONValue = [:]) async throws -> Answer {
        try await send(
            "POST",
            path,
            .bytes(CanonicalJSON.bytes(of: value)),
            headers: ["Content-Type": "application/json"]
        )
    }

    private func exchange(
        _ method: String,
        _ path: String,
        _ payload: Payload,
        _ headers: [String: String]
    ) throws -> Answer {
        let started = DispatchTime.now().uptimeNanoseconds
        let socket = try LoopbackSocket(port: port)
        try socket.write(Array(head(method, path, payload, headers).utf8))
        switch payload {
        case .none: break
        case .bytes(let bytes), .announced(_, let bytes): socket.writeUntilAnswered(bytes)
        case .chunks(let bytes, let limit):
            let chunk = Array("\(String(bytes.count, radix: 16))\r\n".utf8) + bytes + Array("\r\n".utf8)
            var sent = 0
            while sent < limit, socket.writeUntilAnswered(chunk) { sent += bytes.count }
        }
        let (status, fields, body) = try socket.readAnswer(hasBody: method != "HEAD")
        let elapsed = Double(DispatchTime.now().uptimeNanoseconds - started) / 1e9
        return Answer(status: status, headers: fields, body: body, seconds: elapsed)
    }

    private func head(
        _ method: String,
        _ path: String,
        _ payload: Payload,
        _ headers: [String: String]
    ) -> String {
        var fields = ["Host": "127.0.0.1:\(port)", "Connection": "close"]
        switch payload {
        case .none: if method == "POST" { fields["Content-Length"] = "0" }
        case .bytes(let bytes): fields["Content-Length"] = String(bytes.count)
        case .announced(let length, _): fields["Content-Length"] = String(length)
        case .chunks: fields["Transfer-Encoding"] = "chunked"
        }
        if let token { fields["Authorization"] = "Bearer \(token)" }
        fields.merge(headers) { $1 }
        let lines = fields.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)\r\n" }
        return "\(method) \(path) HTTP/1.1\r\n" + lines.joined() + "\r\n"
    }
}
