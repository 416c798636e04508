internal import GRPCCore

/// How long a call may take, as its client said in `grpc-timeout`: up to 8 digits and a unit (gRPC over HTTP/2).
enum CallTimeout {
    /// Nanoseconds, or nil when the client set none, or none that can be read.
    static func nanoseconds(_ metadata: Metadata) -> UInt64? {
        for text in metadata[stringValues: "grpc-timeout"] { return nanoseconds(text) }
        return nil
    }

    static func nanoseconds(_ text: String) -> UInt64? {
        guard let unit = text.last, (2...9).contains(text.utf8.count), let count = UInt64(text.dropLast()) else {
            return nil
        }
        switch unit {
        case "H": return count * 3_600_000_000_000
        case "M": return count * 60_000_000_000
        case "S": return count * 1_000_000_000
        case "m": return count * 1_000_000
        case "u": return count * 1000
        case "n": return count
        default: return nil
        }
    }
}
