internal import SlipwayPolicy

/// A version of a model in memory, with what routing and logging need to know of it.
package final class LoadedVersion: Sendable {
    package let version: Int
    /// `sha256:` and the digest of the file that was loaded.
    package let digest: String
    package let model: any LoadedModel
    /// The model again if it runs somewhere else.
    package let remote: (any RemoteModel)?
    package let features: FeatureMap
    /// The names of the classes, by output.
    let classNames: [String: [String]]
    /// What its runs cost.
    package let cost = RunCost()
    /// Where requests wait to be run together; nil when each is run alone.
    let batches: BatchQueue?
    /// How requests are run together; nil when each is run alone.
    package let batching: BatchPolicy?

    /// A policy for batches is kept only where the model's shapes allow them.
    package init(version: Int, digest: String, model: any LoadedModel, batching: BatchPolicy? = nil) {
        self.version = version
        self.digest = digest
        self.model = model
        remote = model as? any RemoteModel
        self.batching = remote == nil && Batch.fits(model) ? batching : nil
        batches = self.batching.map { [cost] in BatchQueue($0, model: model, cost: cost) }
        features = FeatureMap(inputs: model.inputs, metadata: model.metadata)
        classNames = Self.classNames(model.metadata)
    }

    /// Whether questions are answered now, as far as is known without asking one.
    package var isReady: Bool { remote.map { $0.report.standing == .closed } ?? true }

    /// What a manifest may name of it.
    var columns: ModelColumns {
        ModelColumns(
            features: features.columns.flatMap { $0.map(\.name) },
            logged: PredictionLayout(version: self, rules: .standard).names
        )
    }

    /// The positive class's score of each row: column 1 of an [N,2] output, or the only column of an [N] or [N,1] one.
    package func scores(in outputs: [Tensor]) -> [Double]? {
        for tensor in outputs.reversed() {
            guard tensor.data.type.holdsScores, let rows = tensor.shape.first, rows > 0 else { continue }
            let width = tensor.data.count / rows
            guard width == 1 || width == 2 else { continue }
            return (0..<rows).compactMap { tensor.data.number(at: $0 * width + width - 1) }
        }
        return nil
    }
}
