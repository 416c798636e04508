/// An IPv4 or IPv6 address as its bytes.
package struct HostAddress: Sendable, Hashable, CustomStringConvertible {
    /// 4 or 16 bytes, the most significant first.
    package let bytes: [UInt8]

    /// Nil unless there are 4 or 16 bytes.
    package init?(bytes: [UInt8]) {
        guard bytes.count == 4 || bytes.count == 16 else { return nil }
        self.bytes = bytes
    }

    /// Reads `192.0.2.1` or `2001:db8::1` (RFC 4291 section 2.2). Other spellings that some libraries take for addresses,
    /// such as `127.1`, `0x7f000001` or `010.0.0.1`, are none.
    package init?(_ text: String) {
        if let four = Self.dotted(text[...]) {
            bytes = four
        } else if let sixteen = Self.colons(text) {
            bytes = sixteen
        } else {
            return nil
        }
    }

    package var description: String {
        guard bytes.count == 16 else { return bytes.map(String.init).joined(separator: ".") }
        return stride(from: 0, to: 16, by: 2)
            .map { String(UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]), radix: 16) }.joined(separator: ":")
    }

    private static func dotted(_ text: Substring) -> [UInt8]? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var bytes: [UInt8] = []
        for part in parts {
            let isPlain = part.utf8.allSatisfy { (48...57).contains($0) } && (part == "0" || !part.hasPrefix("0"))
            guard isPlain, let byte = UInt8(part) else { return nil }
            bytes.append(byte)
        }
        return bytes
    }

    private static func colons(_ text: String) -> [UInt8]? {
        guard text.utf8.count <= 45, text.contains(":") else { return nil }
        let halves = text.split(separator: "::", maxSplits: 2, omittingEmptySubsequences: false)
        guard halves.count <= 2 else { return nil }
        guard let head = groups(halves[0], mayEndDotted: halves.count == 1) else { return nil }
        guard halves.count == 2 else { return head.count == 16 ? head : nil }
        guard let tail = groups(halves[1], mayEndDotted: true), head.count + tail.count <= 14 else { return nil }
        return head + Array(repeating: 0, count: 16 - head.count - tail.count) + tail
    }

    /// The bytes of groups between colons, the last of which may be a dotted IPv4 address.
    private static func groups(_ text: Substring, mayEndDotted: Bool) -> [UInt8]? {
        guard !text.isEmpty else { return [] }
        var bytes: [UInt8] = []
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        for (index, part) in parts.enumerated() {
            if mayEndDotted, index == parts.count - 1, part.contains(".") {
                guard let four = dotted(part) else { return nil }
                bytes += four
                continue
            }
            let isHex = (1...4).contains(part.utf8.count) && part.utf8.allSatisfy { isHexDigit($0) }
            guard isHex, let word = UInt16(part, radix: 16) else { return nil }
            bytes += [UInt8(word >> 8), UInt8(word & 255)]
        }
        return bytes
    }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (65...70).contains(byte) || (97...102).contains(byte)
    }
}

extension HostAddress {
    /// Whether anybody on the internet may be meant by it: what is not in IANA's registries of special-purpose addresses
    /// (RFC 6890 and its successors), after IPv4 addresses inside IPv6 ones have been looked through.
    package var isPublic: Bool {
        if bytes.count == 4 { return !Self.special4.contains { $0.holds(bytes) } }
        // IPv4-mapped (RFC 4291) and NAT64 (RFC 6052) addresses lead to the IPv4 address in their last four bytes.
        if Self.mapped.holds(bytes) || Self.translated.holds(bytes) {
            return HostAddress(bytes: Array(bytes[12...]))?.isPublic ?? false
        }
        return Self.global6.holds(bytes) && !Self.special6.contains { $0.holds(bytes) }
    }

    /// All addresses that begin with the same bits.
    private struct Block {
        let prefix: [UInt8]
        let bits: Int

        init(_ address: String, _ bits: Int) {
            guard let prefix = HostAddress(address)?.bytes else { preconditionFailure("\(address) is an address") }
            self.prefix = prefix
            self.bits = bits
        }

        func holds(_ bytes: [UInt8]) -> Bool {
            guard bytes.count == prefix.count else { return false }
            let whole = bits / 8
            guard bytes.prefix(whole) == prefix.prefix(whole) else { return false }
            guard bits % 8 > 0 else { return true }
            let mask = UInt8(truncatingIfNeeded: 0xFF00 >> (bits % 8))
            return bytes[whole] & mask == prefix[whole] & mask
        }
    }

    private static let special4 = [
        Block("0.0.0.0", 8), Block("10.0.0.0", 8), Block("100.64.0.0", 10), Block("127.0.0.0", 8),
        Block("169.254.0.0", 16), Block("172.16.0.0", 12), Block("192.0.0.0", 24), Block("192.0.2.0", 24),
        Block("192.88.99.0", 24), Block("192.168.0.0", 16), Block("198.18.0.0", 15), Block("198.51.100.0", 24),
        Block("203.0.113.0", 24), Block("224.0.0.0", 3),
    ]
    private static let mapped = Block("::ffff:0:0", 96)
    private static let translated = Block("64:ff9b::", 96)
    /// The only part of IPv6 that is given out as global unicast: loopback, link-local, site-local, unique local,
    /// multicast and local NAT64 addresses are outside.
    private static let global6 = Block("2000::", 3)
    /// Within it: protocol assignments with Teredo and ORCHID, documentation, and 6to4, which may hide any IPv4 address.
    private static let special6 = [
        Block("2001::", 23), Block("2001:db8::", 32), Block("2002::", 16), Block("3fff::", 20),
    ]
}
