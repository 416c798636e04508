internal import CZlib
internal import Glibc

/// Undoes the compression of a request's body, up to a fixed size: a few bytes may claim to be gigabytes.
package enum Inflation {
    /// The most bytes that a body may be inflated to.
    package static let limit = 64 << 20

    /// Why a body could not be inflated.
    package enum Failure: Error, Equatable {
        case unknownEncoding(String)
        /// The bytes are not of the encoding, by its name, that was stated.
        case broken(String)
        case tooLarge(limit: Int)
    }

    /// The plain bytes of a body that came with this `Content-Encoding`.
    package static func plain(
        _ bytes: [UInt8],
        encoding: String?,
        limit: Int = limit
    ) throws(Failure) -> [UInt8] {
        switch encoding?.lowercased() {
        case nil, "", "identity": return bytes
        case "gzip", "x-gzip": return try inflated(bytes, windows: [31], "gzip", limit)
        // RFC 9110 means a zlib stream; some clients send the bare one.
        case "deflate": return try inflated(bytes, windows: [15, -15], "deflate", limit)
        case let other?: throw .unknownEncoding(String(other.prefix(80)))
        }
    }

    private static func inflated(
        _ bytes: [UInt8],
        windows: [Int32],
        _ name: String,
        _ limit: Int
    ) throws(Failure) -> [UInt8] {
        for window in windows {
            var output: UnsafeMutablePointer<UInt8>?
            var count = 0
            let code = slipway_inflate(bytes, bytes.count, window, limit, &output, &count)
            defer { free(output) }
            switch Int(code) {
            case SLIPWAY_INFLATE_OK: return Array(UnsafeBufferPointer(start: output, count: count))
            case SLIPWAY_INFLATE_TOO_LARGE: throw .tooLarge(limit: limit)
            default: continue
            }
        }
        throw .broken(name)
    }
}
