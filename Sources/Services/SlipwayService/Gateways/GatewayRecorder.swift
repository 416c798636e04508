package import Logging
internal import SlipwayDomain
package import SlipwayPolicy
internal import SlipwayStatistics
internal import SlipwayStore
internal import Synchronization

/// Takes a gateway's predictions from the queue to its own files, to the summaries of live inputs, and to the reports
/// from which labels join them.
package actor GatewayRecorder {
    nonisolated let thread = ActorThread(name: "recording")
    package nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }
    private let log: PredictionLog
    private let archive: PredictionArchive?
    private let rules: PredictionRuleBook
    nonisolated let outbox: GatewayOutbox
    private let runtime: Runtime
    private let output: Logger
    private var references: [String: Sketch] = [:]
    private var notes: [String: GatewayEndpoint.Notes] = [:]

    private struct Sketch {
        let told: GatewayEndpoint.Reference
        let reference: DatasetProfile
    }

    package init(
        log: PredictionLog,
        archive: PredictionArchive?,
        rules: PredictionRuleBook,
        outbox: GatewayOutbox = GatewayOutbox(),
        runtime: Runtime,
        output: Logger
    ) {
        self.log = log
        self.archive = archive
        self.rules = rules
        self.outbox = outbox
        self.runtime = runtime
        self.output = output
    }

    /// Works until the task is cancelled.
    func run() async {
        while !Task.isCancelled {
            await flush()
            // Cancellation ends the wait; what came meanwhile is taken at the end.
            try? await runtime.sleep(20)
        }
    }

    /// Takes everything that waits, and writes what was gathered.
    func finish() async {
        await flush()
        await archive?.flush()
    }

    /// Takes everything that waits now.
    package func flush() async {
        let records = log.takeAll()
        await archive?.add(records)
        for record in records { outbox.add(rows(record)) }
        let models = Dictionary(grouping: records) { GroupID(model: $0.model, version: $0.version.version) }
        for (_, records) in models.sorted(by: { ($0.key.model, $0.key.version) < ($1.key.model, $1.key.version) }) {
            sketch(records)
        }
    }

    private func rows(_ record: PredictionRecord) -> [PredictionRow] {
        do {
            return try notes[record.model]?.rows(of: record.version.version).rows(record)
                ?? PredictionRecorder.rows(record)
        } catch {
            // What cannot be noted takes no prediction with it.
            output.error("a prediction of \(record.model) is told without notes: \(error)")
            return PredictionRecorder.rows(record)
        }
    }

    private struct GroupID: Hashable {
        let model: String
        let version: Int
    }

    /// A new table: other rules for what is kept, other references.
    func follow(_ endpoints: [GatewayEndpoint]) {
        for endpoint in endpoints where rules.set(endpoint.predictions, of: endpoint.model) {
            archive?.forget(endpoint.model)
        }
        notes = Dictionary(endpoints.compactMap { endpoint in endpoint.notes.map { (endpoint.model, $0) } }) {
            first,
            _ in
            first
        }
        let told = Dictionary(endpoints.map { ($0.model, $0.reference) }) { first, _ in first }
        references = references.filter { told[$0.key] == $0.value.told }
    }

    func lacks(_ reference: GatewayEndpoint.Reference, of model: String) -> Bool {
        references[model]?.told != reference
    }

    func set(_ reference: GatewayEndpoint.Reference, of model: String, bytes: [UInt8]) throws {
        let profile = try JSONValue(parsing: bytes).decode(DatasetProfile.self)
        references[model] = Sketch(told: reference, reference: profile)
    }

    /// Summarises the inputs of predictions of one version.
    private func sketch(_ records: [PredictionRecord]) {
        guard let first = records.first, let last = records.last, let sketch = references[first.model] else { return }
        let batch = RowReader(version: first.version, columns: sketch.reference.columns).batch(records)
        do {
            try outbox.sketch(
                batch,
                of: first.model,
                from: first.time,
                to: last.time,
                told: sketch.told,
                reference: sketch.reference
            )
        } catch {
            // What does not fit leaves the others their place.
            output.error("\(records.count) predictions of \(first.model) are in no window: \(error)")
        }
    }
}

/// What a gateway was told to keep of each model's predictions.
package final class PredictionRuleBook: Sendable {
    private let rules = Mutex<[String: PredictionRules]>([:])

    package init() {}

    /// Whether the rules are others than before.
    func set(_ new: PredictionRules, of model: String) -> Bool {
        rules.withLock { $0.updateValue(new, forKey: model) != new }
    }

    /// The rules of a model; a model without any was never served.
    package func rules(of model: String) throws(ServiceError) -> PredictionRules {
        guard let rules = rules.withLock({ $0[model] }) else { throw .notFound("'\(model)' has no rules here") }
        return rules
    }
}
