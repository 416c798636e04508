package import SlipwayDomain
internal import SlipwayRelease
internal import SlipwayStatistics
package import SlipwayStore

/// The control plane's side of gateways: what they are told, the files they may have, and what they report.
///
/// Who may call is the route's to say: a gateway's token, which opens nothing else.
package struct Gateways: Sendable {
    private let database: any SQLDatabase
    private let feed: GatewayFeed
    private let files: ModelFiles
    private let windows: LiveWindows
    private let runtime: Runtime

    /// The longest wait for a change of the table.
    package static let longestWait = 30_000
    private static let lookMilliseconds: Int64 = 20

    package init(
        database: any SQLDatabase,
        feed: GatewayFeed,
        files: ModelFiles,
        windows: LiveWindows,
        runtime: Runtime
    ) {
        self.database = database
        self.feed = feed
        self.files = files
        self.windows = windows
        self.runtime = runtime
    }

    /// The routing table; nil when it is still the one with this tag after the wait.
    package func routes(after tag: String?, waitMilliseconds: Int) async throws -> GatewayFeed.Sheet? {
        guard runtime.drill == nil else {
            throw ServiceError.conflict("a drill has a clock of its own, so it feeds no gateways")
        }
        guard (0...Self.longestWait).contains(waitMilliseconds) else {
            throw ServiceError.invalid("a gateway waits for 0 to \(Self.longestWait) milliseconds")
        }
        let started = runtime.monotonicNanoseconds()
        while true {
            let now = runtime.monotonicNanoseconds()
            feed.ask(at: now)
            if let sheet = feed.sheet, sheet.tag != tag, feed.isFresh(at: now) { return sheet }
            guard now &- started < UInt64(waitMilliseconds) * 1_000_000 else { break }
            try await runtime.sleep(Self.lookMilliseconds)
        }
        if feed.sheet == nil {
            throw ServiceError.unavailable("the control plane is starting and has not loaded all models: ask again")
        }
        return nil
    }

    /// The file of a version, if the table names it.
    package func file(model: String, version: Int, digest: String) async throws -> [UInt8] {
        guard let endpoint = feed.endpoint(model),
            endpoint.versions.contains(GatewayEndpoint.Version(version: version, digest: digest))
        else {
            throw ServiceError.notFound("\(model.prefix(80))@\(version) with this digest is not in the routing table")
        }
        guard let file = try await files.read(model: model, version: version), file.digest == digest else {
            throw ServiceError.conflict(
                "the file of \(model)@\(version) is not the one that was decided about any more"
            )
        }
        return file.bytes
    }

    /// What live inputs of a version are compared with, if the table names it.
    package func reference(model: String, version: Int) async throws -> [UInt8] {
        guard feed.endpoint(model)?.reference?.version == version,
            let row = try await database.read({ try GovernanceTable.reference(model: model, version: version, in: $0) })
        else {
            throw ServiceError.notFound("the routing table names no reference of \(model.prefix(80))@\(version)")
        }
        return Array(row.json.utf8)
    }

    /// Takes a report in, once: the same one sent again changes nothing. Returns whether it was new.
    package func accept(_ report: GatewayReport) async throws -> Bool {
        try report.check()
        for counted in report.counted {
            // Whatever cannot be added to itself can be added to nothing.
            do {
                _ = try counted.evidence.adding([counted.evidence])
            } catch {
                throw ServiceError.invalid("\(error)")
            }
        }
        let time = runtime.now()
        let known = { (model: String) in feed.endpoint(model) != nil }
        let traffic = report.traffic.filter { known($0.model) }
        let rows = report.predictions.filter { known($0.model) }.flatMap(\.rows)
        let isNew = try await database.write { connection in
            let isNew = try GatewayLifeTable.take(
                life: report.life,
                name: report.name,
                sequence: report.sequence,
                at: time,
                in: connection
            )
            guard isNew else { return false }
            for part in traffic {
                let sums = EndpointSums(requests: part.requests, errors: part.errors, slow: part.slow)
                try EndpointHourTable.add(sums, model: part.model, at: time, in: connection)
            }
            try PredictionTable.insert(rows, in: connection)
            return true
        }
        for counted in report.counted { feed.take(counted, life: report.life, sequence: report.sequence) }
        // After the commit: a crash in between loses a summary, and no summary is ever added twice.
        if isNew {
            for window in report.windows where known(window.model) { try await windows.add(window) }
        }
        return isNew
    }

    /// One start of a gateway that was heard of.
    package struct Seen: Sendable, Equatable {
        package let name: String
        package let life: String
        /// How many of its reports were taken.
        package let reports: Int
        package let at: Instant
    }

    /// The gateways that were heard of during the last hour.
    package func seen() async throws -> [Seen] {
        let since = runtime.now() + Span.hours(-1)
        return try await database.read { connection in
            try GatewayLifeTable.seen(since: since, in: connection).map {
                Seen(name: $0.name, life: $0.life, reports: $0.sequence, at: $0.seenAt)
            }
        }
    }
}
