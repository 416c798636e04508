package import SlipwayDomain
internal import SlipwayLedger

/// What is shown of models: on the console, by `status`, and by anybody who asks for a past instant.
package struct ModelReports: Sendable {
    private let ledger: LedgerBook
    private let routing: RoutingTable
    private let predictions: PredictionLog
    private let archive: PredictionArchive?
    private let runtime: Runtime

    package init(
        ledger: LedgerBook,
        routing: RoutingTable,
        predictions: PredictionLog,
        archive: PredictionArchive? = nil,
        runtime: Runtime
    ) {
        self.archive = archive
        self.ledger = ledger
        self.routing = routing
        self.predictions = predictions
        self.runtime = runtime
    }

    /// What the server itself is doing now.
    package struct ServerState: Sendable {
        package let now: Instant
        /// Set in a drill: where its clock began and how fast it may be led.
        package let drill: (start: Instant, rate: Double)?
        package let loggedPredictions: Int
        package let droppedPredictions: Int
    }

    package var server: ServerState {
        let counts = predictions.counts
        return ServerState(
            now: runtime.now(),
            drill: runtime.drill.map { ($0.start, $0.rate) },
            loggedPredictions: counts.accepted,
            droppedPredictions: counts.dropped
        )
    }

    /// What Prometheus is told.
    package var counters: ServingCounters { ServingCounters(routing: routing, log: predictions, archive: archive) }

    /// The names of all models that have a version or a manifest and are not deleted, sorted.
    package func models() async throws -> [String] { Self.models(in: try await ledger.entries()) }

    /// The histories of all models, by name, out of one reading of the ledger.
    package func histories() async throws -> [ModelHistory] {
        let entries = try await ledger.entries()
        return Self.models(in: entries).map { ModelHistory(model: $0, entries: entries) }
    }

    private static func models(in entries: [Entry]) -> [String] {
        var (versioned, governed): (Set<String>, Set<String>) = ([], [])
        for entry in entries {
            guard let model = entry.data["model"]?.string else { continue }
            switch entry.name {
            case "version.registered": versioned.insert(model)
            case "manifest.applied": governed.insert(model)
            case "model.deleted":
                versioned.remove(model)
                governed.remove(model)
            case "model.renamed":
                // What was decided about the name stays with it.
                if let new = entry.data["newName"]?.string, versioned.remove(model) != nil { versioned.insert(new) }
            default: break
            }
        }
        return versioned.union(governed).sorted()
    }

    /// The history of one model, now or as of an instant.
    package func history(of model: String, asOf instant: Instant? = nil) async throws -> ModelHistory {
        let history = ModelHistory(model: model, entries: try await ledger.entries(), asOf: instant)
        guard !history.versions.isEmpty || history.manifest != nil else {
            let when = instant.map { " as of \($0)" } ?? ""
            throw ServiceError.notFound(
                "there is no model '\(model.prefix(80))'\(when): register one, or apply a manifest"
            )
        }
        return history
    }
}
