import SlipwayLedger
import Testing

@Suite("The Merkle tree is that of RFC 6962")
struct MerkleTreeTests {
    /// The reference leaves and roots of the certificate-transparency test suite.
    static let leaves: [[UInt8]] = [
        [], [0x00], [0x10], [0x20, 0x21], [0x30, 0x31], [0x40, 0x41, 0x42, 0x43], Array(0x50...0x57),
        Array(0x60...0x6F),
    ]
    static let roots = [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ]

    @Test("The roots of the reference leaves are the reference roots")
    func referenceRoots() throws {
        let tree = MerkleTree(leafHashes: MerkleTreeTests.leaves.map { MerkleHash.leaf($0) })
        var frontier = MerkleFrontier()
        #expect(frontier.root.hex == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        for (index, root) in MerkleTreeTests.roots.enumerated() {
            frontier.append(MerkleHash.leaf(MerkleTreeTests.leaves[index]))
            #expect(frontier.root.hex == root)
            #expect(try tree.root(of: index + 1).hex == root)
        }
    }

    @Test("The reference proofs are found")
    func referenceProofs() throws {
        let tree = MerkleTree(leafHashes: MerkleTreeTests.leaves.map { MerkleHash.leaf($0) })
        #expect(try tree.inclusionProof(index: 0, size: 1) == [])
        #expect(
            try tree.inclusionProof(index: 0, size: 8).map(\.hex) == [
                "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
            ]
        )
        #expect(
            try tree.inclusionProof(index: 1, size: 5).map(\.hex) == [
                "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            ]
        )
        #expect(
            try tree.consistencyProof(from: 6, to: 8).map(\.hex) == [
                "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ]
        )
        #expect(
            try tree.consistencyProof(from: 2, to: 5).map(\.hex) == [
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            ]
        )
    }

    @Test("The frontier has the recursive definition's root at every size up to 130, and is restored from its peaks")
    func frontier() throws {
        // Section 2.1 word by word: split at the largest power of two below the size.
        func definition(_ leaves: ArraySlice<Digest32>) -> Digest32 {
            guard let first = leaves.first else { return MerkleHash.empty }
            guard leaves.count > 1 else { return first }
            var split = 1
            while split * 2 < leaves.count { split *= 2 }
            return MerkleHash.node(definition(leaves.prefix(split)), definition(leaves.dropFirst(split)))
        }
        let hashes = Sample.hashes(130)
        var frontier = MerkleFrontier()
        for size in 0...130 {
            #expect(frontier.root == definition(hashes.prefix(size)))
            #expect(frontier.peaks.count == size.nonzeroBitCount)
            #expect(try MerkleFrontier(size: frontier.size, peaks: frontier.peaks) == frontier)
            if size < 130 { frontier.append(hashes[size]) }
        }
        #expect(throws: LedgerError.self) { try MerkleFrontier(size: 3, peaks: [hashes[0]]) }
        #expect(throws: LedgerError.self) { try MerkleFrontier(size: -1, peaks: hashes) }
    }

    @Test("Every inclusion proof up to size 130 holds, and for no neighbour, no other size and no damaged hash")
    func inclusion() throws {
        let hashes = Sample.hashes(130)
        let tree = MerkleTree(leafHashes: hashes)
        for size in 1...130 {
            let root = try tree.root(of: size)
            for index in stride(from: 0, to: size, by: size < 20 ? 1 : 11) {
                let proof = try tree.inclusionProof(index: index, size: size)
                func holds(_ leaf: Digest32, _ index: Int, _ size: Int, _ proof: [Digest32]) -> Bool {
                    MerkleProof.verifyInclusion(of: leaf, index: index, size: size, proof: proof, root: root)
                }
                #expect(holds(hashes[index], index, size, proof))
                #expect(!holds(hashes[(index + 1) % 130], index, size, proof))
                #expect(!holds(hashes[index], index + 1, size, proof))
                #expect(!holds(hashes[index], index - 1, size, proof))
                #expect(!holds(hashes[index], index, size, proof + [root]))
                #expect(size == 1 || !holds(hashes[index], index, size, Array(proof.dropLast())))
                for position in proof.indices {
                    var damaged = proof
                    damaged[position] = hashes[129]
                    #expect(damaged == proof || !holds(hashes[index], index, size, damaged))
                }
            }
        }
    }

    @Test("Every consistency proof up to size 130 holds, and for no other root and no damaged hash")
    func consistency() throws {
        let tree = MerkleTree(leafHashes: Sample.hashes(130))
        let roots = try (0...130).map { try tree.root(of: $0) }
        for new in 0...130 {
            for old in stride(from: 0, through: new, by: new < 20 ? 1 : 7) {
                let proof = try tree.consistencyProof(from: old, to: new)
                func holds(_ oldRoot: Digest32, _ newRoot: Digest32, _ proof: [Digest32]) -> Bool {
                    MerkleProof.verifyConsistency(from: old, oldRoot: oldRoot, to: new, newRoot: newRoot, proof: proof)
                }
                #expect(holds(roots[old], roots[new], proof))
                #expect(!holds(roots[(old + 1) % 131], roots[new], proof))
                #expect(old == 0 || !holds(roots[old], roots[(new + 1) % 131], proof))
                #expect(!holds(roots[old], roots[new], proof + [roots[1]]))
                #expect(proof.isEmpty || !holds(roots[old], roots[new], Array(proof.dropFirst())))
                for position in proof.indices {
                    var damaged = proof
                    damaged[position] = MerkleHash.empty
                    #expect(!holds(roots[old], roots[new], damaged))
                }
            }
        }
    }

    @Test("Indexes and sizes outside the tree are refused")
    func outside() {
        let tree = MerkleTree(leafHashes: Sample.hashes(5))
        #expect(throws: LedgerError.self) { try tree.root(of: 6) }
        #expect(throws: LedgerError.self) { try tree.root(of: -1) }
        #expect(throws: LedgerError.self) { try tree.inclusionProof(index: 5, size: 5) }
        #expect(throws: LedgerError.self) { try tree.inclusionProof(index: -1, size: 5) }
        #expect(throws: LedgerError.self) { try tree.inclusionProof(index: 0, size: 6) }
        #expect(throws: LedgerError.self) { try tree.consistencyProof(from: 4, to: 3) }
        #expect(throws: LedgerError.self) { try tree.consistencyProof(from: -1, to: 3) }
        #expect(throws: LedgerError.self) { try tree.consistencyProof(from: 1, to: 6) }
    }
}

@Suite("A digest is 32 bytes and 64 hexadecimal digits")
struct Digest32Tests {
    @Test("SHA-256 of abc is the standard's value, and text and bytes are read back")
    func forms() throws {
        let digest = Digest32.sha256(Array("abc".utf8))
        #expect(digest.hex == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(Digest32(hex: digest.hex) == digest)
        #expect(Digest32(hex: digest.prefixed) == digest)
        #expect(Digest32(bytes: digest.bytes) == digest)
    }

    @Test("Other texts and counts are refused")
    func refuses() {
        let hex = MerkleHash.empty.hex
        for text in ["", String(hex.dropLast()), hex + "0", hex.uppercased(), "g" + hex.dropFirst(), "sha512:" + hex] {
            #expect(Digest32(hex: text) == nil)
        }
        #expect(Digest32(bytes: [UInt8](repeating: 0, count: 31)) == nil)
    }
}
