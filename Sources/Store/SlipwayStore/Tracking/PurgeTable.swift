package import SlipwayDomain

/// What can be removed for good.
package enum PurgeKind: String, Sendable, CaseIterable {
    case run
    case loggedModel
    case experiment

    /// The table of its rows, and their number there.
    var table: (name: String, number: String, id: String, title: String, uri: String) {
        switch self {
        case .run: ("runs", "number", "id", "name", "artifact_uri")
        case .loggedModel: ("logged_models", "number", "id", "name", "artifact_uri")
        case .experiment: ("experiments", "id", "id", "name", "artifact_location")
        }
    }
}

/// Something deleted that may be removed for good.
package struct PurgeCandidate: Sendable, Equatable {
    package let kind: PurgeKind
    package let number: Int64
    package let id: String
    package let name: String
    package let experiment: Int64
    /// Nil for what was deleted before such times were kept, and for what goes with its experiment.
    package let deletedAt: Instant?
    /// Where its artifacts are.
    package let uri: String
}

/// Which deleted things are meant.
package struct PurgeSelection: Sendable, Equatable {
    /// Deleted at this instant or before.
    package let deletedBy: Instant
    /// Only this experiment with all in it.
    package let experiment: Int64?
    /// Only this run.
    package let run: String?

    package init(deletedBy: Instant, experiment: Int64?, run: String?) {
        self.deletedBy = deletedBy
        self.experiment = experiment
        self.run = run
    }
}

/// The SQL that finds what may be removed for good.
package enum PurgeTable {
    /// One page of what is deleted and due, in the order of their numbers. Logged models are due with their experiment
    /// too. What was deleted before such times were kept counts as deleted at `now`.
    package static func due(
        _ kind: PurgeKind,
        _ selection: PurgeSelection,
        now: Instant,
        after number: Int64,
        limit: Int,
        in reader: any SQLReader
    ) throws(StoreError) -> [PurgeCandidate] {
        let table = kind.table
        let isDue = "is_deleted = 1 AND COALESCE(deleted_at, ?) <= ?"
        var condition = "(\(isDue))"
        let times: [SQLValue] = [.integer(now.milliseconds), .integer(selection.deletedBy.milliseconds)]
        var arguments = times
        if kind == .loggedModel {
            condition = "(\(condition) OR experiment IN (SELECT id FROM experiments WHERE \(isDue)))"
            arguments += times
        }
        if let experiment = selection.experiment {
            condition += kind == .experiment ? " AND id = ?" : " AND experiment = ?"
            arguments.append(.integer(experiment))
        }
        if let run = selection.run {
            guard kind == .run else { return [] }
            condition += " AND id = ?"
            arguments.append(.text(run))
        }
        let owner = kind == .experiment ? "id" : "experiment"
        return try reader.rows(
            """
            SELECT \(table.number), \(table.id), \(table.title), \(owner), deleted_at, \(table.uri) FROM \(table.name)
            WHERE \(condition) AND purge IS NULL AND \(table.number) > ? ORDER BY \(table.number) LIMIT ?
            """,
            arguments + [.integer(number), .integer(limit)]
        ).map { row in
            PurgeCandidate(
                kind: kind,
                number: row.integer(0),
                id: kind == .experiment ? "\(row.integer(1))" : row.text(1),
                name: row.text(2),
                experiment: row.integer(3),
                deletedAt: row.optionalInteger(4).map { Instant(milliseconds: $0) },
                uri: row.text(5)
            )
        }
    }

    /// How many runs or logged models an experiment has that no purge is removing.
    package static func count(
        _ kind: PurgeKind,
        ofExperiment id: Int64,
        onlyActive: Bool = false,
        in reader: any SQLReader
    ) throws(StoreError) -> Int64 {
        let condition = onlyActive ? " AND is_deleted = 0" : ""
        return try reader.row(
            "SELECT COUNT(*) FROM \(kind.table.name) WHERE experiment = ? AND purge IS NULL\(condition)",
            [.integer(id)]
        )?.integer(0) ?? 0
    }

    /// Gives what was deleted before such times were kept a time: now.
    package static func stamp(_ now: Instant, in writer: any SQLWriter) throws(StoreError) {
        for kind in PurgeKind.allCases {
            try writer.execute(
                "UPDATE \(kind.table.name) SET deleted_at = ? WHERE is_deleted = 1 AND deleted_at IS NULL",
                [.integer(now.milliseconds)]
            )
        }
    }

    /// Whether a purge is removing it: then nothing brings it back.
    package static func isMarked(_ kind: PurgeKind, id: String, in reader: any SQLReader) throws(StoreError) -> Bool {
        let table = kind.table
        let key: SQLValue = kind == .experiment ? Int64(id).map { .integer($0) } ?? .null : .text(id)
        return try reader.row("SELECT 1 FROM \(table.name) WHERE \(table.id) = ? AND purge IS NOT NULL", [key]) != nil
    }

    /// The URIs and the paths whose files are about to go.
    package static func doomed(in reader: any SQLReader) throws(StoreError) -> (uris: [String], paths: [String]) {
        var uris: [String] = []
        for kind in PurgeKind.allCases {
            let table = kind.table
            uris += try reader.rows("SELECT \(table.uri) FROM \(table.name) WHERE purge IS NOT NULL").map { $0.text(0) }
        }
        return (uris, try reader.rows("SELECT path FROM purge_folders").map { $0.text(0) })
    }
}
