package import Logging
internal import SlipwayDomain
package import SlipwayStore

/// Takes predictions from the queue to where they are kept: the table that labels join, the live windows that drift is
/// judged on, and the files that other engines read.
package actor PredictionRecorder {
    private nonisolated let thread: ActorThread
    package nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }
    private let log: PredictionLog
    private let database: any SQLDatabase
    private let windows: LiveWindows
    private let notes: PredictionNotes
    private let archive: PredictionArchive?
    private let runtime: Runtime
    private let output: Logger
    /// The newest flush; each waits for the one before.
    private var newest: Task<Void, any Error>?

    package init(
        log: PredictionLog,
        database: any SQLDatabase,
        windows: LiveWindows,
        archive: PredictionArchive? = nil,
        runtime: Runtime,
        output: Logger
    ) {
        self.archive = archive
        self.output = output
        self.log = log
        self.database = database
        notes = PredictionNotes(database: database, thread: windows.thread)
        self.windows = windows
        thread = windows.thread
        self.runtime = runtime
    }

    /// Works until the task is cancelled, then takes what is left.
    package func run() async throws {
        while !Task.isCancelled {
            do {
                try await flush()
            } catch {
                // Answers go on: what could not be kept is counted as dropped.
                output.error("predictions could not be kept: \(error)")
            }
            // Cancellation ends the wait; what came meanwhile is still taken below.
            try? await runtime.sleep(20)
        }
        // A task of its own: the cancellation that ends the server must not cut off the last predictions.
        try await Task {
            do {
                try await flush()
            } catch {
                await archive?.flush()
                throw error
            }
            await archive?.flush()
        }.value
    }

    /// The manifest of a model changed.
    func forget(_ model: String) async {
        archive?.forget(model)
        await notes.forget(model)
    }

    /// Takes everything that waits now; when it is over, what others took before is kept too.
    package func flush() async throws {
        let before = newest
        let flush = Task {
            // Who failed before has told it to its own caller.
            _ = await before?.result
            try await take()
        }
        newest = flush
        try await flush.value
    }

    /// A prediction that cannot be stored stops nothing else.
    private func take() async throws {
        let records = log.takeAll()
        // Files are also written when nothing came: what waits for them grows old.
        await archive?.add(records)
        guard !records.isEmpty else { return }
        let rows: [PredictionRow]
        do {
            rows = try await notes.rows(records)
        } catch {
            // What cannot be noted takes no prediction with it.
            output.error("predictions are kept without notes: \(error)")
            rows = records.flatMap(Self.rows)
        }
        do {
            try await database.write { try PredictionTable.insert(rows, in: $0) }
        } catch {
            log.countLost(records.count)
            throw error
        }
        for (model, records) in Dictionary(grouping: records, by: \.model).sorted(by: { $0.key < $1.key }) {
            do {
                try await windows.add(records)
            } catch {
                // A model whose windows cannot be had leaves the others their place.
                output.error("\(records.count) predictions of \(model) are in no window: \(error)")
            }
        }
    }

    static func rows(_ record: PredictionRecord) -> [PredictionRow] {
        let scores = record.version.scores(in: record.outputs)
        return (0..<record.rows).map { row in
            PredictionRow(
                id: record.id(row: row),
                model: record.model,
                version: record.version.version,
                time: record.time,
                score: scores.flatMap { row < $0.count ? $0[row] : nil },
                isEvidence: record.isEvidence
            )
        }
    }

    /// Scores from here on are the positive class.
    package static let decisionThreshold = 0.5
}
