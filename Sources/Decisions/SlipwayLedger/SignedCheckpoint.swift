/// A checkpoint with its signatures: a C2SP signed note. Reading one does not verify it.
package struct SignedCheckpoint: Hashable, Sendable {
    /// Longest accepted note in bytes.
    private static let maxBytes = 65_536

    /// What is claimed.
    package let checkpoint: Checkpoint
    /// The whole note, byte for byte.
    package let text: String
    private let body: String
    private let signatures: [Signature]

    private struct Signature: Hashable {
        let name: String
        let keyID: [UInt8]
        let bytes: [UInt8]
    }

    /// Reads a signed note.
    package init(text: String) throws(LedgerError) {
        guard text.utf8.count <= SignedCheckpoint.maxBytes else { throw .badNote("it is over 64 KiB") }
        guard text.unicodeScalars.allSatisfy({ $0 == "\n" || $0.value >= 0x20 && $0.value != 0x7F }) else {
            throw .badNote("it has control characters")
        }
        // The last blank line parts the signed text from the signatures.
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard text.hasSuffix("\n"), let blank = lines.dropLast().lastIndex(where: \.isEmpty), blank > 0 else {
            throw .badNote("there is no blank line between text and signatures, or the last line does not end")
        }
        var signatures: [Signature] = []
        for line in lines[(blank + 1)...].dropLast() {
            let parts = line.split(separator: " ", omittingEmptySubsequences: false)
            guard parts.count == 3, parts[0] == "\u{2014}", !parts[1].isEmpty,
                let bytes = Base64.decode(String(parts[2])), bytes.count > 4
            else { throw .badNote("a signature line is not an em dash, a name and base64: \(line.prefix(80))") }
            signatures.append(
                Signature(name: String(parts[1]), keyID: Array(bytes.prefix(4)), bytes: Array(bytes.dropFirst(4)))
            )
        }
        guard !signatures.isEmpty else { throw .badNote("it has no signature line") }
        self.body = lines[..<blank].joined(separator: "\n") + "\n"
        self.checkpoint = try Checkpoint(body: body)
        self.text = text
        self.signatures = signatures
    }

    /// Passes if the key's owner signed this text for the ledger of the key's name; other keys' signatures are ignored.
    package func verify(by key: VerifierKey) throws(LedgerError) {
        guard checkpoint.origin == key.name else {
            throw .badSignature("it is for the ledger \"\(checkpoint.origin.prefix(80))\", the key for \"\(key.name)\"")
        }
        let own = signatures.filter { $0.name == key.name && $0.keyID == key.id }
        guard !own.isEmpty else { throw .badSignature("nobody signed with the key \(key)") }
        guard own.allSatisfy({ key.isValid($0.bytes, for: body) }) else {
            throw .badSignature("the text is not what the key \(key) signed")
        }
    }
}
