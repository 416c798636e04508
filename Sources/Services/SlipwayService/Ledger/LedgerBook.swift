package import SlipwayDomain
package import SlipwayLedger
package import SlipwayStore

/// The ledger as the services use it: append within a transaction, read, verify, prove.
package struct LedgerBook: EntryRecorder {
    private let database: any SQLDatabase
    private let runtime: Runtime
    private let signer: CheckpointSigner

    /// The name that entries carry as their CloudEvents source.
    private static let source = "/slipway/default"
    /// Every so many entries a checkpoint is kept for good; others give way to the next.
    private static let keptCheckpointInterval = 256

    package init(database: any SQLDatabase, runtime: Runtime, signer: CheckpointSigner) {
        self.database = database
        self.runtime = runtime
        self.signer = signer
    }

    /// The key that others verify checkpoints with.
    package var verifierKey: VerifierKey { signer.verifierKey }

    @discardableResult
    package func record(_ draft: EntryDraft, at time: Instant, in connection: any SQLWriter) throws -> EntryID {
        let entry = Entry(
            id: EntryID(runtime.newID()),
            source: Self.source,
            name: draft.type,
            subject: draft.subject,
            time: time,
            actor: draft.actor,
            data: draft.data
        )
        let bytes = try entry.canonicalBytes
        let leaf = MerkleHash.leaf(bytes)
        var frontier = try Self.frontier(in: connection)
        let position = frontier.size
        frontier.append(leaf)
        try LedgerTable.insert(
            position: position,
            id: entry.id,
            type: entry.type,
            subject: entry.subject,
            time: time,
            bytes: bytes,
            leaf: leaf.bytes,
            in: connection
        )
        try LedgerTable.setFrontier(CanonicalJSON.text(of: JSONValue(encoding: frontier)), in: connection)
        // Signed at each entry, so that no entry is ever outside what a checkpoint covers.
        let note = try signer.sign(size: frontier.size, root: frontier.root)
        if position % Self.keptCheckpointInterval != 0 {
            try connection.execute("DELETE FROM ledger_checkpoints WHERE size = ?", [.integer(position)])
        }
        try LedgerTable.insertCheckpoint(size: frontier.size, note: note, in: connection)
        return entry.id
    }

    /// All entries in order.
    package func entries() async throws -> [Entry] {
        try await database.read { connection in
            try LedgerTable.rows(from: 0, limit: .max, in: connection).map { try Entry(canonicalBytes: $0.bytes) }
        }
    }

    /// The newest entries about one subject, newest first.
    package func entries(about subject: String, limit: Int) async throws -> [Entry] {
        try await database.read { connection in
            try LedgerTable.newest(about: subject, limit: limit, in: connection).map { try Entry(canonicalBytes: $0) }
        }
    }

    /// Reads the whole ledger from one snapshot and checks it against its hashes, tree state and signed checkpoints.
    package func verify() async throws -> LedgerVerdict {
        let key = signer.verifierKey
        return try await database.read { connection in
            var verifier = LedgerVerifier(checkpoints: try LedgerTable.checkpoints(in: connection), key: key)
            var position = Int.min
            var misfiled: [LedgerFinding] = []
            while true {
                let rows = try LedgerTable.rows(from: position, limit: 1000, in: connection)
                guard let last = rows.last else { break }
                for row in rows {
                    // A hash of the wrong length cannot be the one that was stored.
                    let leaf = Digest32(bytes: row.leaf) ?? Digest32.sha256([])
                    verifier.add(index: row.position, bytes: row.bytes, leafHash: leaf)
                    if !row.isFiledRight { misfiled.append(Self.misfiled(row)) }
                }
                position = last.position + 1
            }
            // A tree state that cannot be read is one that was altered, and counts nothing.
            let frontier = (try? Self.frontier(in: connection)) ?? MerkleFrontier()
            let verdict = verifier.finish(frontierRoot: frontier.root, size: frontier.size)
            guard !misfiled.isEmpty else { return verdict }
            if case .broken(let findings) = verdict { return .broken(findings + misfiled) }
            return .broken(misfiled)
        }
    }

    private static func misfiled(_ row: LedgerRow) -> LedgerFinding {
        LedgerFinding(
            kind: .changed,
            index: row.position,
            detail: "the columns that entries are found by do not say what the entry's bytes say"
        )
    }

    /// What convinces somebody offline that an entry is in the ledger.
    package func proof(of id: EntryID) async throws -> InclusionProof {
        try await database.read { connection in
            guard let row = try LedgerTable.row(id: id, in: connection) else {
                throw ServiceError.notFound("there is no ledger entry \(id): `slipway ledger export` lists them")
            }
            guard let note = try LedgerTable.checkpoints(in: connection).last else {
                throw ServiceError(.internal, "the ledger has no checkpoint")
            }
            let size = try SignedCheckpoint(text: note).checkpoint.size
            let leaves = try LedgerTable.rows(from: 0, limit: size, in: connection).map { row in
                guard let leaf = Digest32(bytes: row.leaf) else {
                    throw ServiceError(
                        .internal,
                        "entry \(row.position) has no readable hash: run slipway ledger verify"
                    )
                }
                return leaf
            }
            let hashes = try MerkleTree(leafHashes: leaves).inclusionProof(index: row.position, size: size)
            return InclusionProof(entryBytes: row.bytes, index: row.position, hashes: hashes, checkpoint: note)
        }
    }

    private static func frontier(in connection: any SQLReader) throws -> MerkleFrontier {
        guard let text = try LedgerTable.frontier(in: connection) else { return MerkleFrontier() }
        return try JSONValue(parsing: Array(text.utf8)).decode(MerkleFrontier.self)
    }
}

extension LedgerRow {
    /// Whether the columns that the entry is found by agree with its bytes; unreadable bytes are the hash's finding.
    fileprivate var isFiledRight: Bool {
        guard let entry = try? Entry(canonicalBytes: bytes) else { return true }
        return entry.id == id && entry.type == type && entry.subject == subject && entry.time == time
    }
}
