internal import SlipwayDomain

/// Predictions of one version in one hour, gathered until they are worth a file.
struct PredictionColumns {
    private let layout: PredictionLayout
    /// The columns that every file begins with.
    private var fixed = PredictionLayout.fixedColumns
    private var inputs: [PredictionPart]
    private var outputs: [PredictionPart]
    private(set) var rows = 0
    /// About how much memory the values hold.
    private(set) var bytes = 0

    init(layout: PredictionLayout) {
        self.layout = layout
        inputs = layout.inputs.map(PredictionPart.init)
        outputs = layout.outputs.map(PredictionPart.init)
    }

    /// Appends records until they are worth a file of so many bytes; gives how many, and whether they are.
    mutating func append(_ records: ArraySlice<PredictionRecord>, upTo most: Int) -> (taken: Int, isLarge: Bool) {
        for (index, record) in records.enumerated() {
            append(record)
            if bytes >= most { return (index + 1, true) }
        }
        return (records.count, false)
    }

    mutating func append(_ record: PredictionRecord) {
        let count = record.rows
        let scores = layout.redactsScore ? nil : record.version.scores(in: record.outputs)
        let key = layout.redactsKey ? nil : record.key
        for row in 0..<count {
            fixed[0].append(text: record.id(row: row))
            fixed[1].append(integer: record.time.milliseconds)
            fixed[2].append(integer: Int64(record.version.version))
            fixed[3].append(text: key)
            fixed[4].append(double: Double(record.nanoseconds) / 1e6)
            fixed[5].append(double: scores.flatMap { row < $0.count ? $0[row] : nil })
        }
        rows += count
        bytes += count * (64 + (key?.utf8.count ?? 0))
        for index in inputs.indices { bytes += inputs[index].append(record.inputs, rows: count) }
        for index in outputs.indices { bytes += outputs[index].append(record.outputs, rows: count) }
    }

    func batch(model: String, version: Int, hour: Instant) -> PredictionBatch {
        let columns = fixed + inputs.flatMap { $0.columns() } + outputs.flatMap { $0.columns() }
        return PredictionBatch(model: model, version: version, hour: hour, rows: rows, columns: columns)
    }
}
