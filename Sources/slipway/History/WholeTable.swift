import SlipwayStatistics
import SlipwayTabular

/// All rows of a file in memory, for what has to go through them more than once.
struct WholeTable {
    let path: String
    private(set) var columns: [(name: String, values: ColumnValues)] = []

    init(path: String) throws {
        self.path = path
        var parts: [String: [ColumnValues]] = [:]
        let schema = try TabularEngine().file(path).scan { batch in
            for (name, column) in zip(batch.schema.names, batch.columns) {
                parts[name, default: []].append(ColumnValues(column))
            }
        }
        columns = schema.names.map { (name: $0, values: ColumnValues(joining: parts[$0] ?? [])) }
            .filter { $0.values.hasValue }
        guard !columns.isEmpty else { throw CommandError("\(path) has no rows with values: nothing to profile") }
    }
}

extension ColumnValues {
    /// The parts of one column put together; all have the kind of the first.
    fileprivate init(joining parts: [ColumnValues]) {
        var (numbers, texts, flags): ([Double?], [String?], [Bool?]) = ([], [], [])
        for part in parts {
            switch part {
            case .numbers(let values): numbers += values
            case .texts(let values): texts += values
            case .flags(let values): flags += values
            }
        }
        switch parts.first {
        case .flags: self = .flags(flags)
        case .texts: self = .texts(texts)
        default: self = .numbers(numbers)
        }
    }

    fileprivate var hasValue: Bool {
        switch self {
        case .numbers(let values): values.contains { $0 != nil }
        case .texts(let values): values.contains { $0 != nil }
        case .flags(let values): values.contains { $0 != nil }
        }
    }
}
