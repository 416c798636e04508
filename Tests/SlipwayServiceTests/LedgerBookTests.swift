import SlipwayDomain
import SlipwayLedger
import SlipwaySQLite
import SlipwayService
import SlipwayStore
import Testing

@Suite("Ledger in the database")
struct LedgerBookTests {
    private struct Stop: Error {}

    /// A ledger of `count` entries, over the size at which checkpoints are kept.
    private func filled(_ count: Int = 300) async throws -> (World, LedgerBook, [EntryID]) {
        let world = try await World()
        let ledger = world.start().ledger
        let clock = world.clock
        let ids = try await world.database.write { connection in
            try (0..<count).map { number in
                clock.advance(.seconds(1))
                let draft = EntryDraft(
                    type: "model.registered",
                    subject: "models/m\(number % 7)",
                    actor: "alice",
                    data: ["number": .integer(Int64(number))]
                )
                return try ledger.record(draft, at: clock.now, in: connection)
            }
        }
        return (world, ledger, ids)
    }

    @Test("what is recorded within a write is read back in order, and the whole verifies")
    func intact() async throws {
        let (_, ledger, ids) = try await filled()
        let entries = try await ledger.entries()
        #expect(entries.map(\.id) == ids)
        #expect(entries.map { $0.data["number"]?.integer } == (0..<300).map { Int64($0) })
        guard case .intact(let size, _, let signed) = try await ledger.verify() else {
            Issue.record("the ledger does not verify")
            return
        }
        #expect(size == 300 && signed == 300, "every entry is covered by a signature")
        let about = try await ledger.entries(about: "models/m3", limit: 2)
        #expect(about.map { $0.data["number"]?.integer } == [297, 290])
    }

    @Test("an empty ledger is intact, and has no proof of anything")
    func empty() async throws {
        let world = try await World()
        let ledger = world.start().ledger
        #expect(try await ledger.verify().isIntact)
        await #expect(throws: ServiceError.self) { try await ledger.proof(of: EntryID("nothing")) }
    }

    @Test("a write that throws leaves no entry, and the next one goes on without a gap")
    func thrown() async throws {
        let (world, ledger, _) = try await filled(5)
        await #expect(throws: Stop.self) {
            try await world.database.write { connection in
                let draft = EntryDraft(type: "model.registered", subject: "models/x", actor: "alice", data: [:])
                try ledger.record(draft, at: world.clock.now, in: connection)
                throw Stop()
            }
        }
        #expect(try await ledger.entries().count == 5)
        try await world.database.write { connection in
            let draft = EntryDraft(type: "model.registered", subject: "models/y", actor: "alice", data: [:])
            try ledger.record(draft, at: world.clock.now, in: connection)
        }
        #expect(try await ledger.entries().map(\.subject).last == "models/y")
        #expect(try await ledger.verify().isIntact)
    }

    @Test("concurrent writers each get a place of their own")
    func concurrent() async throws {
        let (world, ledger, _) = try await filled(1)
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<100 {
                group.addTask {
                    // Every fifth one gives up after it has recorded.
                    _ = try? await world.database.write { connection in
                        let draft = EntryDraft(
                            type: "model.registered",
                            subject: "models/c",
                            actor: "bob",
                            data: ["n": .integer(Int64(number))]
                        )
                        try ledger.record(draft, at: world.clock.now, in: connection)
                        if number % 5 == 0 { throw Stop() }
                    }
                }
            }
        }
        #expect(try await ledger.entries().count == 81)
        #expect(try await ledger.verify().isIntact)
    }

    /// What somebody with the database file, but without the key, may try; and what is then found.
    struct Tampering: Sendable, CustomTestStringConvertible {
        let name: String
        let statements: [String]
        let found: LedgerFinding.Kind
        var testDescription: String { name }
    }

    static let tamperings: [Tampering] = [
        Tampering(
            name: "changed bytes",
            statements: [
                "UPDATE ledger_entries SET bytes = CAST(replace(CAST(bytes AS TEXT), 'alice', 'mallo') AS BLOB) WHERE position = 7"
            ],
            found: .changed
        ),
        Tampering(
            name: "changed leaf",
            statements: ["UPDATE ledger_entries SET leaf = zeroblob(32) WHERE position = 7"],
            found: .changed
        ),
        Tampering(
            name: "bytes and leaf of another entry",
            statements: [
                """
                UPDATE ledger_entries SET bytes = (SELECT bytes FROM ledger_entries WHERE position = 8),
                    leaf = (SELECT leaf FROM ledger_entries WHERE position = 8) WHERE position = 7
                """
            ],
            found: .rewritten
        ),
        Tampering(
            name: "removed in the middle",
            statements: ["DELETE FROM ledger_entries WHERE position = 7"],
            found: .removed
        ),
        Tampering(
            name: "removed at the end",
            statements: ["DELETE FROM ledger_entries WHERE position >= 298"],
            found: .removed
        ),
        Tampering(
            name: "removed and closed up",
            statements: [
                "DELETE FROM ledger_entries WHERE position = 7",
                "UPDATE ledger_entries SET position = -position WHERE position > 7",
                "UPDATE ledger_entries SET position = -position - 1 WHERE position < 0",
            ],
            found: .removed
        ),
        Tampering(
            name: "reordered",
            statements: [
                "UPDATE ledger_entries SET position = -1 WHERE position = 7",
                "UPDATE ledger_entries SET position = 7 WHERE position = 8",
                "UPDATE ledger_entries SET position = 8 WHERE position = -1",
            ],
            found: .rewritten
        ),
        Tampering(
            name: "inserted at the end",
            statements: [
                """
                INSERT INTO ledger_entries SELECT 300, 'new', type, subject, time, bytes, leaf FROM ledger_entries
                WHERE position = 7
                """
            ],
            found: .inserted
        ),
        Tampering(
            name: "inserted before the first",
            statements: [
                """
                INSERT INTO ledger_entries SELECT -1, 'new', type, subject, time, bytes, leaf FROM ledger_entries
                WHERE position = 7
                """
            ],
            found: .inserted
        ),
        Tampering(
            name: "frontier of an older tree",
            statements: [
                "UPDATE ledger_frontier SET frontier = replace(frontier, '\"size\":300', '\"size\":299')"
            ],
            found: .inserted
        ),
        Tampering(
            name: "checkpoint over another size",
            statements: [
                "UPDATE ledger_checkpoints SET note = replace(note, char(10) || '300' || char(10), char(10) || '299' || char(10))"
            ],
            found: .signature
        ),
        Tampering(
            name: "checkpoint of noise",
            statements: ["UPDATE ledger_checkpoints SET note = 'noise'"],
            found: .signature
        ),
    ]

    @Test("verify finds what was altered behind its back", arguments: tamperings)
    func tampered(_ tampering: Tampering) async throws {
        let (world, ledger, _) = try await filled()
        try await world.database.write { connection in
            for statement in tampering.statements {
                let altered = try connection.execute(statement)
                #expect(altered > 0, "\(statement) altered nothing")
            }
        }
        let verdict: LedgerVerdict
        do {
            verdict = try await ledger.verify()
        } catch {
            Issue.record("verify threw \(error) where it should find \(tampering.found)")
            return
        }
        guard case .broken(let findings) = verdict else {
            Issue.record("verify found nothing")
            return
        }
        #expect(findings.contains { $0.kind == tampering.found }, "found \(findings)")
    }

    @Test("a tree state that cannot be read is a finding, not a failure of verify")
    func unreadableFrontier() async throws {
        let (world, ledger, _) = try await filled(3)
        try await world.database.write { _ = try $0.execute("UPDATE ledger_frontier SET frontier = '{}'") }
        #expect(try await !ledger.verify().isIntact)
    }

    @Test("a proof convinces somebody with the key alone, for every entry, and for no other entry")
    func proofs() async throws {
        let (_, ledger, ids) = try await filled(20)
        let entries = try await ledger.entries()
        for (index, id) in ids.enumerated() {
            let proof = try await ledger.proof(of: id)
            let carried = try InclusionProof(json: proof.json)
            #expect(try carried.verify(by: ledger.verifierKey) == entries[index])
            let other = InclusionProof(
                entryBytes: try entries[(index + 1) % 20].canonicalBytes,
                index: proof.index,
                hashes: proof.hashes,
                checkpoint: proof.checkpoint
            )
            #expect(throws: LedgerError.self) { try other.verify(by: ledger.verifierKey) }
        }
        let stranger = try CheckpointSigner(name: "test.slipway", seed: Array(repeating: 8, count: 32)).verifierKey
        let proof = try await ledger.proof(of: ids[3])
        #expect(throws: LedgerError.self) { try proof.verify(by: stranger) }
    }
}
