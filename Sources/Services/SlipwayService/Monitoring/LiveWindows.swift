package import SlipwayDomain
internal import SlipwayPolicy
package import SlipwayStatistics
package import SlipwayStore

/// A window of live traffic that is full, with what it is to be compared with.
package struct FullWindow: Sendable {
    package let model: String
    package let version: Int
    package let from: Instant
    package let to: Instant
    package let reference: DatasetProfile
    package let current: DatasetProfile
    /// The same as a stored row; written in the transaction of its verdict, so that a crash in between loses none.
    let row: LiveWindowRow
}

/// Summarises live inputs, window by window, on the grid of the stable version's reference.
///
/// A window ends after the manifest's span, or later when it has too few rows. Only summaries are kept, a few
/// kilobytes a column, however much traffic there is.
package actor LiveWindows {
    private let database: any SQLDatabase
    private let routing: RoutingTable
    private var open: [String: OpenWindow] = [:]
    private var settings: [String: Settings] = [:]
    private var full: [FullWindow] = []
    private var changed: Set<String> = []
    /// When the newest ended window of each model began: what is stored of it is not to be filled again.
    private var ended: [String: Instant] = [:]

    private struct Settings {
        let span: Span
        let minRows: Int
        let features: Monitors.Features
    }

    private struct OpenWindow {
        let version: Int
        let startedAt: Instant
        var endsAt: Instant
        let reference: DatasetProfile
        var profile: DatasetProfile
    }

    /// The window when a manifest names none: short enough to hear early, long enough for a verdict (drift.md).
    static let standardSpan = Span.minutes(15)
    static let standardMinRows = 1000

    package init(database: any SQLDatabase, routing: RoutingTable) {
        self.database = database
        self.routing = routing
    }

    /// Counts the inputs of one prediction.
    func add(_ record: PredictionRecord) async throws {
        guard let reference = try await reference(of: record.model, at: record.time) else { return }
        let batch = RowReader(version: record.version, columns: reference.columns).values(record)
        try open[record.model]?.profile.add(batch: batch)
        // A window that waits for more rows goes on until the last of them.
        if let endsAt = open[record.model]?.endsAt, record.time > endsAt { open[record.model]?.endsAt = record.time }
        changed.insert(record.model)
    }

    /// Adds what a gateway summarised. What it compared with something else than the filling window is left out: the
    /// gateway hears of the new reference with its next table.
    func add(_ part: GatewayReport.Window) async throws {
        guard try await reference(of: part.model, at: part.from) != nil, let settings = settings[part.model],
            let window = open[part.model], window.version == part.version
        else { return }
        let profile = part.profile.keeping { settings.features.includes($0) }
        do {
            try open[part.model]?.profile.merge(profile)
        } catch {
            return
        }
        if part.to > window.endsAt { open[part.model]?.endsAt = part.to }
        changed.insert(part.model)
    }

    /// Ends the windows whose time has passed and returns all that are full, oldest first.
    func takeFull(now: Instant) async throws -> [FullWindow] {
        for model in open.keys.sorted() { try await end(model, now: now) }
        defer { full = [] }
        return full
    }

    /// Takes a window back that could not be judged, for the next look.
    func putBack(_ window: FullWindow) { full.append(window) }

    /// Stores the windows that are filling, so that a restart goes on with them.
    func save() async throws {
        let rows = try changed.sorted().compactMap { try row(of: $0, isClosed: false) }
        changed = []
        guard !rows.isEmpty else { return }
        try await database.write { connection in
            for row in rows { try WatchTable.setWindow(row, in: connection) }
        }
    }

    /// Reads manifest and reference anew at the next prediction; called when one of them changed.
    package func forget(_ model: String) async throws {
        if let row = try row(of: model, isClosed: false) {
            try await database.write { try WatchTable.setWindow(row, in: $0) }
        }
        open[model] = nil
        settings[model] = nil
    }

    private func row(of model: String, isClosed: Bool) throws -> LiveWindowRow? {
        guard let window = open[model] else { return nil }
        return LiveWindowRow(
            model: model,
            startedAt: window.startedAt,
            endsAt: window.endsAt,
            isClosed: isClosed,
            version: window.version,
            rows: Int(window.profile.rowCount),
            profile: try CanonicalJSON.text(of: JSONValue(encoding: window.profile))
        )
    }

    /// The reference of the window that is filling; a window is begun when there is none.
    ///
    /// Only the reference is handed out: a second copy of the filling profile would make each addition copy it.
    private func reference(of model: String, at time: Instant) async throws -> DatasetProfile? {
        if let endsAt = open[model]?.endsAt, time >= endsAt { try await end(model, now: time) }
        if let reference = open[model]?.reference { return reference }
        guard let settings = try await settings(of: model), let version = routing.endpoint(model)?.stable?.version
        else {
            return nil
        }
        let stored = try await database.read { connection in
            (
                try GovernanceTable.reference(model: model, version: version, in: connection)?.json,
                try WatchTable.openWindow(model: model, in: connection)
            )
        }
        guard let json = stored.0 else { return nil }
        let reference = try JSONValue(parsing: Array(json.utf8)).decode(DatasetProfile.self)
            .keeping { settings.features.includes($0) }
        var window = OpenWindow(
            version: version,
            startedAt: time,
            endsAt: time + settings.span,
            reference: reference,
            profile: .emptyLike(reference)
        )
        if let row = stored.1, row.version == version, ended[model].map({ row.startedAt > $0 }) ?? true {
            let profile = try JSONValue(parsing: Array(row.profile.utf8)).decode(DatasetProfile.self)
            if profile.columns.map(\.name) == reference.columns.map(\.name) {
                window = OpenWindow(
                    version: version,
                    startedAt: row.startedAt,
                    endsAt: row.endsAt,
                    reference: reference,
                    profile: profile
                )
            }
        }
        // Somebody else may have begun the window meanwhile.
        if let reference = open[model]?.reference { return reference }
        open[model] = window
        return reference
    }

    private func end(_ model: String, now: Instant) async throws {
        // Nothing is awaited from here on, so that no window is ended twice and no row is lost.
        guard let settings = try await settings(of: model), let window = open[model], now >= window.endsAt,
            window.profile.rowCount >= settings.minRows, let row = try row(of: model, isClosed: true)
        else { return }
        full.append(
            FullWindow(
                model: model,
                version: window.version,
                from: window.startedAt,
                to: window.endsAt,
                reference: window.reference,
                current: window.profile,
                row: row
            )
        )
        ended[model] = window.startedAt
        open[model] = nil
        changed.remove(model)
    }

    private func settings(of model: String) async throws -> Settings? {
        if let known = settings[model] { return known }
        guard let drift = try await database.read({ try Governance.manifest(of: model, in: $0) })?.spec.monitors.drift
        else {
            return nil
        }
        let read = Settings(
            span: drift.window ?? Self.standardSpan,
            minRows: drift.minRows ?? Self.standardMinRows,
            features: drift.features
        )
        settings[model] = read
        return read
    }
}

/// Reads the inputs of a prediction as the columns of a reference.
struct RowReader {
    let version: LoadedVersion
    let columns: [DatasetProfile.Column]

    func values(_ record: PredictionRecord) -> [[ColumnValue]] {
        columns.map { column in
            guard let place = version.features.place(of: column.name) else {
                return [ColumnValue](repeating: .missing, count: record.rows)
            }
            guard let tensor = record.inputs.first(where: { $0.name == version.model.inputs[place.input].name }) else {
                return [ColumnValue](repeating: .missing, count: record.rows)
            }
            let feature = version.features.columns[place.input][place.column]
            let width = max(1, tensor.data.count / max(1, record.rows))
            return (0..<record.rows).map { row in
                value(of: tensor.data, at: row * width + place.column, as: column.profile.kind, feature)
            }
        }
    }

    private func value(
        of data: TensorData,
        at index: Int,
        as kind: ColumnKind,
        _ feature: FeatureMap.Feature
    ) -> ColumnValue {
        // An input may have fewer rows than the first one.
        guard index < data.count else { return .missing }
        switch kind {
        case .numeric: return data.number(at: index).map { .number($0) } ?? .failed
        case .boolean: return data.number(at: index).map { .flag($0 != 0) } ?? .failed
        case .categorical:
            guard let categories = feature.categories else { return .text(data.text(at: index)) }
            guard let number = data.number(at: index), let code = Int(exactly: number),
                categories.indices.contains(code)
            else { return .failed }
            return .text(categories[code])
        }
    }
}
