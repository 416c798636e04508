package import SlipwayDomain
package import SlipwayStore

/// Finds single predictions again: what a label is to be joined to, and what stands of it in the files.
package struct Predictions: Sendable {
    private let database: any SQLDatabase
    private let recorder: PredictionRecorder
    private let archive: PredictionArchive

    package init(database: any SQLDatabase, recorder: PredictionRecorder, archive: PredictionArchive) {
        self.database = database
        self.recorder = recorder
        self.archive = archive
    }

    /// One prediction as it is known now.
    package struct Found: Sendable {
        package let id: String
        package let model: String
        package let version: Int
        package let time: Instant
        package let score: Double?
        package let label: Double?
        /// The class that was chosen of several, and the true one; the label says whether they are the same.
        package let answer: String?
        package let trueClass: String?
        /// Inputs, outputs, key and latency; nil when the manifest's sample left it out.
        package let file: JSONValue?
    }

    /// The prediction with this id, or `notFound`.
    package func find(_ id: String, model: String) async throws -> Found {
        // It may be asked for so fast that it still waits in the queue.
        try await recorder.flush()
        guard let known = try await database.read({ try PredictionTable.row(id, model: model, in: $0) }) else {
            throw ServiceError.notFound("'\(model.prefix(80))' has no prediction '\(id.prefix(80))'")
        }
        let file = try await archive.row(id: id, model: model, time: known.row.time)
        return Found(
            id: id,
            model: model,
            version: known.row.version,
            time: known.row.time,
            score: known.row.score,
            label: known.label,
            answer: known.row.answer,
            trueClass: known.class,
            file: file
        )
    }
}
