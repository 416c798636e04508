package import SlipwayDomain

/// A run as the tables below it know it.
package struct StoredRun: Sendable {
    /// The short number that stands for the identifier in other tables.
    package let number: Int64
    package let info: RunInfo
}

/// Runs, without what was logged to them.
package enum RunTable {
    static let columns = """
        r.number, r.id, r.experiment, r.name, r.user_id, r.status, r.started_at, r.ended_at, r.artifact_uri, r.is_deleted
        """

    static func run(_ row: SQLRow) -> StoredRun {
        let info = RunInfo(
            id: row.text(1),
            experiment: row.integer(2),
            name: row.text(3),
            user: row.text(4),
            status: RunStatus(rawValue: row.text(5)) ?? .running,
            startedAt: Instant(milliseconds: row.integer(6)),
            endedAt: row.optionalInteger(7).map { Instant(milliseconds: $0) },
            artifactURI: row.text(8),
            isDeleted: row.bool(9)
        )
        return StoredRun(number: row.integer(0), info: info)
    }

    /// The run, deleted or not.
    package static func find(_ id: String, in reader: some SQLReader) throws(StoreError) -> StoredRun? {
        try reader.row("SELECT \(columns) FROM runs r WHERE r.id = ?", [.text(id)]).map(run)
    }

    /// The run's number and whether it is deleted: all that logging needs to know.
    package static func number(
        of id: String,
        in reader: some SQLReader
    ) throws(StoreError) -> (number: Int64, isDeleted: Bool)? {
        try reader.row("SELECT number, is_deleted FROM runs WHERE id = ?", [.text(id)])
            .map { ($0.integer(0), $0.bool(1)) }
    }

    /// Stores a new run and returns its number.
    package static func insert(_ info: RunInfo, in writer: some SQLWriter) throws(StoreError) -> Int64 {
        try writer.execute(
            """
            INSERT INTO runs (id, experiment, name, user_id, status, started_at, ended_at, artifact_uri, is_deleted)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                .text(info.id), .integer(info.experiment), .text(info.name), .text(info.user),
                .text(info.status.rawValue), .integer(info.startedAt.milliseconds),
                .optional(info.endedAt?.milliseconds), .text(info.artifactURI), .bool(info.isDeleted),
            ]
        )
        guard let stored = try number(of: info.id, in: writer) else {
            throw .corrupt("the run just written cannot be read")
        }
        return stored.number
    }

    /// Writes the fields of a run that may change.
    package static func update(_ run: StoredRun, to info: RunInfo, in writer: some SQLWriter) throws(StoreError) {
        try writer.execute(
            "UPDATE runs SET name = ?, status = ?, ended_at = ?, is_deleted = ? WHERE number = ?",
            [
                .text(info.name), .text(info.status.rawValue), .optional(info.endedAt?.milliseconds),
                .bool(info.isDeleted), .integer(run.number),
            ]
        )
    }

    /// Deletes or restores a run; nothing is removed.
    package static func setDeleted(
        _ isDeleted: Bool,
        _ number: Int64,
        at time: Instant,
        in writer: some SQLWriter
    ) throws(StoreError) {
        try writer.execute(
            "UPDATE runs SET is_deleted = ?, deleted_at = \(isDeleted ? "COALESCE(deleted_at, ?)" : "?") WHERE number = ?",
            [.bool(isDeleted), isDeleted ? .integer(time.milliseconds) : .null, .integer(number)]
        )
    }

    /// Gives a run another name.
    package static func rename(_ number: Int64, to name: String, in writer: some SQLWriter) throws(StoreError) {
        try writer.execute("UPDATE runs SET name = ? WHERE number = ?", [.text(name), .integer(number)])
    }

    /// One page of the runs that pass the filter; ties go to the later start, then to the smaller identifier.
    package static func search(
        experiments: [Int64],
        _ filter: SearchFilter,
        order: [SearchOrder],
        view: LifecycleView,
        limit: Int64,
        offset: Int64,
        in reader: some SQLReader
    ) throws(StoreError) -> [StoredRun] {
        let search = try RunSearch(experiments: experiments, view: view, filter, order: order, in: reader)
        return try runs(try search.numbers(limit: limit, offset: offset, in: reader), in: reader)
    }

    /// The runs with these numbers, in their order.
    private static func runs(_ numbers: [Int64], in reader: some SQLReader) throws(StoreError) -> [StoredRun] {
        var found: [Int64: StoredRun] = [:]
        found.reserveCapacity(numbers.count)
        try TagRows.rows("SELECT \(columns) FROM runs r", owner: "r.number", order: "1", numbers, in: reader) { row in
            let run = run(row)
            found[run.number] = run
        }
        return numbers.compactMap { found[$0] }
    }
}
