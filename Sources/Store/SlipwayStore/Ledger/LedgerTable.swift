package import SlipwayDomain

/// One stored ledger entry.
package struct LedgerRow: Sendable {
    package let position: Int
    package let bytes: [UInt8]
    /// The leaf hash that was stored with the bytes.
    package let leaf: [UInt8]
    /// The columns that the entry is found by; the bytes say the same.
    package let id: EntryID
    package let type: String
    package let subject: String
    package let time: Instant

    /// What every query of whole rows selects.
    static let columns = "SELECT position, bytes, leaf, id, type, subject, time FROM ledger_entries"

    init(_ row: SQLRow) {
        position = Int(row.integer(0))
        bytes = row.blob(1)
        leaf = row.blob(2)
        id = EntryID(row.text(3))
        type = row.text(4)
        subject = row.text(5)
        time = Instant(milliseconds: row.integer(6))
    }
}

/// The SQL of the ledger.
package enum LedgerTable {
    /// Adds one entry at `position`, which must be the current size.
    package static func insert(
        position: Int,
        id: EntryID,
        type: String,
        subject: String,
        time: Instant,
        bytes: [UInt8],
        leaf: [UInt8],
        in connection: any SQLWriter
    ) throws(StoreError) {
        try connection.execute(
            "INSERT INTO ledger_entries (position, id, type, subject, time, bytes, leaf) VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                .integer(position), .text(id.text), .text(type), .text(subject), .integer(time.milliseconds),
                .blob(bytes), .blob(leaf),
            ]
        )
    }

    /// The stored frontier as JSON, or nil in an empty ledger.
    package static func frontier(in connection: any SQLReader) throws(StoreError) -> String? {
        try connection.row("SELECT frontier FROM ledger_frontier WHERE one = 1")?.text(0)
    }

    package static func setFrontier(_ json: String, in connection: any SQLWriter) throws(StoreError) {
        try connection.execute(
            "INSERT INTO ledger_frontier (one, frontier) VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET frontier = excluded.frontier",
            [.text(json)]
        )
    }

    /// How many entries there are: the position that the next one will have.
    package static func size(in connection: any SQLReader) throws(StoreError) -> Int {
        Int(try connection.row("SELECT MAX(position) + 1 FROM ledger_entries")?.optionalInteger(0) ?? 0)
    }

    /// The bytes of all entries of one type, oldest first.
    package static func entries(ofType type: String, in connection: any SQLReader) throws(StoreError) -> [[UInt8]] {
        try connection.rows("SELECT bytes FROM ledger_entries WHERE type = ? ORDER BY position", [.text(type)])
            .map { $0.blob(0) }
    }

    /// Up to `limit` entries from `position` on, in order.
    package static func rows(
        from position: Int,
        limit: Int,
        in connection: any SQLReader
    ) throws(StoreError) -> [LedgerRow] {
        try connection.rows(
            LedgerRow.columns + " WHERE position >= ? ORDER BY position LIMIT ?",
            [.integer(position), .integer(limit)]
        ).map(LedgerRow.init)
    }

    /// The bytes of the newest entries about `subject`, newest first.
    package static func newest(
        about subject: String,
        limit: Int,
        in connection: any SQLReader
    ) throws(StoreError) -> [[UInt8]] {
        try connection.rows(
            "SELECT bytes FROM ledger_entries WHERE subject = ? ORDER BY position DESC LIMIT ?",
            [.text(subject), .integer(limit)]
        ).map { $0.blob(0) }
    }

    /// The bytes of all entries of one type about `subject`, oldest first.
    package static func entries(
        about subject: String,
        type: String,
        in connection: any SQLReader
    ) throws(StoreError) -> [[UInt8]] {
        try connection.rows(
            "SELECT bytes FROM ledger_entries WHERE subject = ? AND type = ? ORDER BY position",
            [.text(subject), .text(type)]
        ).map { $0.blob(0) }
    }

    /// The position and bytes of one entry.
    package static func row(id: EntryID, in connection: any SQLReader) throws(StoreError) -> LedgerRow? {
        try connection.row(LedgerRow.columns + " WHERE id = ?", [.text(id.text)])
            .map(LedgerRow.init)
    }

    package static func insertCheckpoint(
        size: Int,
        note: String,
        in connection: any SQLWriter
    ) throws(StoreError) {
        try connection.execute(
            "INSERT OR IGNORE INTO ledger_checkpoints (size, note) VALUES (?, ?)",
            [.integer(size), .text(note)]
        )
    }

    /// All checkpoints, oldest first.
    package static func checkpoints(in connection: any SQLReader) throws(StoreError) -> [String] {
        try connection.rows("SELECT note FROM ledger_checkpoints ORDER BY size").map { $0.text(0) }
    }
}
