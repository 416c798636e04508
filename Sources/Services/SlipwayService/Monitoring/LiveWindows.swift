internal import SlipwayDomain
package import SlipwayMonitor
internal import SlipwayPolicy
internal import SlipwayStatistics
package import SlipwayStore

/// A window of live traffic that is full, with what it is to be compared with.
package struct FullWindow: Sendable {
    package let model: String
    package let version: Int
    package let observed: ObservedWindow
    package let reference: WatchedReference
    /// The same as a stored row; written in the transaction of its verdict, so that a crash in between loses none.
    let row: LiveWindowRow
}

/// Summarises live inputs, window by window, on the grid of the stable version's reference.
///
/// A window ends after the manifest's span, or later when it has too few rows. Only summaries are kept, a few
/// kilobytes a column, however much traffic there is.
package actor LiveWindows {
    /// Where everything runs that takes predictions in.
    nonisolated let thread: ActorThread
    package nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }
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
        let reference: WatchedReference
        var profile: DatasetProfile
        /// Nil when rows came whose hours nobody counted.
        var hours: HourCounts?
    }

    /// The window when a manifest names none: short enough to hear early, long enough for a verdict (drift.md).
    static let standardSpan = Span.minutes(15)
    static let standardMinRows = 1000

    package init(
        database: any SQLDatabase,
        routing: RoutingTable,
        thread: ActorThread = ActorThread(name: "recording")
    ) {
        self.thread = thread
        self.database = database
        self.routing = routing
    }

    /// Counts the inputs of some predictions of one model, in their order.
    func add(_ records: [PredictionRecord]) async throws {
        var rest = records[...]
        while let first = rest.first {
            guard let reference = try await reference(of: first.model, at: first.time),
                let endsAt = open[first.model]?.endsAt
            else { return }
            // The first one may end the window, and so may each that comes later than its end.
            let part = rest.prefix(max(1, rest.prefix { $0.time < endsAt }.count))
            rest = rest.dropFirst(part.count)
            for (_, records) in Dictionary(grouping: part, by: \.version.version).sorted(by: { $0.key < $1.key }) {
                let batch = RowReader(version: records[0].version, columns: reference.columns).batch(records)
                try open[first.model]?.profile.add(batch: batch)
            }
            for record in part {
                open[first.model]?.hours?.add(record.rows, milliseconds: record.time.milliseconds)
                // A window that waits for more rows goes on until the last of them.
                if record.time > endsAt { open[first.model]?.endsAt = record.time }
            }
            changed.insert(first.model)
        }
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
        // A gateway reports every few seconds: all of its rows came in the hour in which they began to.
        open[part.model]?.hours?.add(Int(profile.rowCount), milliseconds: part.from.milliseconds)
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
            profile: try CanonicalJSON.text(of: JSONValue(encoding: window.profile)),
            hours: try window.hours.map { try CanonicalJSON.text(of: JSONValue(encoding: $0)) }
        )
    }

    /// The reference of the window that is filling; a window is begun when there is none.
    ///
    /// Only the reference is handed out: a second copy of the filling profile would make each addition copy it.
    private func reference(of model: String, at time: Instant) async throws -> DatasetProfile? {
        if let endsAt = open[model]?.endsAt, time >= endsAt { try await end(model, now: time) }
        if let reference = open[model]?.reference.profile { return reference }
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
        let reference = try WatchedReference(json: JSONValue(parsing: Array(json.utf8)))
            .keeping { settings.features.includes($0) }
        var window = OpenWindow(
            version: version,
            startedAt: time,
            endsAt: time + settings.span,
            reference: reference,
            profile: .emptyLike(reference.profile),
            hours: HourCounts()
        )
        if let row = stored.1, row.version == version, ended[model].map({ row.startedAt > $0 }) ?? true {
            let profile = try JSONValue(parsing: Array(row.profile.utf8)).decode(DatasetProfile.self)
            if profile.columns.map(\.name) == reference.profile.columns.map(\.name) {
                window = OpenWindow(
                    version: version,
                    startedAt: row.startedAt,
                    endsAt: row.endsAt,
                    reference: reference,
                    profile: profile,
                    hours: try row.observedHours
                )
            }
        }
        // Somebody else may have begun the window meanwhile.
        if let reference = open[model]?.reference.profile { return reference }
        open[model] = window
        return reference.profile
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
                observed: ObservedWindow(
                    from: window.startedAt,
                    to: window.endsAt,
                    profile: window.profile,
                    hours: window.hours
                ),
                reference: window.reference,
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

extension LiveWindowRow {
    /// The stored counts by the hour of the week.
    var observedHours: HourCounts? {
        get throws { try hours.map { try JSONValue(parsing: Array($0.utf8)).decode(HourCounts.self) } }
    }

    /// The stored window, if it was counted against this reference.
    func observed(against reference: DatasetProfile) throws -> ObservedWindow? {
        let stored = try JSONValue(parsing: Array(profile.utf8)).decode(DatasetProfile.self)
        var check = DatasetProfile.emptyLike(reference)
        do {
            try check.merge(stored)
        } catch {
            // Another reference, or other features: it cannot be put together with windows of today.
            return nil
        }
        return ObservedWindow(from: startedAt, to: endsAt, profile: stored, hours: try observedHours)
    }
}
