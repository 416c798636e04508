internal import SlipwayDomain

/// What both encodings agree on when they make a span of ours.
enum OTLPSpan {
    /// How deep a value may be nested.
    static let deepest = 60

    /// The ids of a span from its bytes: 16 for the trace, 8 for the span; a parent of none or of zeros is no parent.
    static func ids(
        trace: [UInt8],
        span: [UInt8],
        parent: [UInt8]
    ) throws(OTLPError) -> (trace: String, span: String, parent: String?) {
        guard trace.count == 16 else { throw .badSpan("its trace id must be 16 bytes") }
        guard span.count == 8 else { throw .badSpan("its span id must be 8 bytes") }
        guard parent.isEmpty || parent.count == 8 else { throw .badSpan("its parent span id must be 8 bytes") }
        let isRoot = parent.allSatisfy { $0 == 0 }
        return (HexText.text(trace), HexText.text(span), isRoot ? nil : HexText.text(parent))
    }

    /// Nanoseconds that fit 64 signed bits, which they do until the year 2262.
    static func time(_ nanoseconds: UInt64) throws(OTLPError) -> Int64 {
        guard let time = Int64(exactly: nanoseconds) else { throw .badSpan("a time is beyond the year 2262") }
        return time
    }

    /// MLflow's name of a trace.
    static func traceID(_ hex: String) -> String { "tr-\(hex)" }

    /// The status by its number in the protocol.
    static func status(_ code: Int64) -> TraceSpan.Status {
        switch code {
        case 1: .ok
        case 2: .error
        default: .unset
        }
    }
}
