internal import SlipwayStatistics

/// Reads the inputs of a prediction as the columns of a reference.
struct RowReader {
    let version: LoadedVersion
    let columns: [DatasetProfile.Column]

    func values(_ record: PredictionRecord) -> [[ColumnValue]] {
        columns.map { column in
            guard let place = version.features.place(of: column.name) else {
                return [ColumnValue](repeating: .missing, count: record.rows)
            }
            guard let tensor = record.inputs.first(where: { $0.name == version.model.inputs[place.input].name }) else {
                return [ColumnValue](repeating: .missing, count: record.rows)
            }
            let feature = version.features.columns[place.input][place.column]
            let width = max(1, tensor.data.count / max(1, record.rows))
            return (0..<record.rows).map { row in
                value(of: tensor.data, at: row * width + place.column, as: column.profile.kind, feature)
            }
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
