import SlipwayDomain
import SlipwayLedger
import Testing

@Suite("Verification finds every changed, removed, reordered or inserted entry")
struct LedgerVerifierTests {
    @Test("An untouched ledger is intact, whatever its size and its checkpoints", arguments: 0...20)
    func intact(count: Int) throws {
        let ledger = try StoredLedger(count: count, checkpointsAt: [0, 1, count / 2, count])
        let expected = LedgerVerdict.intact(size: count, root: ledger.frontier.root, signedSize: count)
        #expect(ledger.verdict() == expected)
        let unsigned = try StoredLedger(count: count, checkpointsAt: [])
        #expect(unsigned.verdict() == .intact(size: count, root: unsigned.frontier.root, signedSize: 0))
    }

    @Test("A changed entry is named by its index")
    func changed() throws {
        var ledger = try StoredLedger(count: 20, checkpointsAt: [10, 20])
        ledger.rows[13].bytes[30] ^= 1
        #expect(ledger.findings().map(\.kind) == [.changed])
        #expect(ledger.findings().first?.index == 13)
    }

    @Test("A removed entry leaves a gap that is named")
    func removed() throws {
        var ledger = try StoredLedger(count: 20, checkpointsAt: [10, 20])
        ledger.rows.removeSubrange(4...6)
        let finding = try #require(ledger.findings().first)
        #expect(finding.kind == .removed)
        #expect(finding.index == 4)
        #expect(finding.detail == "entries 4 to 6 are missing")
    }

    @Test("A ledger cut off behind is found by the checkpoint, and without it by the stored size")
    func truncated() throws {
        var ledger = try StoredLedger(count: 20, checkpointsAt: [10, 20])
        ledger.rows.removeLast(3)
        ledger.recompute(hashes: true, indexes: true, frontier: true)
        #expect(ledger.findings().map(\.kind) == [.removed])
        #expect(ledger.findings().first?.index == 17)
        var unsigned = try StoredLedger(count: 20, checkpointsAt: [10])
        unsigned.rows.removeLast()
        #expect(unsigned.findings().first?.kind == .removed)
    }

    @Test("Two entries in each other's place are found as reordered, by contents and by index")
    func reordered() throws {
        var contents = try StoredLedger(count: 20, checkpointsAt: [20])
        (contents.rows[3].bytes, contents.rows[8].bytes) = (contents.rows[8].bytes, contents.rows[3].bytes)
        #expect(contents.findings().map(\.kind) == [.reordered, .reordered])
        #expect(contents.findings().compactMap(\.index) == [3, 8])
        var rows = try StoredLedger(count: 20, checkpointsAt: [20])
        rows.rows.swapAt(3, 8)
        #expect(rows.findings().contains { $0.kind == .reordered && $0.index == 3 })
    }

    @Test("An entry with a second copy of an index, or behind the counted end, is found as inserted")
    func inserted() throws {
        var ledger = try StoredLedger(count: 20, checkpointsAt: [20])
        ledger.rows.insert(ledger.rows[6], at: 7)
        #expect(ledger.findings().contains { $0.kind == .inserted && $0.index == 6 })
        var longer = try StoredLedger(count: 20, checkpointsAt: [20])
        let extra = try Sample.entry(20).canonicalBytes
        longer.rows.append(.init(index: 20, bytes: extra, leafHash: MerkleHash.leaf(extra)))
        #expect(longer.findings().map(\.kind) == [.inserted])
        #expect(longer.findings().first?.index == 20)
    }

    @Test("A change with recomputed hashes and tree state lies between the last good and the first bad checkpoint")
    func rewritten() throws {
        var ledger = try StoredLedger(count: 40, checkpointsAt: [10, 20, 30, 40])
        ledger.rows[23].bytes = try Sample.entry(999).canonicalBytes
        ledger.recompute(hashes: true, indexes: true, frontier: true)
        let findings = ledger.findings()
        #expect(findings.map(\.kind) == [.rewritten])
        #expect(findings.first?.index == 20)
        #expect(findings.first?.detail.contains("20 to 29") == true)
    }

    @Test("A forged, foreign or unreadable checkpoint is found")
    func signature() throws {
        var ledger = try StoredLedger(count: 8, checkpointsAt: [4, 8])
        let other = try CheckpointSigner(name: "example.org/ledger", seed: [UInt8](repeating: 9, count: 32))
        ledger.checkpoints[1] = try other.sign(size: 8, root: ledger.frontier.root)
        ledger.checkpoints.append("rubbish")
        #expect(ledger.findings().map(\.kind) == [.signature, .signature])
    }

    @Test("A stored tree state that differs from the entries is found")
    func frontier() throws {
        var ledger = try StoredLedger(count: 8, checkpointsAt: [4])
        ledger.rows[6].bytes = try Sample.entry(999).canonicalBytes
        ledger.recompute(hashes: true, indexes: true, frontier: false)
        #expect(ledger.findings().map(\.kind) == [.frontier])
    }

    enum Tampering: CaseIterable { case change, remove, reorder, insert }

    @Test(
        "Each kind of tampering is found in random ledgers, however much is recomputed",
        arguments: Tampering.allCases,
        1...40
    )
    func property(tampering: Tampering, seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let count = Int.random(in: 2...70, using: &generator)
        let signed = Int.random(in: 2...count, using: &generator)
        let earlier = Int.random(in: 0...signed, using: &generator)
        var ledger = try StoredLedger(count: count, checkpointsAt: [earlier, signed])
        #expect(ledger.verdict().isIntact, "seed \(seed)")
        let original = ledger.rows
        let place = Int.random(in: 0..<signed, using: &generator)
        switch tampering {
        case .change:
            let byte = Int.random(in: 0..<ledger.rows[place].bytes.count, using: &generator)
            ledger.rows[place].bytes[byte] ^= UInt8.random(in: 1...255, using: &generator)
        case .remove: ledger.rows.remove(at: place)
        case .reorder:
            ledger.rows.swapAt(place, (place + 1 + Int.random(in: 0..<(signed - 1), using: &generator)) % signed)
        case .insert:
            let bytes = try Sample.entry(1000).canonicalBytes
            ledger.rows.insert(.init(index: place, bytes: bytes, leafHash: MerkleHash.leaf(bytes)), at: place)
        }
        #expect(ledger.rows != original, "seed \(seed)")
        let hashes = Bool.random(using: &generator)
        ledger.recompute(
            hashes: hashes,
            indexes: Bool.random(using: &generator),
            frontier: Bool.random(using: &generator)
        )
        let verdict = ledger.verdict()
        #expect(!verdict.isIntact, "seed \(seed), \(tampering)")
        if case .broken(let findings) = verdict, let first = findings.first?.index {
            #expect(first <= count, "seed \(seed)")
        }
    }
}
