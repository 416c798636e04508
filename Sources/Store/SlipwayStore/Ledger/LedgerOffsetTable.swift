/// The SQL of how far each reader of the ledger has come.
package enum LedgerOffsetTable {
    /// The position of the next entry that the reader has not seen.
    package static func position(of consumer: String, in connection: any SQLReader) throws(StoreError) -> Int {
        let row = try connection.row("SELECT position FROM ledger_offsets WHERE consumer = ?", [.text(consumer)])
        return Int(row?.integer(0) ?? 0)
    }

    package static func set(
        _ position: Int,
        for consumer: String,
        in connection: any SQLWriter
    ) throws(StoreError) {
        try connection.execute(
            """
            INSERT INTO ledger_offsets (consumer, position) VALUES (?, ?)
            ON CONFLICT (consumer) DO UPDATE SET position = excluded.position
            """,
            [.text(consumer), .integer(position)]
        )
    }
}
