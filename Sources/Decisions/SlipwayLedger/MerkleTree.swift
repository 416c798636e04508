/// Roots and proofs of RFC 6962 section 2.1 over leaf hashes that are read when needed.
package struct MerkleTree {
    /// How many leaves there are.
    package let size: Int
    private let leafHash: (Int) -> Digest32

    /// A tree over leaf hashes in memory.
    package init(leafHashes: [Digest32]) {
        self.init(size: leafHashes.count) { leafHashes[$0] }
    }

    /// A tree over `size` leaf hashes that `leafHash` looks up.
    package init(size: Int, leafHash: @escaping (Int) -> Digest32) {
        self.size = size
        self.leafHash = leafHash
    }

    /// The root over all leaves.
    package var root: Digest32 { subroot(0..<size) }

    /// The root over the first `size` leaves.
    package func root(of size: Int) throws(LedgerError) -> Digest32 {
        guard (0...self.size).contains(size) else {
            throw .outOfRange("there is no tree of size \(size) in one of size \(self.size)")
        }
        return subroot(0..<size)
    }

    /// The hashes that lead from leaf `index` to the root over the first `size` leaves (section 2.1.1).
    package func inclusionProof(index: Int, size: Int) throws(LedgerError) -> [Digest32] {
        guard size <= self.size, index >= 0, index < size else {
            throw .outOfRange("entry \(index) is not among the first \(size) of \(self.size)")
        }
        var proof: [Digest32] = []
        var range = 0..<size
        while range.count > 1 {
            let middle = range.lowerBound + MerkleTree.split(range.count)
            let left = range.lowerBound..<middle
            let right = middle..<range.upperBound
            proof.append(subroot(index < middle ? right : left))
            range = index < middle ? left : right
        }
        return proof.reversed()
    }

    /// The hashes that show the first `old` leaves to be a prefix of the first `new` ones (section 2.1.2).
    package func consistencyProof(from old: Int, to new: Int) throws(LedgerError) -> [Digest32] {
        guard old >= 0, old <= new, new <= size else {
            throw .outOfRange("sizes \(old) and \(new) do not follow each other in a tree of size \(size)")
        }
        guard old > 0, old < new else { return [] }
        var proof: [Digest32] = []
        var range = 0..<new
        var isOldRoot = true
        while range.upperBound != old {
            let middle = range.lowerBound + MerkleTree.split(range.count)
            if old <= middle {
                proof.append(subroot(middle..<range.upperBound))
                range = range.lowerBound..<middle
            } else {
                proof.append(subroot(range.lowerBound..<middle))
                range = middle..<range.upperBound
                isOldRoot = false
            }
        }
        if !isOldRoot { proof.append(subroot(range)) }
        return proof.reversed()
    }

    /// The largest power of two below `count`, which is at least 2.
    private static func split(_ count: Int) -> Int { 1 << (Int.bitWidth - 1 - (count - 1).leadingZeroBitCount) }

    private func subroot(_ range: Range<Int>) -> Digest32 {
        var frontier = MerkleFrontier()
        for index in range { frontier.append(leafHash(index)) }
        return frontier.root
    }
}
