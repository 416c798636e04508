package import SlipwayStore

/// Joins labels that arrive late to the predictions that they are about.
package struct Labels: Sendable {
    private let database: any SQLDatabase
    private let recorder: PredictionRecorder

    package init(database: any SQLDatabase, recorder: PredictionRecorder) {
        self.database = database
        self.recorder = recorder
    }

    /// Gives labels by prediction id and returns how many predictions were found.
    package func add(_ labels: [(id: String, label: Double)], model: String) async throws -> Int {
        if let bad = labels.first(where: { !$0.label.isFinite }) {
            throw ServiceError.invalid("the label of prediction \(bad.id.prefix(80)) is not a finite number")
        }
        // A label may follow its prediction so fast that the prediction still waits in the queue.
        try await recorder.flush()
        return try await database.write { try PredictionTable.label(model: model, labels, in: $0) }
    }
}
