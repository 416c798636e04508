package import SlipwayDomain

/// All that a third party needs, besides the ledger's verifier key, to see offline that an entry is in the ledger.
package struct InclusionProof: Hashable, Sendable {
    private static let format = "slipway-inclusion-proof/v1"

    /// The entry's canonical bytes as text.
    package let entry: String
    /// The entry's place in the ledger, from 0.
    package let index: Int
    /// The hashes from the leaf up to the root.
    package let hashes: [Digest32]
    /// The signed checkpoint, whose size is the tree's size.
    package let checkpoint: String

    /// Bundles an entry's stored bytes with its proof and the checkpoint that the proof leads to.
    package init(entryBytes: [UInt8], index: Int, hashes: [Digest32], checkpoint: String) {
        self.entry = String(decoding: entryBytes, as: UTF8.self)
        self.index = index
        self.hashes = hashes
        self.checkpoint = checkpoint
    }

    /// Returns the entry that is proved, or throws with what does not hold.
    package func verify(by key: VerifierKey) throws(LedgerError) -> Entry {
        let signed = try SignedCheckpoint(text: checkpoint)
        try signed.verify(by: key)
        let bytes = Array(entry.utf8)
        let holds = MerkleProof.verifyInclusion(
            of: MerkleHash.leaf(bytes),
            index: index,
            size: signed.checkpoint.size,
            proof: hashes,
            root: signed.checkpoint.root
        )
        guard holds else {
            throw .badProof("entry \(index) does not lead to the signed root of \(signed.checkpoint.size) entries")
        }
        return try Entry(canonicalBytes: bytes)
    }

    /// The proof as a JSON object; the leaf hash is SHA-256 of a zero byte and the UTF-8 bytes of `entry`.
    package var json: JSONValue {
        [
            "format": .string(InclusionProof.format), "entry": .string(entry), "index": .integer(Int64(index)),
            "hashes": .array(hashes.map { .string($0.hex) }), "checkpoint": .string(checkpoint),
        ]
    }

    /// Reads what `json` writes.
    package init(json: JSONValue) throws(LedgerError) {
        guard json["format"]?.string == InclusionProof.format else {
            throw .badProof("its format is not \(InclusionProof.format)")
        }
        guard let entry = json["entry"]?.string, let index = json["index"]?.integer, let position = Int(exactly: index),
            let texts = json["hashes"]?.array, let checkpoint = json["checkpoint"]?.string
        else { throw .badProof("entry, index, hashes or checkpoint is missing or of another type") }
        self.hashes = try texts.map { (text) throws(LedgerError) in
            guard let digest = text.string.flatMap({ Digest32(hex: $0) }) else {
                throw .badProof("a hash is not 64 hexadecimal digits")
            }
            return digest
        }
        self.entry = entry
        self.index = position
        self.checkpoint = checkpoint
    }
}
