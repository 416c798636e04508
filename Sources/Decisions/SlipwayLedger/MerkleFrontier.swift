/// The right edge of a Merkle tree: all that appending needs, about log2(size) digests.
///
/// Peak k is the root of a perfect subtree; their sizes are the binary digits of `size`, the largest first.
package struct MerkleFrontier: Hashable, Sendable, Codable {
    /// How many leaves were appended.
    package private(set) var size: Int
    /// The roots of the perfect subtrees, from the left.
    package private(set) var peaks: [Digest32]

    /// The frontier of an empty tree.
    package init() {
        size = 0
        peaks = []
    }

    /// A stored frontier; refused unless there is one peak for each 1 in the binary form of `size`.
    package init(size: Int, peaks: [Digest32]) throws(LedgerError) {
        guard size >= 0, peaks.count == size.nonzeroBitCount else {
            throw .outOfRange("a frontier of size \(size) cannot have \(peaks.count) peaks")
        }
        self.size = size
        self.peaks = peaks
    }

    /// Appends the hash of the next leaf.
    package mutating func append(_ leafHash: Digest32) {
        var node = leafHash
        // Each trailing 1 of the old size is a subtree as large as the new one: the two become one.
        for _ in 0..<(~size).trailingZeroBitCount { node = MerkleHash.node(peaks.removeLast(), node) }
        peaks.append(node)
        size += 1
    }

    /// The RFC 6962 tree head over all leaves so far.
    package var root: Digest32 {
        guard var root = peaks.last else { return MerkleHash.empty }
        for peak in peaks.dropLast().reversed() { root = MerkleHash.node(peak, root) }
        return root
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        try self.init(
            size: container.decode(Int.self, forKey: .size),
            peaks: container.decode([Digest32].self, forKey: .peaks)
        )
    }

    private enum CodingKeys: CodingKey { case size, peaks }
}
