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
        let nanoseconds: UInt64
        switch unit {
        case "H": nanoseconds = 3_600_000_000_000
        case "M": nanoseconds = 60_000_000_000
        case "S": nanoseconds = 1_000_000_000
        case "m": nanoseconds = 1_000_000
        case "u": nanoseconds = 1000
        case "n": nanoseconds = 1
        default: return nil
        }
        // Eight digits of hours are more than there are nanoseconds.
        let (product, overflow) = count.multipliedReportingOverflow(by: nanoseconds)
        return overflow ? .max : product
    }
}
