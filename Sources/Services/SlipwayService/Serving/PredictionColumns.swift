internal import SlipwayDomain

/// Predictions of one version in one hour, gathered as columns until they are worth a file.
struct PredictionColumns {
    private let layout: PredictionLayout
    private var columns: [PredictionColumn]
    private(set) var rows = 0
    /// About how much memory the values hold.
    private(set) var bytes = 0

    init(layout: PredictionLayout) {
        self.layout = layout
        columns = layout.columns
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
        let scores = layout.redactsScore ? nil : record.version.scores(in: record.outputs)
        let key = layout.redactsKey ? nil : record.key
        for row in 0..<record.rows {
            columns[0].append(text: record.id(row: row))
            columns[1].append(integer: record.time.milliseconds)
            columns[2].append(integer: Int64(record.version.version))
            columns[3].append(text: key)
            columns[4].append(double: Double(record.nanoseconds) / 1e6)
            columns[5].append(double: scores.flatMap { row < $0.count ? $0[row] : nil })
        }
        bytes += record.rows * (64 + (key?.utf8.count ?? 0))
        var next = PredictionLayout.fixed.count
        for (parts, tensors) in [(layout.inputs, record.inputs), (layout.outputs, record.outputs)] {
            for part in parts {
                append(part, of: tensors.first { $0.name == part.tensor }, rows: record.rows, at: next)
                next += part.names.count
            }
        }
        rows += record.rows
    }

    private mutating func append(_ part: PredictionLayout.Part, of tensor: Tensor?, rows: Int, at first: Int) {
        // A tensor of another size than was promised has no value for any row, rather than a wrong one.
        let each = tensor.flatMap { rows > 0 && $0.data.count % rows == 0 ? $0.data.count / rows : nil }
        let fits = each != nil && (part.width == nil || part.width == each)
        let data = tensor?.data.readable
        for (offset, isRedacted) in part.isRedacted.enumerated() {
            let place = first + offset
            guard let data, let each, fits, !isRedacted else {
                for _ in 0..<rows { columns[place].appendMissing() }
                continue
            }
            guard part.width == nil else {
                columns[place].append(data, from: offset, step: each, count: rows)
                continue
            }
            for row in 0..<rows {
                columns[place].append(list: data, from: row * each, count: each)
            }
        }
        bytes += fits ? data?.byteCount ?? 0 : 0
    }

    func batch(model: String, version: Int, hour: Instant) -> PredictionBatch {
        PredictionBatch(model: model, version: version, hour: hour, rows: rows, columns: columns)
    }
}
