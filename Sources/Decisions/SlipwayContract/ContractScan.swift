/// A contract's table compiled for data: what is checked, and the SQL that measures all of it in one scan.
///
/// The SQL reads a table `data` in DuckDB's dialect.
package struct ContractScan: Sendable {
    /// The name by which the SQL reaches the data.
    package static let table = "data"
    /// The name by which it reaches the same with a column `slipway_row`, the row's number from 0.
    package static let numberedTable = "data_numbered"
    package static let row = "slipway_row"
    /// Above this many rows, uniqueness is counted in several passes over its column, each in bounded memory.
    static let rowsPerPass: Int64 = 8_000_000
    /// How many rows a failure shows.
    static let exampleLimit = 5
    /// How many stretches of the table a failure's picture has.
    package static let stripes: Int64 = 60

    package internal(set) var checks: [ContractCheck]
    /// Whether the scan counts the keys of uniqueness; else they take passes of their own.
    package let countsKeys: Bool
    /// The aggregates; the first counts the rows.
    var slots: [String]
    /// Columns of a text file that must be read as text, whatever the engine guesses.
    package let textColumns: [String]

    /// The one statement that measures every row rule; it gives one row, one number or null a slot.
    package var statement: String {
        let columns = slots.enumerated().map { "CAST(\($1) AS DOUBLE) AS s\($0)" }
        return "SELECT \(columns.joined(separator: ", ")) FROM \(Self.table)"
    }

    /// Statements that fail if a pattern is wrong, by the check's place: a wrong pattern spoils its own rule only.
    package let patternProbes: [Int: String]

    /// The same without what cannot be measured: the checks at these places say the reason instead.
    package func without(_ problems: [Int: String]) -> ContractScan {
        var scan = self
        for (index, reason) in problems {
            if case .failing(_, _, let slot, _) = checks[index].measure { scan.slots[slot] = "NULL" }
            scan.checks[index].measure = .impossible(reason)
        }
        return scan
    }

    /// The failing rows of the failed checks: for each stretch of the table its number, and for each check the count and
    /// the first rows as JSON.
    package func exampleStatement(of failed: [Int], rows: Int64) -> String? {
        let stripe = max(1, (rows + Self.stripes - 1) / Self.stripes)
        var columns = ["CAST(\(Self.row) // \(stripe) AS BIGINT) AS stripe"]
        for index in failed {
            guard case .failing(let condition, let shown, _, _) = checks[index].measure else { continue }
            let example = "{r: \(Self.row), v: left(CAST(\(shown) AS VARCHAR), 120)}"
            columns.append("CAST(count(*) FILTER (WHERE \(condition)) AS DOUBLE) AS c\(index)")
            columns.append(
                "CAST(to_json(arg_min(\(example), \(Self.row), \(Self.exampleLimit)) FILTER (WHERE \(condition))) "
                    + "AS VARCHAR) AS e\(index)"
            )
        }
        guard columns.count > 1 else { return nil }
        return "SELECT \(columns.joined(separator: ", ")) FROM \(Self.numberedTable) GROUP BY 1 ORDER BY 1"
    }

    /// Counts of rows with a key and of distinct keys, in statements whose sums are the whole; none when the scan has
    /// counted them already.
    package func keyPasses(of index: Int, rows: Int64) -> [String] {
        guard !countsKeys, case .duplicates(let key, _, _) = checks[index].measure else { return [] }
        return passes(key, rows: rows).map { condition in
            "SELECT CAST(count(*) AS DOUBLE) AS n, CAST(count(DISTINCT \(key.expression)) AS DOUBLE) AS d "
                + "FROM \(Self.table) WHERE \(condition)"
        }
    }

    /// The rows whose key repeats, how many keys that are, and the first of them as JSON, in statements whose sums are
    /// the whole.
    package func duplicateStatements(of index: Int, rows: Int64) -> [String] {
        guard case .duplicates(let key, _, _) = checks[index].measure else { return [] }
        return passes(key, rows: rows).map { condition in
            """
            SELECT CAST(coalesce(sum(n), 0) AS DOUBLE) AS n, CAST(count(*) AS DOUBLE) AS k, \
            CAST(to_json(arg_min({r: first, v: left(CAST(k AS VARCHAR), 120), n: n}, first, \(Self.exampleLimit))) AS VARCHAR) AS e \
            FROM (SELECT \(key.expression) AS k, count(*) AS n, min(\(Self.row)) AS first FROM \(Self.numberedTable) \
            WHERE \(condition) GROUP BY 1 HAVING count(*) > 1)
            """
        }
    }

    /// Conditions that share out the rows with a key; equal keys stay together.
    private func passes(_ key: DuplicateKey, rows: Int64) -> [String] {
        let count = max(1, (rows + Self.rowsPerPass - 1) / Self.rowsPerPass)
        guard count > 1 else { return [key.isPresent] }
        return (0..<count).map { "\(key.isPresent) AND hash(\(key.expression)) % \(count) = \($0)" }
    }
}

/// Collects aggregates; the same one is counted once.
struct ScanSlots {
    private(set) var expressions = ["count(*)"]
    private var places: [String: Int] = ["count(*)": 0]

    mutating func place(of expression: String) -> Int {
        if let place = places[expression] { return place }
        places[expression] = expressions.count
        expressions.append(expression)
        return expressions.count - 1
    }

    mutating func count(where condition: String) -> Int { place(of: "count(*) FILTER (WHERE \(condition))") }
}
