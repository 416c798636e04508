import Foundation

@testable import SlipwayTabular

/// The files in Tests/Fixtures/tabular; `make.py` there makes the Parquet file.
enum TabularFixture {
    static func path(_ name: String) -> String {
        let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        return tests.appendingPathComponent("Fixtures/tabular/\(name)").path
    }

    /// All rows of a file in one batch for each column's name.
    static func columns(
        of file: String,
        columns: [String]? = nil,
        sql: String? = nil
    ) throws -> (schema: TabularSchema, rows: Int, columns: [String: [String?]]) {
        var rows = 0
        var texts: [String: [String?]] = [:]
        let collect = { (batch: TabularBatch) in
            rows += batch.rowCount
            for (field, column) in zip(batch.schema.fields, batch.columns) {
                precondition(column.count == batch.rowCount)
                texts[field.name, default: []] += text(column)
            }
        }
        let engine = try TabularEngine()
        let schema =
            if let sql {
                try engine.query(sql, file: file, batch: collect)
            } else {
                try engine.file(file).scan(columns: columns, batch: collect)
            }
        return (schema, rows, texts)
    }

    /// The values of a column as text, for comparison.
    static func text(_ column: TabularColumn) -> [String?] {
        switch column {
        case .integer(let values, let valid), .timestampMilliseconds(let values, let valid),
            .date(let values, let valid):
            zip(values, valid).map { $1 ? "\($0)" : nil }
        case .double(let values, let valid): zip(values, valid).map { $1 ? "\($0)" : nil }
        case .boolean(let values, let valid): zip(values, valid).map { $1 ? "\($0)" : nil }
        case .string(let values): values
        }
    }

    /// Calls `body` with an empty folder, which is removed afterwards.
    static func withFolder(_ body: (String) throws -> Void) throws {
        let folder = NSTemporaryDirectory() + "slipway-tabular-\(ProcessInfo.processInfo.globallyUniqueString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer {
            // What cannot be removed stays in the temporary folder.
            try? FileManager.default.removeItem(atPath: folder)
        }
        try body(folder)
    }
}
