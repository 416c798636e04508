internal import SlipwayDomain
package import SlipwayPolicy
package import SlipwayStatistics

/// What scoring a table showed.
package struct ScoredDataset: Sendable {
    package let datasetDigest: String
    package let rows: Int
    package let metrics: [String: Double]
    package let slices: [Evaluation.Slice]
    /// What estimates without labels are made from.
    package let calibration: ScoreCalibration?
    package let losses: [LossEstimator]
}

/// A table that came in to be scored.
package struct Dataset: Sendable {
    /// Where it lies, in a folder of ours.
    package let path: String
    /// `sha256:` and the digest of its bytes.
    package let digest: String
    /// The column with the truth: 0 or 1, or true and false; classes by name or number for more of them; numbers for a
    /// regression.
    package let label: String

    package init(path: String, digest: String, label: String) {
        self.path = path
        self.digest = digest
        self.label = label
    }
}

/// Scores labelled tables with registered versions and records what comes out as evidence.
package struct Evaluations: Sendable {
    private let governance: Governance
    private let tables: any TableReader
    private let pool: BlockingPool

    package init(governance: Governance, tables: any TableReader, pool: BlockingPool) {
        self.governance = governance
        self.tables = tables
        self.pool = pool
    }

    /// Evaluates a version, and the champion on the same rows, so that the two can be compared.
    package func evaluate(
        model: String,
        version: Int,
        dataset: Dataset,
        caller: Caller
    ) async throws -> Evaluation {
        let manifest = try await governance.requiredManifest(of: model)
        guard [.binaryClassification, .multiclass, .regression].contains(manifest.spec.task) else {
            throw ServiceError.invalid(
                "only classification and regression can be evaluated now, '\(model)' is "
                    + manifest.spec.task.rawValue
            )
        }
        let slices = manifest.spec.evaluation.sliceColumns
        let task = manifest.spec.task
        let evaluation = try await score(
            model: model,
            version: version,
            task: task,
            dataset: dataset,
            slices: slices,
            caller: caller
        )
        if let champion = try await governance.champion(of: model), champion != version {
            _ = try await score(
                model: model,
                version: champion,
                task: task,
                dataset: dataset,
                slices: slices,
                caller: .system
            )
        }
        return evaluation
    }

    private func score(
        model: String,
        version: Int,
        task: ModelTask,
        dataset: Dataset,
        slices: [String],
        caller: Caller
    ) async throws -> Evaluation {
        let file = try await governance.files.load(model: model, version: version, engine: governance.engine)
        let scored = try await pool.run {
            try TableScorer(version: file.loaded, task: task, dataset: dataset, sliceColumns: slices).score(
                with: tables
            )
        }
        return try await governance.record(
            evaluation: scored,
            model: model,
            version: version,
            artifactDigest: file.digest,
            caller: caller
        )
    }
}
