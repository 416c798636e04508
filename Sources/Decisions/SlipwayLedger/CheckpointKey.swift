import Crypto
import FoundationEssentials

/// The private half of a ledger's Ed25519 key.
package struct CheckpointSigner: Sendable {
    /// The public half, to be given to whoever verifies.
    package let verifierKey: VerifierKey
    private let seed: [UInt8]

    /// Makes a signer from 32 secret random bytes; `name` becomes the origin of its checkpoints.
    package init(name: String, seed: [UInt8]) throws(LedgerError) {
        let key = try CheckpointSigner.key(seed)
        self.verifierKey = try VerifierKey(name: name, publicKey: Array(key.publicKey.rawRepresentation))
        self.seed = seed
    }

    /// The checkpoint of a ledger with `size` entries and this root, as the text of a signed note.
    package func sign(size: Int, root: Digest32) throws(LedgerError) -> String {
        let body = Checkpoint(origin: verifierKey.name, size: size, root: root).body
        let signature: Data
        do {
            signature = try CheckpointSigner.key(seed).signature(for: Array(body.utf8))
        } catch {
            throw .badSignature("signing failed: \(error)")
        }
        let encoded = Data(verifierKey.id + signature).base64EncodedString()
        return "\(body)\n\u{2014} \(verifierKey.name) \(encoded)\n"
    }

    private static func key(_ seed: [UInt8]) throws(LedgerError) -> Curve25519.Signing.PrivateKey {
        do {
            return try Curve25519.Signing.PrivateKey(rawRepresentation: seed)
        } catch {
            throw .badNote("a signing key has 32 bytes, this one has \(seed.count)")
        }
    }
}

/// The public half of a ledger's Ed25519 key, as C2SP signed-note names and numbers it.
package struct VerifierKey: Hashable, Sendable, CustomStringConvertible {
    /// The marker of Ed25519 in key ids and key texts.
    private static let algorithm: UInt8 = 0x01

    /// The key's name, which is also the ledger's origin.
    package let name: String
    /// The 32 bytes of the public key.
    package let publicKey: [UInt8]

    /// A key of 32 bytes; its name has no white space and no plus sign.
    package init(name: String, publicKey: [UInt8]) throws(LedgerError) {
        let isAllowed = name.unicodeScalars.allSatisfy { !$0.properties.isWhitespace && $0 != "+" && $0.value >= 0x20 }
        guard !name.isEmpty, isAllowed else {
            throw .badNote("a key's name has no spaces and no plus sign, unlike \"\(name.prefix(80))\"")
        }
        guard publicKey.count == 32 else {
            throw .badNote("a public key has 32 bytes, this one has \(publicKey.count)")
        }
        self.name = name
        self.publicKey = publicKey
    }

    /// Reads `name+hexid+base64(0x01||key)`.
    package init(text: String) throws(LedgerError) {
        let parts = text.split(separator: "+", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, let bytes = Base64.decode(String(parts[2])), bytes.first == VerifierKey.algorithm else {
            throw .badNote("a verifier key is written name+id+base64 and is for Ed25519")
        }
        try self.init(name: String(parts[0]), publicKey: Array(bytes.dropFirst()))
        guard description == text else {
            throw .badNote("the id in the verifier key does not belong to its name and key")
        }
    }

    /// The four bytes that mark this key's signatures: the start of SHA-256(name || "\n" || 0x01 || key).
    package var id: [UInt8] {
        Array(Digest32.sha256(Array(name.utf8) + [0x0A, VerifierKey.algorithm] + publicKey).bytes.prefix(4))
    }

    /// The key as text, `name+hexid+base64(0x01||key)`.
    package var description: String {
        let encoded = Data([VerifierKey.algorithm] + publicKey).base64EncodedString()
        let hex = id.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        return "\(name)+\(hex)+\(encoded)"
    }

    /// Whether `signature` over `message` is by this key.
    func isValid(_ signature: [UInt8], for message: String) -> Bool {
        do {
            let key = try Curve25519.Signing.PublicKey(rawRepresentation: publicKey)
            return key.isValidSignature(signature, for: Array(message.utf8))
        } catch {
            return false
        }
    }
}
