/// What one tensor was in some predictions, row by row as it came: columns are made of it once, for the file.
struct PredictionPart {
    private let layout: PredictionLayout.Part
    /// All columns side by side, or one of lists.
    private var gathered: PredictionColumn

    init(_ layout: PredictionLayout.Part) {
        self.layout = layout
        gathered = PredictionColumn(name: layout.names[0], kind: layout.kind, isList: layout.width == nil)
    }

    /// Appends the tensor of this part out of those of one prediction; gives about how much memory it takes.
    mutating func append(_ tensors: [Tensor], rows: Int) -> Int {
        // A tensor of another size or type than was promised has no value for any row, rather than a wrong one.
        guard let index = tensors.firstIndex(where: { $0.name == layout.tensor }), rows > 0,
            PredictionLayout.kind(tensors[index].data.type) == layout.kind
        else { return appendMissing(rows) }
        let count = tensors[index].data.count
        let each = count / rows
        guard count % rows == 0, each == layout.width ?? each else { return appendMissing(rows) }
        let data = tensors[index].data.readable
        gathered.append(data, rowsOf: each, count: rows)
        return data.byteCount
    }

    private mutating func appendMissing(_ rows: Int) -> Int {
        let width = layout.width ?? 0
        for _ in 0..<rows { gathered.appendMissing(width: width) }
        // What stands in the place of values takes room too.
        return rows * width * (layout.kind == .text ? 16 : 8)
    }

    func columns() -> [PredictionColumn] {
        zip(layout.names, layout.isRedacted).enumerated().map { offset, part in
            let (name, isRedacted) = part
            if isRedacted { return gathered.withoutValues(named: name) }
            return layout.width.map { gathered.column(at: offset, of: $0, named: name) } ?? gathered
        }
    }
}
