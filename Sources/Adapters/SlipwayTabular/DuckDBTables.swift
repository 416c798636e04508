package import SlipwayService
package import SlipwayStatistics
internal import Synchronization

/// The service's table reader on DuckDB. The library is opened when the first table is read: an idle server does not
/// pay for it.
package final class DuckDBTables: TableReader {
    private let engine = Mutex<TabularEngine?>(nil)

    package init() {}

    package func columnNames(path: String) throws -> [String] {
        try translated { try $0.file(path).schema.names }
    }

    package func read(path: String, columns: [String], each: (TableBatch) throws -> Void) throws {
        try translated { engine in
            _ = try engine.file(path).scan(columns: columns) { batch in
                let names = batch.schema.names
                guard Set(names).count == names.count else {
                    throw ServiceError.invalid("two columns have names that look the same: rename one of them")
                }
                var values: [String: ColumnValues] = [:]
                for (name, column) in zip(names, batch.columns) { values[name] = ColumnValues(column) }
                try each(TableBatch(rows: batch.rowCount, columns: values))
            }
        }
    }

    private func translated<Value>(_ body: (TabularEngine) throws -> Value) throws -> Value {
        do {
            return try body(try opened())
        } catch let error as TabularError {
            switch error {
            case .libraryNotFound, .libraryUnusable: throw ServiceError.unavailable(error.description)
            default: throw ServiceError.invalid(error.description)
            }
        }
    }

    private func opened() throws -> TabularEngine {
        try engine.withLock { engine in
            if let engine { return engine }
            let opened = try TabularEngine()
            engine = opened
            return opened
        }
    }
}

extension ColumnValues {
    /// A column of a batch as statistics sees it; instants and days become numbers.
    package init(_ column: TabularColumn) {
        switch column {
        case .boolean(let values, let valid): self = .flags(zip(values, valid).map { $1 ? $0 : nil })
        case .string(let values): self = .texts(values)
        default: self = .numbers(column.doubles ?? [])
        }
    }
}
