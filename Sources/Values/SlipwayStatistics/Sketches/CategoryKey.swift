/// A category name, compared byte by byte, with its stable hash.
///
/// Swift compares texts by Unicode equivalence, which would let the first spelling seen decide the stored bytes. A name
/// over 200 bytes is stored as its first 200 bytes, `...#` and the hash of the whole, so memory stays bounded.
package struct CategoryKey: Sendable, Hashable, Comparable {
    /// The longest name, in UTF-8 bytes, that is stored whole.
    package static let longestName = 200
    /// The name.
    package let name: String
    /// `StableHash` of the whole name.
    package let hash: UInt64

    /// The key of a name.
    package init(_ text: String) {
        hash = StableHash.hash(text)
        name = text.utf8.count <= CategoryKey.longestName ? text : CategoryKey.shortened(text, hash)
    }

    /// The key of a stored name: the hash of a shortened name is read from its end.
    init(stored name: String) {
        self.name = name
        if let mark = name.utf8.lastIndex(of: UInt8(ascii: "#")), name.utf8.count > CategoryKey.longestName,
            name[..<mark].hasSuffix("..."),
            name.utf8.distance(from: mark, to: name.utf8.endIndex) == 17,
            let hash = UInt64(name[name.utf8.index(after: mark)...], radix: 16)
        {
            self.hash = hash
        } else {
            hash = StableHash.hash(name)
        }
    }

    private static func shortened(_ text: String, _ hash: UInt64) -> String {
        let digits = String(hash, radix: 16)
        let padded = String(repeating: "0", count: 16 - digits.count) + digits
        var end = text.utf8.index(text.utf8.startIndex, offsetBy: longestName)
        while end.samePosition(in: text.unicodeScalars) == nil { end = text.utf8.index(before: end) }
        return String(text[..<end]) + "...#" + padded
    }

    @inline(__always)
    package static func == (a: CategoryKey, b: CategoryKey) -> Bool {
        // Spellings that are equal by Unicode but not by bytes have different hashes, so they stay apart here.
        a.hash == b.hash && a.name == b.name
    }

    /// Order by hash, then by bytes: the order in which a full table keeps its categories.
    package static func < (a: CategoryKey, b: CategoryKey) -> Bool {
        a.hash != b.hash ? a.hash < b.hash : a.name.utf8.lexicographicallyPrecedes(b.name.utf8)
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(hash) }
}
