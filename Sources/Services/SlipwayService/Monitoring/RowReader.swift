internal import SlipwayStatistics

/// Reads the inputs of a prediction as the columns of a reference.
struct RowReader {
    let version: LoadedVersion
    let columns: [DatasetProfile.Column]

    /// Where a column's values stand, and how they are read.
    private struct Reading {
        let input: Int
        let column: Int
        let kind: ColumnKind
        let feature: FeatureMap.Feature
    }

    /// The rows of some predictions of the version, column by column.
    func values(_ records: [PredictionRecord]) -> [[ColumnValue]] {
        let rows = records.reduce(0) { $0 + $1.rows }
        let readings = columns.map { column in
            version.features.place(of: column.name).map { place in
                Reading(
                    input: place.input,
                    column: place.column,
                    kind: column.profile.kind,
                    feature: version.features.columns[place.input][place.column]
                )
            }
        }
        var values = [[ColumnValue]](repeating: [], count: columns.count)
        for index in values.indices { values[index].reserveCapacity(rows) }
        let names = version.model.inputs.map(\.name)
        for record in records {
            // Tensors are looked up once for all columns.
            let tensors = names.map { name in record.inputs.first { $0.name == name }?.data }
            let count = record.rows
            for (index, reading) in readings.enumerated() {
                guard let reading, let data = tensors[reading.input] else {
                    values[index].append(contentsOf: repeatElement(.missing, count: count))
                    continue
                }
                let width = max(1, data.count / max(1, count))
                for row in 0..<count {
                    values[index].append(
                        value(of: data, at: row * width + reading.column, as: reading.kind, reading.feature)
                    )
                }
            }
        }
        return values
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
