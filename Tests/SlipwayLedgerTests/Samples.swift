import SlipwayDomain
import SlipwayLedger

/// Ledgers for the tests, the same at every run.
enum Sample {
    static let signer = Result { try CheckpointSigner(name: "example.org/ledger", seed: (0..<32).map { UInt8($0) }) }

    static func entry(_ number: Int) -> Entry {
        Entry(
            id: EntryID("e\(number)"),
            source: "/slipway/default",
            name: "version.registered",
            subject: "models/flight-delay",
            time: Instant(milliseconds: 1_364_792_400_000 + Int64(number) * 60_000),
            actor: "ada",
            data: ["model": "flight-delay", "version": .integer(Int64(number)), "note": "naïve \"€\"\n"]
        )
    }

    static func bytes(_ count: Int) throws -> [[UInt8]] { try (0..<count).map { try entry($0).canonicalBytes } }

    static func hashes(_ count: Int) -> [Digest32] {
        (0..<count).map { MerkleHash.leaf([UInt8($0 & 255), UInt8($0 >> 8)]) }
    }
}

/// A stored ledger that a test may tamper with.
struct StoredLedger {
    struct Row: Equatable {
        var index: Int
        var bytes: [UInt8]
        var leafHash: Digest32
    }

    var rows: [Row] = []
    var frontier = MerkleFrontier()
    var checkpoints: [String] = []
    let signer: CheckpointSigner

    init(count: Int, checkpointsAt sizes: [Int]) throws {
        signer = try Sample.signer.get()
        for (index, bytes) in try Sample.bytes(count).enumerated() {
            try signIfWanted(sizes)
            let leafHash = MerkleHash.leaf(bytes)
            rows.append(Row(index: index, bytes: bytes, leafHash: leafHash))
            frontier.append(leafHash)
        }
        try signIfWanted(sizes)
    }

    private mutating func signIfWanted(_ sizes: [Int]) throws {
        guard sizes.contains(frontier.size) else { return }
        checkpoints.append(try signer.sign(size: frontier.size, root: frontier.root))
    }

    /// What somebody does who may write everything in the database, but does not have the key.
    mutating func recompute(hashes: Bool, indexes: Bool, frontier wantsFrontier: Bool) {
        for position in rows.indices {
            if indexes { rows[position].index = position }
            if hashes { rows[position].leafHash = MerkleHash.leaf(rows[position].bytes) }
        }
        guard wantsFrontier else { return }
        frontier = MerkleFrontier()
        for row in rows { frontier.append(row.leafHash) }
    }

    func verdict() -> LedgerVerdict {
        var verifier = LedgerVerifier(checkpoints: checkpoints, key: signer.verifierKey)
        for row in rows { verifier.add(index: row.index, bytes: row.bytes, leafHash: row.leafHash) }
        return verifier.finish(frontierRoot: frontier.root, size: frontier.size)
    }

    func findings() -> [LedgerFinding] {
        if case .broken(let findings) = verdict() { findings } else { [] }
    }
}
