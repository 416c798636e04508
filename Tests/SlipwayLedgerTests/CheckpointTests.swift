import FoundationEssentials
import SlipwayDomain
import SlipwayLedger
import Testing

@Suite("A checkpoint is a C2SP signed note")
struct CheckpointTests {
    private func note() throws -> (text: String, signer: CheckpointSigner) {
        let signer = try Sample.signer.get()
        return (try signer.sign(size: 8, root: MerkleTree(leafHashes: Sample.hashes(8)).root), signer)
    }

    @Test("Golden: the root, key and checkpoint of a fixed ledger of 8 entries")
    func golden() throws {
        let ledger = try StoredLedger(count: 8, checkpointsAt: [8])
        let key = ledger.signer.verifierKey
        try expectGolden("\(ledger.frontier.root)\n\(key)\n\(ledger.checkpoints[0])", "ledger-of-8.txt")
    }

    /// The key of the example in C2SP's signed-note specification and of Go's sumdb/note package.
    @Test("A key text known from elsewhere is read and has the known id")
    func foreignKey() throws {
        let key = try VerifierKey(text: "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
        #expect(key.name == "PeterNeumann")
        #expect(key.id == [0xC7, 0x4F, 0x20, 0xA3])
    }

    @Test("What is signed is read, verified and has the ledger's numbers")
    func roundTrip() throws {
        let (text, signer) = try note()
        let signed = try SignedCheckpoint(text: text)
        #expect(signed.checkpoint.size == 8)
        #expect(signed.checkpoint.origin == "example.org/ledger")
        #expect(throws: Never.self) { try signed.verify(by: signer.verifierKey) }
        #expect(try VerifierKey(text: signer.verifierKey.description) == signer.verifierKey)
        #expect(text == (try note()).text, "Ed25519 signing is deterministic")
    }

    @Test("Any one changed byte is refused")
    func everyByte() throws {
        let (text, signer) = try note()
        let bytes = Array(text.utf8)
        for index in bytes.indices {
            var damaged = bytes
            damaged[index] ^= 1
            #expect(throws: LedgerError.self, "byte \(index)") {
                guard let text = String(validating: damaged, as: UTF8.self) else { throw LedgerError.badNote("UTF-8") }
                try SignedCheckpoint(text: text).verify(by: signer.verifierKey)
            }
        }
    }

    @Test("A signature by another key does not count, beside the right one it does not harm")
    func otherKeys() throws {
        let (text, signer) = try note()
        let other = try CheckpointSigner(name: "example.org/ledger", seed: [UInt8](repeating: 9, count: 32))
        let otherNote = try other.sign(size: 8, root: MerkleTree(leafHashes: Sample.hashes(8)).root)
        #expect(throws: LedgerError.self) { try SignedCheckpoint(text: otherNote).verify(by: signer.verifierKey) }
        let line = try #require(otherNote.split(separator: "\n").last)
        #expect(throws: Never.self) { try SignedCheckpoint(text: text + line + "\n").verify(by: signer.verifierKey) }
        let renamed = try VerifierKey(name: "example.org/other", publicKey: signer.verifierKey.publicKey)
        #expect(throws: LedgerError.self) { try SignedCheckpoint(text: text).verify(by: renamed) }
    }

    @Test("Texts that are no checkpoints are refused")
    func malformed() throws {
        let (text, _) = try note()
        let bad = [
            "", "\n", "\n\n", "x", String(text.dropLast()), text.replacing("\n8\n", with: "\n08\n"),
            text.replacing("\n8\n", with: "\n-8\n"), text.replacing("\n8\n", with: "\n\n"),
            text.replacing("\u{2014}", with: "-"),
            text.replacing("\n\n", with: "\n"), text.replacing("example.org/ledger\n", with: "\n"), text + "trailing\n",
            text.replacing("\n", with: "\r\n"), String(repeating: "x", count: 70_000),
        ]
        for text in bad {
            #expect(throws: LedgerError.self, "\(text.prefix(60))") { try SignedCheckpoint(text: text) }
        }
    }

    @Test("Keys and names that are not as C2SP says are refused")
    func badKeys() throws {
        for name in ["", "a b", "a+b", "a\u{A0}b", "a\nb"] {
            #expect(throws: LedgerError.self) {
                try CheckpointSigner(name: name, seed: [UInt8](repeating: 1, count: 32))
            }
        }
        #expect(throws: LedgerError.self) { try CheckpointSigner(name: "a", seed: [1]) }
        let text = try Sample.signer.get().verifierKey.description
        for bad in [
            "", "a+b", String(text.dropLast()), text.replacing("example", with: "exemple"), text + "=", "x+y+z",
        ] {
            #expect(throws: LedgerError.self, "\(bad)") { try VerifierKey(text: bad) }
        }
    }
}

@Suite("An inclusion proof convinces a third party offline")
struct InclusionProofTests {
    @Test("Each entry's proof goes through JSON and gives the entry; golden for one of them")
    func proves() throws {
        let ledger = try StoredLedger(count: 13, checkpointsAt: [13])
        let tree = MerkleTree(leafHashes: ledger.rows.map(\.leafHash))
        for row in ledger.rows {
            let proof = InclusionProof(
                entryBytes: row.bytes,
                index: row.index,
                hashes: try tree.inclusionProof(index: row.index, size: 13),
                checkpoint: ledger.checkpoints[0]
            )
            let bytes = try CanonicalJSON.bytes(of: proof.json)
            let read = try InclusionProof(json: JSONValue(parsing: bytes))
            #expect(read == proof)
            #expect(try read.verify(by: ledger.signer.verifierKey) == Sample.entry(row.index))
            if row.index == 5 { try expectGolden(String(decoding: bytes, as: UTF8.self) + "\n", "inclusion-proof.txt") }
        }
    }

    @Test("A proof for another entry, index, checkpoint, key or with a bad hash is refused")
    func refuses() throws {
        let ledger = try StoredLedger(count: 13, checkpointsAt: [9, 13])
        let tree = MerkleTree(leafHashes: ledger.rows.map(\.leafHash))
        let hashes = try tree.inclusionProof(index: 5, size: 13)
        let key = ledger.signer.verifierKey
        func check(_ row: Int = 5, index: Int = 5, hashes: [Digest32], checkpoint: Int = 1, key: VerifierKey) throws {
            let proof = InclusionProof(
                entryBytes: ledger.rows[row].bytes,
                index: index,
                hashes: hashes,
                checkpoint: ledger.checkpoints[checkpoint]
            )
            #expect(try proof.verify(by: key).id.text == "e5")
        }
        try check(hashes: hashes, key: key)
        let other = try CheckpointSigner(name: "example.org/ledger", seed: [UInt8](repeating: 9, count: 32)).verifierKey
        #expect(throws: LedgerError.self) { try check(6, hashes: hashes, key: key) }
        #expect(throws: LedgerError.self) { try check(index: 4, hashes: hashes, key: key) }
        #expect(throws: LedgerError.self) { try check(hashes: hashes.reversed(), key: key) }
        #expect(throws: LedgerError.self) { try check(hashes: hashes, checkpoint: 0, key: key) }
        #expect(throws: LedgerError.self) { try check(hashes: hashes, key: other) }
    }

    @Test("JSON of another shape is refused")
    func badJSON() throws {
        let bad: [JSONValue] = [
            [:], [], "x", ["format": "slipway-inclusion-proof/v1"],
            [
                "format": "slipway-inclusion-proof/v1", "entry": "x", "index": 0, "hashes": ["zz"], "checkpoint": "x",
            ],
            ["format": "slipway-inclusion-proof/v2", "entry": "x", "index": 0, "hashes": [], "checkpoint": "x"],
            ["format": "slipway-inclusion-proof/v1", "entry": "x", "index": 0.5, "hashes": [], "checkpoint": "x"],
        ]
        for json in bad { #expect(throws: LedgerError.self) { try InclusionProof(json: json) } }
    }
}
