internal import SlipwayDomain

/// One file, or the files of a pattern, bound to a database of its own.
struct TabularScan {
    let source: TabularSource
    /// Keeps what came from a database.
    private let spool: PostgresSpool?
    private let session: AdbcSession

    /// Opens a database in which nothing but the files can be reached, and `output` be written.
    init(
        file: String,
        query: String? = nil,
        output: String? = nil,
        reading: TabularReading = TabularReading(),
        driver: AdbcDriver,
        limits: TabularLimits
    ) throws(TabularError) {
        if PostgresLocation.isNamed(by: file) {
            let location = try PostgresLocation(file, query: query)
            let spool = try PostgresSpool(location, engine: driver, memoryMebibytes: limits.memoryMebibytes)
            self.spool = spool
            source = try TabularSource(spool: spool)
        } else {
            spool = nil
            source = try TabularSource(file: file, reading: reading)
        }
        do {
            session = try AdbcSession(driver: driver)
            for setting in Self.settings(for: source, output: output, limits: limits) {
                try session.execute("SET \(setting)")
            }
        } catch {
            throw .unreadable(file: source.file, reason: EngineMessage.sentence(error.message))
        }
        if spool == nil { try checkFilesAgree() }
    }

    /// The settings, in an order that matters: the last two shut the door.
    private static func settings(
        for source: TabularSource,
        output: String?,
        limits: TabularLimits
    ) -> [String] {
        let paths = Set(source.paths + source.patterns + [output].compactMap(\.self)).sorted().map {
            SQLText.literal($0)
        }.joined(separator: ", ")
        return [
            "memory_limit = '\(max(16, limits.memoryMebibytes))MiB'",
            "threads = \(max(1, limits.threads))",
            "temp_directory = ''",
            "autoinstall_known_extensions = false",
            "autoload_known_extensions = false",
            "TimeZone = 'UTC'",
            // The kernel reads a file ahead; fetching whole column chunks first is one more copy of all of it.
            "disable_parquet_prefetching = true",
            "allowed_paths = [\(paths)]",
            "enable_external_access = false",
            "lock_configuration = true",
        ]
    }

    // MARK: Before the first row

    /// The engine would leave out columns that only some files have: files of one pattern must have the same.
    private func checkFilesAgree() throws(TabularError) {
        guard source.paths.count > 1 else { return }
        var first: [String: String] = [:]
        for (path, pattern) in zip(source.paths, source.patterns) {
            let reader = source.format.reader(patterns: [pattern], reading: TabularReading())
            let columns = try columnTypes(of: reader, file: path)
            let types = Dictionary(columns.map { ($0.name, $0.type) }, uniquingKeysWith: { first, _ in first })
            if first.isEmpty {
                first = types
                continue
            }
            let missing = first.keys.filter { types[$0] == nil }.sorted()
            let extra = types.keys.filter { first[$0] == nil }.sorted()
            // In text files a column that is empty in one file has no type there.
            let changed = source.format == .parquet ? types.keys.filter { first[$0] != types[$0] }.sorted() : []
            guard missing.isEmpty, extra.isEmpty else {
                throw .schemasDiffer(
                    file: path,
                    other: source.paths[0],
                    reason: missing.isEmpty
                        ? "it has the column \"\(extra[0])\", which the other has not"
                        : "it lacks the column \"\(missing[0])\""
                )
            }
            if let name = changed.first {
                throw .schemasDiffer(
                    file: path,
                    other: source.paths[0],
                    reason: "its column \"\(name)\" is \(types[name] ?? ""), and \(first[name] ?? "") in the other"
                )
            }
        }
    }

    /// The engine renames the second of two columns `a` to `a_1`: who reads on would take one for the other.
    func check(columnNames names: [String]) throws(TabularError) {
        guard source.isCSV else { return }
        if names.count == 1 { try checkIsOneColumn(names[0]) }
        try checkNothingIsSkipped(names)
        // Names that differ in nothing but case are the same to the engine.
        let known = Set(names.map { $0.lowercased() })
        let suspects = names.filter { name in
            guard let bar = name.lastIndex(of: "_"), name[name.index(after: bar)...].allSatisfy(\.isNumber) else {
                return false
            }
            return known.contains(name[..<bar].lowercased())
        }
        guard !suspects.isEmpty else { return }
        let header = "read_csv(\(SQLText.literal(source.patterns[0])), header = false, all_varchar = true)"
        var raw: [String] = []
        try run(try plans(from: header), from: "\(header) LIMIT 1") { batch in
            for case .string(let texts) in batch.columns { raw += texts.prefix(1).compactMap { $0 } }
        } translated: { error in
            self.failure(error)
        }
        let lower = raw.map { $0.lowercased() }
        for (index, name) in raw.enumerated() where lower[..<index].contains(name.lowercased()) {
            throw .fileRefused(file: source.file, reason: "has two columns named \"\(name)\": rename one")
        }
    }

    /// Or it leaves out the lines that have fewer fields than the longest, with the header.
    private func checkNothingIsSkipped(_ names: [String]) throws(TabularError) {
        let isUnnamed = names.allSatisfy { $0.hasPrefix("column") && $0.dropFirst(6).allSatisfy(\.isNumber) }
        guard isUnnamed, let dialect = try dialect(), !dialect.hasHeader, dialect.skippedLines > 0 else { return }
        throw .fileRefused(
            file: source.file,
            reason:
                "has lines of different lengths: the first \(dialect.skippedLines) do not have the \(names.count) fields that later "
                + "ones have"
        )
    }

    /// Where lines have different numbers of fields, the engine takes the whole of each for one column.
    private func checkIsOneColumn(_ name: String) throws(TabularError) {
        let delimiters: [Unicode.Scalar] = [",", ";", "\t", "|"]
        guard let delimiter = delimiters.first(where: { name.holds($0) }) else { return }
        let pattern = SQLText.literal(source.patterns[0])
        func reader(_ options: String, columns: Int) -> String {
            let types = (0..<columns).map { "c\($0): 'VARCHAR'" }.joined(separator: ", ")
            return "read_csv(\(pattern), auto_detect = false, \(options), columns = {\(types)})"
        }
        // A name in quotes may have a comma.
        let lines = reader("delim = '\u{1}', quote = '', escape = '', header = false", columns: 1)
        guard try firstRow(of: "(SELECT c0 FROM \(lines) LIMIT 1)", ["c0"]).first == name else { return }
        let rows = reader(
            "delim = \(SQLText.literal(String(delimiter))), quote = '\"', escape = '\"', header = true",
            columns: name.parts(at: delimiter, keepingEmpty: true).count
        )
        // Counting fails at the first line of another length, and the engine names it.
        _ = try firstRow(of: "(SELECT CAST(count(*) AS VARCHAR) AS n FROM \(rows))", ["n"])
    }

    /// The columns of a table or subquery in its first row, as text.
    private func firstRow(of table: String, _ columns: [String]) throws(TabularError) -> [String?] {
        var row: [String?] = []
        let plans = columns.map { ColumnPlan(ArrowField(name: $0, format: "u", isDictionary: false)) }
        try run(plans, from: table) { batch in
            for case .string(let texts) in batch.columns { row.append(texts.first ?? nil) }
        } translated: { error in
            self.failure(error)
        }
        return row
    }

    /// How the one CSV file is written; nil for other data.
    func dialect() throws(TabularError) -> CSVDialect? {
        guard source.isCSV, source.paths.count == 1 else { return nil }
        let names = (0..<10).map { "c\($0)" }
        let sniffer =
            "(\(CSVDialect.sniffer(pattern: source.patterns[0]))) AS sniffed(\(names.joined(separator: ", ")))"
        return CSVDialect(try firstRow(of: sniffer, names))
    }

    /// Whether the data were brought from a database, which has carried out the query.
    var isSpooled: Bool { spool != nil }

    /// Gives the data the name `data`; a scan does without, because each binding looks through the file's head again.
    func bindTable(query: String? = nil, reader: String? = nil) throws(TabularError) {
        let name = SQLText.name(TabularEngine.tableName)
        let whole = "SELECT * FROM \(reader ?? source.reader)"
        // The new line ends a comment that the query may end with.
        let body = query.map { "WITH \(name) AS (\(whole)) SELECT * FROM (\($0)\n) AS result" } ?? whole
        try execute("CREATE OR REPLACE TEMP VIEW \(name) AS \(body)")
    }

    /// Gives the data a second name, under which they have their rows' numbers from 0.
    func bindNumberedTable(name: String, row: String, query: String? = nil) throws(TabularError) {
        let isPlainParquet = source.format == .parquet && source.paths.count == 1 && query == nil
        let number = isPlainParquet ? "file_row_number" : "row_number() OVER () - 1"
        let from = isPlainParquet ? source.reader : SQLText.name(TabularEngine.tableName)
        try execute(
            "CREATE OR REPLACE TEMP VIEW \(SQLText.name(name)) AS SELECT *, \(number) AS \(SQLText.name(row)) FROM \(from)"
        )
    }

    /// Writes all rows of a table or subquery to the output, as Parquet.
    func copy(_ table: String, to output: String) throws(TabularError) {
        // Nobody else knows the file, and a second one beside it must not be written.
        let options = "FORMAT parquet, USE_TMP_FILE false"
        try execute("COPY (SELECT * FROM \(table)) TO \(SQLText.literal(output)) (\(options))")
    }

    private func execute(_ sql: String) throws(TabularError) {
        do {
            try session.execute(sql)
        } catch {
            throw failure(error)
        }
    }

    // MARK: Reading

    /// How each column of a table, subquery or reader is to be read.
    func plans(from table: String) throws(TabularError) -> [ColumnPlan] {
        let plans: [ColumnPlan]
        do {
            plans = try session.query("SELECT * FROM \(table) LIMIT 0").fields().map { ColumnPlan($0) }
        } catch {
            throw failure(error)
        }
        if table == source.reader { try check(columnNames: plans.map(\.name)) }
        return plans
    }

    /// The names and the engine's types of the columns.
    func columnTypes(of table: String, file: String? = nil) throws(TabularError) -> [(name: String, type: String)] {
        var columns: [(name: String, type: String)] = []
        let plans = ["column_name", "column_type"].map {
            ColumnPlan(ArrowField(name: $0, format: "u", isDictionary: false))
        }
        let described = "(SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM \(table)))"
        try run(plans, from: described) { batch in
            guard case .string(let names)? = batch.columns.first, case .string(let types)? = batch.columns.last else {
                return
            }
            columns += zip(names, types).map { (name: $0 ?? "", type: $1 ?? "") }
        } translated: { error in
            if let file, case .unreadable(_, let reason) = self.failure(error) {
                return .unreadable(file: file, reason: reason)
            }
            return self.failure(error)
        }
        return columns
    }

    /// The same for callers whose `batch` cannot fail.
    private func run(
        _ plans: [ColumnPlan],
        from table: String,
        batch handle: (TabularBatch) -> Void,
        translated: (AdbcFailure) -> TabularError
    ) throws(TabularError) {
        let columns = plans.map(\.expression).joined(separator: ", ")
        do throws(AdbcFailure) {
            let stream = try session.query("SELECT \(columns) FROM \(table)")
            let decoder = ArrowDecoder(fields: try stream.fields(), schema: TabularSchema(fields: plans.map(\.field)))
            while let batch = try stream.next() {
                let decoded: TabularBatch
                do {
                    decoded = try decoder.decode(batch)
                } catch {
                    throw AdbcFailure(message: error.description)
                }
                if decoded.rowCount > 0 { handle(decoded) }
            }
        } catch {
            throw translated(error)
        }
    }

    /// Reads the planned columns, batch by batch.
    @discardableResult
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

    /// Names the one file of several that the engine's message is about.
    private func failure(_ error: AdbcFailure) -> TabularError {
        let isOne = source.paths.count == 1
        let guilty = isOne || isSpooled ? nil : source.paths.first { error.message.contains($0) }
        return .unreadable(file: guilty ?? source.file, reason: EngineMessage.sentence(error.message))
    }
}
