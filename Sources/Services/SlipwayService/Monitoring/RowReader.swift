internal import SlipwayStatistics

/// Reads the inputs of a prediction as the columns of a reference.
struct RowReader {
    let version: LoadedVersion
    let columns: [DatasetProfile.Column]

    /// The rows of some predictions of the version, column by column.
    func values(_ records: [PredictionRecord]) -> [[ColumnValue]] {
        let rows = records.reduce(0) { $0 + $1.rows }
        return columns.map { column in
            guard let place = version.features.place(of: column.name) else {
                return [ColumnValue](repeating: .missing, count: rows)
            }
            let input = version.model.inputs[place.input].name
            let feature = version.features.columns[place.input][place.column]
            var values: [ColumnValue] = []
            values.reserveCapacity(rows)
            for record in records {
                let count = record.rows
                guard let data = record.inputs.first(where: { $0.name == input })?.data else {
                    values.append(contentsOf: repeatElement(.missing, count: count))
                    continue
                }
                let width = max(1, data.count / max(1, count))
                for row in 0..<count {
                    values.append(value(of: data, at: row * width + place.column, as: column.profile.kind, feature))
                }
            }
            return values
        }
    }

    private func value(
        of data: TensorData,
        at index: Int,
        as kind: ColumnKind,
        _ feature: FeatureMap.Feature
    ) -> ColumnValue {
        // An input may have fewer rows than the first one.
        guard index < data.count else { return .missing }
        switch kind {
        case .numeric: return data.number(at: index).map { .number($0) } ?? .failed
        case .boolean: return data.number(at: index).map { .flag($0 != 0) } ?? .failed
        case .categorical:
            guard let categories = feature.categories else { return .text(data.text(at: index)) }
            guard let number = data.number(at: index), let code = Int(exactly: number),
                categories.indices.contains(code)
            else { return .failed }
            return .text(categories[code])
        }
    }
}
