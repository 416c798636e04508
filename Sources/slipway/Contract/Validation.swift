import Foundation
import SlipwayContract
import SlipwayDomain
import SlipwayTabular

/// Holds a contract against data: compiles it, measures in one scan, looks at what failed, and judges.
struct Validation {
    let contract: Contract
    /// The contract's table; nil when it has only one.
    let tableName: String?
    let data: String
    /// What people call the data; nil for the name that they have.
    let shown: String?
    let query: String?

    func run(now: Instant) throws -> ContractVerdict {
        let table = try contract.table(named: tableName)
        let data = try TabularEngine().open(file: self.data, query: query)
        do {
            return try run(table, data, reading: TabularReading(), now: now)
        } catch TabularError.unreadable(_, let reason) where data.isCSV && reason.contains("onver") {
            // A value far down is not what the column looked like: as text every value can be read, and is counted.
            return try run(table, data, reading: TabularReading(allText: true), now: now)
        }
    }

    private func run(
        _ table: ContractTable,
        _ data: TabularTable,
        reading: TabularReading,
        now: Instant
    ) throws -> ContractVerdict {
        try data.read(reading)
        let origin: DataColumn.Origin = data.isCSV ? .csv : data.isJSON ? .json : .typed
        let columns = try data.columns().map { DataColumn(name: $0.name, type: $0.type, origin: origin) }
        let rows = try data.approximateRows(columns: columns.count)
        var scan = ContractScan(contract: contract, table: table, columns: columns, rows: rows)
        if !reading.allText, !scan.textColumns.isEmpty {
            try data.read(TabularReading(textColumns: scan.textColumns))
        }
        // A pattern that is none spoils its own rule only.
        var problems: [Int: String] = [:]
        for (index, probe) in scan.patternProbes.sorted(by: { $0.key < $1.key }) {
            do { _ = try data.rows(probe) } catch { problems[index] = Self.reason(error) }
        }
        if !problems.isEmpty { scan = scan.without(problems) }
        var counts = try measure(&scan, data, columns: columns, table: table, problems: problems)
        try look(closer: scan, data, &counts)
        return scan.verdict(contract: contract, table: table.name, data: shown ?? data.name, counts: counts, now: now)
    }

    /// The one scan. When the keys do not fit into memory, it is done again without them, and they take passes of their
    /// own.
    private func measure(
        _ scan: inout ContractScan,
        _ data: TabularTable,
        columns: [DataColumn],
        table: ContractTable,
        problems: [Int: String]
    ) throws -> ScanCounts {
        do {
            return ScanCounts(slots: try data.rows(scan.statement).first?.map(\.number) ?? [])
        } catch TabularError.unreadable(_, let reason) where reason.contains("Out of Memory") && scan.countsKeys {
            scan = ContractScan(contract: contract, table: table, columns: columns, rows: .max).without(problems)
            return ScanCounts(slots: try data.rows(scan.statement).first?.map(\.number) ?? [])
        }
    }

    /// Queries of their own, and a look at the rows that failed.
    private func look(closer scan: ContractScan, _ data: TabularTable, _ counts: inout ScanCounts) throws {
        for (index, sql) in scan.queries {
            do {
                counts.set(try data.answer(to: sql).first?.first?.number, for: index)
            } catch let error as TabularError {
                counts.cannotMeasure(index, Self.reason(error))
            }
        }
        for index in scan.keyChecks {
            for pass in scan.keyPasses(of: index, rows: counts.rows) {
                guard let row = try data.rows(pass).first else { continue }
                counts.addKeys(rows: row[0].number ?? 0, distinct: row[1].number ?? 0, for: index)
            }
        }
        let (failed, repeated) = (scan.failed(counts), scan.repeated(counts))
        guard !failed.isEmpty || !repeated.isEmpty else { return }
        try data.number(as: ContractScan.numberedTable, row: ContractScan.row)
        if let statement = scan.exampleStatement(of: failed, rows: counts.rows) {
            for row in try data.rows(statement) {
                let cells = failed.enumerated().map { place, index in
                    (index: index, count: row[1 + 2 * place].number ?? 0, examples: row[2 + 2 * place].text)
                }
                try counts.addStripe(Int64(row[0].number ?? 0), counts: cells)
            }
        }
        for index in repeated {
            for statement in scan.duplicateStatements(of: index, rows: counts.rows) {
                guard let row = try data.rows(statement).first else { continue }
                try counts.addDuplicates(
                    rows: row[0].number ?? 0,
                    keys: row[1].number ?? 0,
                    examples: row[2].text,
                    for: index
                )
            }
        }
        if data.files.count > 1, query == nil { counts.splitRows(files: try data.rowsOfFiles()) }
    }

    private static func reason(_ error: any Error) -> String {
        if case .queryRefused(let reason)? = error as? TabularError { return trimmed(reason) }
        if case .unreadable(_, let reason)? = error as? TabularError { return trimmed(reason) }
        return "\(error)"
    }

    /// Without the full stop: the reason becomes the end of another sentence.
    private static func trimmed(_ text: String) -> String { text.hasSuffix(".") ? String(text.dropLast()) : text }
}
