/// Counts the fields of a binary request before any is made: two bytes may be a whole message, which takes a hundred.
///
/// Bytes that are no protobuf end the count, because the decoder refuses them with its own words.
struct OTLPFieldCount {
    /// A batch of 8,192 spans, a collector's most, has about a million when each has thirty attributes.
    static let most = 2_500_000

    private(set) var count = 0

    /// Whether a request has more fields than are taken.
    static func isTooMany(_ bytes: [UInt8], most: Int = most) -> Bool {
        var counter = OTLPFieldCount()
        bytes.withUnsafeBytes { counter.add($0[...], of: .request, depth: 0, most: most) }
        return counter.count > most
    }

    /// Kinds of messages that hold others (opentelemetry/proto/{trace,common,resource}/v1).
    private enum Kind {
        case request, resourceSpans, resource, scopeSpans, scope, span, event, link, pair, value, list, pairs, entity

        func inner(_ field: UInt64) -> Kind? {
            switch (self, field) {
            case (.request, 1): .resourceSpans
            case (.resourceSpans, 1): .resource
            case (.resourceSpans, 2): .scopeSpans
            case (.resource, 1), (.scope, 3), (.span, 9), (.event, 3), (.link, 4), (.pairs, 1): .pair
            case (.resource, 3): .entity
            case (.scopeSpans, 1): .scope
            case (.scopeSpans, 2): .span
            case (.span, 11): .event
            case (.span, 13): .link
            case (.pair, 2), (.list, 1): .value
            case (.value, 5): .list
            case (.value, 6): .pairs
            default: nil
            }
        }
    }

    private mutating func add(_ bytes: Slice<UnsafeRawBufferPointer>, of kind: Kind, depth: Int, most: Int) {
        // Deeper than the decoder goes.
        guard depth < 300 else { return }
        var rest = bytes
        while count <= most, let tag = Self.number(&rest) {
            count += 1
            switch tag & 7 {
            case 0: guard Self.number(&rest) != nil else { return }
            case 1: rest = rest.dropFirst(8)
            case 5: rest = rest.dropFirst(4)
            case 2:
                guard let length = Self.number(&rest), length <= UInt64(rest.count) else { return }
                if let inner = kind.inner(tag >> 3) {
                    add(rest.prefix(Int(length)), of: inner, depth: depth + 1, most: most)
                }
                rest = rest.dropFirst(Int(length))
            // A group, which the protocol does not have: a decoder skips it and goes on, so what is in it counts as well.
            case 3, 4: break
            default: return
            }
        }
    }

    /// A variable-length number; nil at the end or when it has more than ten bytes.
    private static func number(_ bytes: inout Slice<UnsafeRawBufferPointer>) -> UInt64? {
        var number: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 70, by: 7) {
            guard let byte = bytes.popFirst() else { return nil }
            number |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return number }
        }
        return nil
    }
}
