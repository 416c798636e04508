import Crypto

/// The two hashes of RFC 6962 section 2.1; the leading byte keeps a leaf from being taken for an inner node.
package enum MerkleHash {
    private static let leafPrefix: [UInt8] = [0x00]
    private static let nodePrefix: [UInt8] = [0x01]

    /// The root of a tree without leaves: SHA-256 of nothing.
    package static let empty = Digest32(SHA256().finalize())

    /// SHA-256(0x00 || bytes).
    package static func leaf(_ bytes: [UInt8]) -> Digest32 {
        var hasher = SHA256()
        hasher.update(data: leafPrefix)
        hasher.update(data: bytes)
        return Digest32(hasher.finalize())
    }

    /// SHA-256(0x01 || left || right).
    package static func node(_ left: Digest32, _ right: Digest32) -> Digest32 {
        var hasher = SHA256()
        hasher.update(data: nodePrefix)
        left.hash(into: &hasher)
        right.hash(into: &hasher)
        return Digest32(hasher.finalize())
    }
}
