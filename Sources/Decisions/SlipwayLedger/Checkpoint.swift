import FoundationEssentials

/// What a ledger commits to: its first `size` entries have this root (C2SP tlog-checkpoint).
package struct Checkpoint: Hashable, Sendable {
    /// The ledger's name; also the name of the key that signs for it.
    package let origin: String
    /// How many entries are covered.
    package let size: Int
    /// Their RFC 6962 root.
    package let root: Digest32

    /// A claim about a ledger, not signed yet.
    package init(origin: String, size: Int, root: Digest32) {
        self.origin = origin
        self.size = size
        self.root = root
    }

    /// The signed text: origin, size and base64 root on a line each.
    package var body: String { "\(origin)\n\(size)\n\(Data(root.bytes).base64EncodedString())\n" }

    /// Reads a signed text; further lines are other programs' extensions and are passed over.
    package init(body: String) throws(LedgerError) {
        let lines = body.split(separator: "\n", omittingEmptySubsequences: false)
        guard body.hasSuffix("\n"), lines.count >= 4, lines.dropLast().allSatisfy({ !$0.isEmpty }) else {
            throw .badNote("it needs the lines origin, size and root, none of them empty")
        }
        guard let size = Int(lines[1]), size >= 0, String(size) == lines[1] else {
            throw .badNote("its second line is no size: \(lines[1].prefix(40))")
        }
        guard let bytes = Base64.decode(String(lines[2])), let root = Digest32(bytes: bytes) else {
            throw .badNote("its third line is no base64 of 32 bytes: \(lines[2].prefix(60))")
        }
        self.init(origin: String(lines[0]), size: size, root: root)
    }
}

/// Base64 with one text for one value.
enum Base64 {
    /// The bytes of a base64 text; nil when the text is not exactly what encoding the bytes would give.
    static func decode(_ text: String) -> [UInt8]? {
        guard let data = Data(base64Encoded: text), data.base64EncodedString() == text else { return nil }
        return Array(data)
    }
}
