/// Frames of HTTP/2, written by hand as far as a rude client of gRPC needs them (RFC 9113, RFC 7541).
enum RawHTTP2 {
    static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
    static let settings = frame(type: 4, flags: 0, stream: 0, [])

    static func frame(type: UInt8, flags: UInt8, stream: UInt32, _ payload: [UInt8]) -> [UInt8] {
        let length = UInt32(payload.count)
        return [UInt8(length >> 16 & 255), UInt8(length >> 8 & 255), UInt8(length & 255), type, flags]
            + (0..<4).map { UInt8(stream >> (24 - 8 * $0) & 255) } + payload
    }

    /// The headers of a gRPC call; each is a literal without an index, short enough for a length of one byte.
    static func call(_ path: String, stream: UInt32 = 1, _ more: [(String, String)] = []) -> [UInt8] {
        let fields =
            [
                (":method", "POST"), (":scheme", "http"), (":path", path), (":authority", "127.0.0.1"),
                ("te", "trailers"),
                ("content-type", "application/grpc"),
            ] + more
        let block = fields.flatMap { field -> [UInt8] in
            let name = Array(field.0.utf8)
            let value = Array(field.1.utf8)
            return [0, UInt8(name.count)] + name + [UInt8(value.count)] + value
        }
        return frame(type: 1, flags: 4, stream: stream, block)
    }

    static func data(_ bytes: [UInt8], stream: UInt32 = 1, isLast: Bool = false) -> [UInt8] {
        frame(type: 0, flags: isLast ? 1 : 0, stream: stream, bytes)
    }

    /// The types and flags of the whole frames of a stream in what a server said.
    static func frames(in bytes: [UInt8], stream: UInt32 = 1) -> [(type: UInt8, flags: UInt8)] {
        var found: [(UInt8, UInt8)] = []
        var rest = bytes[...]
        while rest.count >= 9 {
            let head = Array(rest.prefix(9))
            let length = Int(head[0]) << 16 | Int(head[1]) << 8 | Int(head[2])
            guard rest.count >= 9 + length else { break }
            if head[5...8].reduce(0, { $0 << 8 | UInt32($1) }) == stream { found.append((head[3], head[4])) }
            rest = rest.dropFirst(9 + length)
        }
        return found
    }

    /// Whether the server has ended a stream: with trailers, or with a reset.
    static func isOver(_ bytes: [UInt8]) -> Bool {
        frames(in: bytes).contains { $0.type == 3 || ($0.type == 1 && $0.flags & 1 == 1) }
    }
}
