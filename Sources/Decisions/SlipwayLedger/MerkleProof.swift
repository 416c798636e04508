/// Checks of proofs, which need no tree (RFC 9162 sections 2.1.3.2 and 2.1.4.2; the tree is that of RFC 6962).
package enum MerkleProof {
    /// Whether `proof` shows that `leafHash` is leaf `index` of the tree of `size` leaves with this root.
    package static func verifyInclusion(
        of leafHash: Digest32,
        index: Int,
        size: Int,
        proof: [Digest32],
        root: Digest32
    ) -> Bool {
        guard index >= 0, index < size else { return false }
        var position = index
        var last = size - 1
        var node = leafHash
        for sibling in proof {
            guard last > 0 else { return false }
            if position & 1 == 1 || position == last {
                node = MerkleHash.node(sibling, node)
                while position & 1 == 0, position != 0 {
                    position >>= 1
                    last >>= 1
                }
            } else {
                node = MerkleHash.node(node, sibling)
            }
            position >>= 1
            last >>= 1
        }
        return last == 0 && node == root
    }

    /// Whether `proof` shows that the tree of `new` leaves begins with the tree of `old` leaves.
    package static func verifyConsistency(
        from old: Int,
        oldRoot: Digest32,
        to new: Int,
        newRoot: Digest32,
        proof: [Digest32]
    ) -> Bool {
        guard old >= 0, old <= new else { return false }
        if old == new { return proof.isEmpty && oldRoot == newRoot }
        // Everything begins with the empty tree.
        if old == 0 { return proof.isEmpty && oldRoot == MerkleHash.empty }
        let path = old.nonzeroBitCount == 1 ? [oldRoot] + proof : proof
        guard let start = path.first else { return false }
        var position = old - 1
        var last = new - 1
        while position & 1 == 1 {
            position >>= 1
            last >>= 1
        }
        var oldNode = start
        var newNode = start
        for sibling in path.dropFirst() {
            guard last > 0 else { return false }
            if position & 1 == 1 || position == last {
                oldNode = MerkleHash.node(sibling, oldNode)
                newNode = MerkleHash.node(sibling, newNode)
                while position & 1 == 0, position != 0 {
                    position >>= 1
                    last >>= 1
                }
            } else {
                newNode = MerkleHash.node(newNode, sibling)
            }
            position >>= 1
            last >>= 1
        }
        return last == 0 && oldNode == oldRoot && newNode == newRoot
    }
}
