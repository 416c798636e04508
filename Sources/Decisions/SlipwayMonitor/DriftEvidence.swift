import SlipwayStatistics

/// All that one comparison measured, before its p-values are corrected.
struct DriftEvidence {
    let columns: [(column: DatasetProfile.Column, measures: ColumnMeasures)]
    let multivariate: MultivariateMeasure?
    let vectors: [VectorMeasure]
    /// Rows of the current data.
    let rows: Int64

    /// Measures every watched column.
    init(
        reference: DatasetProfile,
        current: DatasetProfile,
        policy: DriftPolicy,
        isMultivariate: Bool
    ) throws(StatisticsError) {
        let measurer = ColumnMeasurer(policy: policy)
        func isWanted(_ name: String) -> Bool { policy.features?.contains(name) ?? true }
        var columns: [(column: DatasetProfile.Column, measures: ColumnMeasures)] = []
        for column in reference.columns where isWanted(column.name) {
            guard let profile = current[column.name] else { throw .differentColumns("\(column.name) is missing") }
            columns.append((column, try measurer.measures(reference: column.profile, current: profile)))
        }
        self.columns = columns
        multivariate =
            isMultivariate
            ? MultivariateMeasure(reference: reference, current: current, isWanted: isWanted) : nil
        var vectors: [VectorMeasure] = []
        // Live windows have none: only what both sides have is compared.
        if let others = current.vectors {
            for vector in reference.vectors ?? [] where isWanted(vector.name) {
                guard let other = others.first(where: { $0.name == vector.name }) else {
                    throw .differentColumns("\(vector.name) is missing")
                }
                vectors.append(try VectorMeasure(reference: vector, current: other, policy: policy))
            }
        }
        self.vectors = vectors
        rows = current.rowCount
    }

    /// The p-values of all tests that decide, in the order in which a verdict takes them back.
    var pValues: [Double] {
        columns.flatMap { $0.measures.tests.filter(\.decides).compactMap(\.pValue) }
            + [multivariate?.classifier?.pValue].compactMap { $0 } + vectors.flatMap(\.pValues)
    }
}
