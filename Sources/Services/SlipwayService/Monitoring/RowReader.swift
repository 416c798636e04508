internal import SlipwayStatistics

/// Reads the inputs of a prediction as the columns of a reference.
struct RowReader {
    let version: LoadedVersion
    let columns: [DatasetProfile.Column]

    /// Where a column's values stand, and how they are read.
    private struct Reading {
        /// The place among the columns of the reference.
        let index: Int
        let kind: ColumnKind
        /// The place among the columns of the input.
        let column: Int
        let categories: [String]?
    }

    /// The rows of some predictions of the version, column by column.
    func batch(_ records: [PredictionRecord]) -> [ColumnBatch] {
        let rows = records.reduce(0) { $0 + $1.rows }
        var batch = columns.map { ColumnBatch(numbers: $0.profile.kind == .numeric ? rows : 0) }
        let (byInput, unknown) = readings()
        for index in unknown { batch[index].others = [ColumnValue](repeating: .missing, count: rows) }
        for (signature, readings) in zip(version.model.inputs, byInput) where !readings.isEmpty {
            for record in records {
                let data = record.inputs.firstIndex { $0.name == signature.name }.map { record.inputs[$0].data }
                read(data, rows: record.rows, readings, into: &batch)
            }
        }
        return batch
    }

    /// What is to be read out of each input, and the columns that the version does not have.
    private func readings() -> (byInput: [[Reading]], unknown: [Int]) {
        var byInput = [[Reading]](repeating: [], count: version.model.inputs.count)
        var unknown: [Int] = []
        for (index, column) in columns.enumerated() {
            guard let place = version.features.place(of: column.name) else {
                unknown.append(index)
                continue
            }
            byInput[place.input].append(
                Reading(
                    index: index,
                    kind: column.profile.kind,
                    column: place.column,
                    categories: version.features.columns[place.input][place.column].categories
                )
            )
        }
        return (byInput, unknown)
    }

    /// Appends the rows of one tensor; it is unpacked once for all of its columns.
    private func read(_ data: TensorData?, rows: Int, _ readings: [Reading], into batch: inout [ColumnBatch]) {
        switch data {
        case .fp32(let numbers): read(numbers.count, rows, readings, data, into: &batch) { Double(numbers[$0]) }
        case .fp64(let numbers): read(numbers.count, rows, readings, data, into: &batch) { numbers[$0] }
        case let data?: read(data.count, rows, readings, data, into: &batch) { data.number(at: $0) }
        case nil: read(0, rows, readings, nil, into: &batch) { _ in nil }
        }
    }

    private func read(
        _ total: Int,
        _ rows: Int,
        _ readings: [Reading],
        _ data: TensorData?,
        into batch: inout [ColumnBatch],
        _ number: (Int) -> Double?
    ) {
        let width = max(1, total / max(1, rows))
        for reading in readings {
            for row in 0..<rows {
                let index = row * width + reading.column
                // An input may have fewer rows than the first one.
                if index >= total {
                    batch[reading.index].others.append(.missing)
                } else if reading.kind == .numeric, let number = number(index) {
                    batch[reading.index].numbers.append(number)
                } else {
                    let value = value(number(index), reading) { data?.text(at: index) ?? "" }
                    batch[reading.index].others.append(value)
                }
            }
        }
    }

    /// A cell that is no number of a numeric column.
    private func value(_ number: Double?, _ reading: Reading, _ text: () -> String) -> ColumnValue {
        switch reading.kind {
        case .numeric: return .failed
        case .boolean: return number.map { .flag($0 != 0) } ?? .failed
        case .categorical:
            guard let categories = reading.categories else { return .text(text()) }
            guard let number, let code = Int(exactly: number), categories.indices.contains(code) else { return .failed }
            return .text(categories[code])
        }
    }
}
