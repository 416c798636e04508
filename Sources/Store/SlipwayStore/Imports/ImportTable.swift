package import SlipwayDomain

/// The SQL of imports: where they came from, what they counted, and what is complete.
package enum ImportTable {
    /// An import that was begun.
    package struct Session: Sendable, Equatable {
        package let id: String
        package let source: Int64
        package let sourceName: String
        package let isOpen: Bool
        /// Digest over all batches so far.
        package let digest: String
    }

    /// How many of a kind an import stored, found and refused.
    package struct Tally: Sendable, Equatable {
        package let kind: String
        package let added: Int64
        package let already: Int64
        package let refused: Int64
    }

    /// The number of a source, which is made when it is new.
    package static func source(named name: String, in writer: any SQLWriter) throws(StoreError) -> Int64 {
        try writer.execute("INSERT INTO import_sources (name) VALUES (?) ON CONFLICT (name) DO NOTHING", [.text(name)])
        guard let row = try writer.row("SELECT id FROM import_sources WHERE name = ?", [.text(name)]) else {
            throw .corrupt("the source just written cannot be read")
        }
        return row.integer(0)
    }

    package static func insert(
        _ id: String,
        source: Int64,
        at time: Instant,
        digest: String,
        in writer: any SQLWriter
    ) throws(StoreError) {
        try writer.execute(
            "INSERT INTO imports (id, source, started_at, digest) VALUES (?, ?, ?, ?)",
            [.text(id), .integer(source), .integer(time.milliseconds), .text(digest)]
        )
    }

    private static let columns = """
        SELECT i.id, i.source, s.name, i.ended_at, i.digest FROM imports i JOIN import_sources s ON s.id = i.source
        """

    private static func session(_ row: SQLRow) -> Session {
        Session(
            id: row.text(0),
            source: row.integer(1),
            sourceName: row.text(2),
            isOpen: row.optionalInteger(3) == nil,
            digest: row.text(4)
        )
    }

    package static func session(_ id: String, in reader: any SQLReader) throws(StoreError) -> Session? {
        try reader.row(columns + " WHERE i.id = ?", [.text(id)]).map(session)
    }

    /// The imports of a source that were begun and not ended.
    package static func openSessions(of source: Int64, in reader: any SQLReader) throws(StoreError) -> [Session] {
        try reader.rows(columns + " WHERE i.source = ? AND i.ended_at IS NULL ORDER BY i.id", [.integer(source)])
            .map(session)
    }

    package static func end(_ id: String, at time: Instant, in writer: any SQLWriter) throws(StoreError) {
        try writer.execute(
            "UPDATE imports SET ended_at = ? WHERE id = ?",
            [.integer(time.milliseconds), .text(id)]
        )
    }

    package static func setDigest(_ digest: String, of id: String, in writer: any SQLWriter) throws(StoreError) {
        try writer.execute("UPDATE imports SET digest = ? WHERE id = ?", [.text(digest), .text(id)])
    }

    /// Adds what one batch did to the import's counts.
    package static func add(_ report: ImportReport, to id: String, in writer: any SQLWriter) throws(StoreError) {
        let refused = Dictionary(grouping: report.refusals, by: \.kind).mapValues { Int64($0.count) }
        let kinds = ImportKind.allCases.filter { report.counts[$0] != nil || refused[$0] != nil }
        try writer.executeEach(
            """
            INSERT INTO import_counts (import, kind, added, already, refused) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT (import, kind) DO UPDATE SET
                added = import_counts.added + excluded.added,
                already = import_counts.already + excluded.already,
                refused = import_counts.refused + excluded.refused
            """,
            kinds.map { kind in
                let count = report.counts[kind] ?? ImportCount()
                return [
                    .text(id), .text(kind.rawValue), .integer(count.added), .integer(count.already),
                    .integer(refused[kind] ?? 0),
                ]
            }
        )
    }

    package static func tallies(of id: String, in reader: any SQLReader) throws(StoreError) -> [Tally] {
        try reader.rows(
            "SELECT kind, added, already, refused FROM import_counts WHERE import = ? ORDER BY kind",
            [.text(id)]
        ).map { Tally(kind: $0.text(0), added: $0.integer(1), already: $0.integer(2), refused: $0.integer(3)) }
    }

    /// The number that an experiment of the source got here.
    package static func experiment(
        _ theirs: Int64,
        of source: Int64,
        in reader: any SQLReader
    ) throws(StoreError) -> Int64? {
        try reader.row(
            "SELECT ours FROM import_experiments WHERE source = ? AND theirs = ?",
            [.integer(source), .integer(theirs)]
        )?.integer(0)
    }

    package static func setExperiment(
        _ theirs: Int64,
        of source: Int64,
        is ours: Int64,
        in writer: any SQLWriter
    ) throws(StoreError) {
        try writer.execute(
            """
            INSERT INTO import_experiments (source, theirs, ours) VALUES (?, ?, ?)
            ON CONFLICT (source, theirs) DO UPDATE SET ours = excluded.ours
            """,
            [.integer(source), .integer(theirs), .integer(ours)]
        )
    }

    /// Those of the marks that stand exactly so.
    package static func known(
        _ marks: [ImportMark],
        of source: Int64,
        in reader: any SQLReader
    ) throws(StoreError) -> [ImportMark] {
        var known: [ImportMark] = []
        for mark in marks {
            let row = try reader.row(
                "SELECT mark FROM import_marks WHERE source = ? AND kind = ? AND id = ?",
                [.integer(source), .text(mark.kind.rawValue), .text(mark.id)]
            )
            if row?.text(0) == mark.mark { known.append(mark) }
        }
        return known
    }

    package static func set(_ marks: [ImportMark], of source: Int64, in writer: any SQLWriter) throws(StoreError) {
        try writer.executeEach(
            """
            INSERT INTO import_marks (source, kind, id, mark) VALUES (?, ?, ?, ?)
            ON CONFLICT (source, kind, id) DO UPDATE SET mark = excluded.mark
            """,
            marks.map { [.integer(source), .text($0.kind.rawValue), .text($0.id), .text($0.mark)] }
        )
    }
}
