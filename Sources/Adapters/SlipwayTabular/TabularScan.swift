/// One file bound to a database of its own.
struct TabularScan {
    let source: TabularSource
    private let session: AdbcSession

    /// Opens a database in which nothing but the file can be reached.
    init(file: String, driver: AdbcDriver, limits: TabularLimits) throws(TabularError) {
        let source = try TabularSource(file: file)
        self.source = source
        do {
            session = try AdbcSession(driver: driver)
            for setting in Self.settings(for: source, limits: limits) { try session.execute("SET \(setting)") }
        } catch {
            throw .unreadable(file: file, reason: EngineMessage.sentence(error.message))
        }
    }

    /// The settings, in an order that matters: the last two shut the door.
    private static func settings(for source: TabularSource, limits: TabularLimits) -> [String] {
        let paths = Set([source.path, source.pattern]).sorted().map { SQLText.literal($0) }.joined(separator: ", ")
        return [
            "memory_limit = '\(max(16, limits.memoryMebibytes))MiB'",
            "threads = \(max(1, limits.threads))",
            "temp_directory = ''",
            "autoinstall_known_extensions = false",
            "autoload_known_extensions = false",
            "TimeZone = 'UTC'",
            "allowed_paths = [\(paths)]",
            "enable_external_access = false",
            "lock_configuration = true",
        ]
    }

    /// Gives the file the name `data`; a scan does without, because each binding looks through the file's head again.
    func bindTable() throws(TabularError) {
        do {
            let name = SQLText.name(TabularEngine.tableName)
            try session.execute("CREATE TEMP VIEW \(name) AS SELECT * FROM \(source.reader)")
        } catch {
            throw failure(error)
        }
    }

    /// How each column of a table, subquery or reader is to be read.
    func plans(from table: String) throws(TabularError) -> [ColumnPlan] {
        do {
            return try session.query("SELECT * FROM \(table) LIMIT 0").fields().map { ColumnPlan($0) }
        } catch {
            throw failure(error)
        }
    }

    /// Reads the planned columns, batch by batch.
    func run(
        _ plans: [ColumnPlan],
        from table: String,
        batch handle: (TabularBatch) throws -> Void
    ) throws -> TabularSchema {
        let schema = TabularSchema(fields: plans.map(\.field))
        guard !plans.isEmpty else { return schema }
        let columns = plans.map(\.expression).joined(separator: ", ")
        let stream: ArrowStream
        let decoder: ArrowDecoder
        do {
            stream = try session.query("SELECT \(columns) FROM \(table)")
            decoder = ArrowDecoder(fields: try stream.fields(), schema: schema)
        } catch {
            throw failure(error)
        }
        while let batch = try next(stream) {
            let decoded = try decoder.decode(batch)
            if decoded.rowCount > 0 { try handle(decoded) }
        }
        return schema
    }

    func next(_ stream: ArrowStream) throws(TabularError) -> ArrowBatch? {
        do {
            return try stream.next()
        } catch {
            throw failure(error)
        }
    }

    /// Starts a statement whose rows are then taken from the stream.
    func start(_ sql: String) throws(TabularError) -> ArrowStream {
        do {
            return try session.query(sql)
        } catch {
            throw failure(error)
        }
    }

    /// The columns of a stream.
    func fields(of stream: ArrowStream) throws(TabularError) -> [ArrowField] {
        do {
            return try stream.fields()
        } catch {
            throw failure(error)
        }
    }

    private func failure(_ error: AdbcFailure) -> TabularError {
        .unreadable(file: source.file, reason: EngineMessage.sentence(error.message))
    }
}
