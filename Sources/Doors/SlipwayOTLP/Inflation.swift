internal import CZlib
internal import Glibc

/// Undoes the compression of a request's body, up to a fixed size: a few bytes may claim to be gigabytes.
enum Inflation {
    /// The most bytes that a body may be inflated to.
    static let limit = 64 << 20

    /// The plain bytes of a body that came with this `Content-Encoding`.
    static func plain(_ bytes: [UInt8], encoding: String?, limit: Int = limit) throws(OTLPError) -> [UInt8] {
        switch encoding?.lowercased() {
        case nil, "", "identity": return bytes
        case "gzip", "x-gzip": return try inflated(bytes, windows: [31], "gzip", limit)
        // RFC 9110 means a zlib stream; some clients send the bare one.
        case "deflate": return try inflated(bytes, windows: [15, -15], "deflate", limit)
        case let other?: throw .invalid("Unsupported Content-Encoding: \(other.prefix(80))")
        }
    }

    private static func inflated(
        _ bytes: [UInt8],
        windows: [Int32],
        _ name: String,
        _ limit: Int
    ) throws(OTLPError) -> [UInt8] {
        for window in windows {
            var output: UnsafeMutablePointer<UInt8>?
            var count = 0
            let code = slipway_inflate(bytes, bytes.count, window, limit, &output, &count)
            defer { free(output) }
            switch Int(code) {
            case SLIPWAY_INFLATE_OK: return Array(UnsafeBufferPointer(start: output, count: count))
            case SLIPWAY_INFLATE_TOO_LARGE: throw .tooLarge(limit)
            default: continue
            }
        }
        throw .invalid("Failed to decompress \(name) payload")
    }
}
