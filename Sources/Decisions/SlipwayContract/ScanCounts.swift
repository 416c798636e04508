internal import SlipwayDomain

/// What the scan and its follow-up statements found.
package struct ScanCounts: Sendable {
    /// One number a slot; nil for an aggregate over nothing.
    let slots: [Double?]
    /// What single statements gave: duplicates and SQL rules, by the check's place.
    private var numbers: [Int: Double] = [:]
    private var keys: [Int: Double] = [:]
    private var keyCounts: [Int: (rows: Double, distinct: Double)] = [:]
    private var problems: [Int: String] = [:]
    private var examples: [Int: [Example]] = [:]
    private var stripes: [Int: [Double]] = [:]

    /// Takes the one row of the scan's statement.
    package init(slots: [Double?]) { self.slots = slots }

    package var rows: Int64 { Int64(slots.first.flatMap { $0 } ?? 0) }

    /// A failing row.
    package struct Example: Hashable, Sendable, Codable {
        /// The row's number in its file, from 1, without a header.
        package var row: Int64
        /// The file, when the data are several.
        package var file: String?
        /// The value, cut off after 120 characters; nil where it is missing.
        package let value: String?
        /// How often it occurs, for values that repeat.
        package let count: Int64?

        package init(row: Int64, file: String? = nil, value: String?, count: Int64? = nil) {
            self.row = row
            self.file = file
            self.value = value
            self.count = count
        }
    }

    // MARK: What follow-up statements give

    /// Why a check could not be measured.
    package mutating func cannotMeasure(_ index: Int, _ reason: String) { problems[index] = reason }

    /// The number of an SQL rule.
    package mutating func set(_ number: Double?, for index: Int) {
        if let number { numbers[index] = number } else { problems[index] = "the query gave no number" }
    }

    /// The row of one of the `keyPasses`.
    package mutating func addKeys(rows: Double, distinct: Double, for index: Int) {
        let before = keyCounts[index] ?? (0, 0)
        keyCounts[index] = (before.rows + rows, before.distinct + distinct)
    }

    /// The row of one of the `duplicateStatements`.
    package mutating func addDuplicates(rows: Double, keys: Double, examples json: String?, for index: Int) throws {
        numbers[index, default: 0] += rows
        self.keys[index, default: 0] += keys
        try addExamples(json, for: index)
    }

    private mutating func addExamples(_ json: String?, for index: Int) throws {
        let known = (examples[index] ?? []) + (try Self.examples(json))
        examples[index] = Array(known.sorted { $0.row < $1.row }.prefix(ContractScan.exampleLimit))
    }

    /// One row of `exampleStatement`: the stretch, and for each failed check its count and examples.
    package mutating func addStripe(_ stripe: Int64, counts: [(index: Int, count: Double, examples: String?)]) throws {
        for (index, count, json) in counts {
            var strip = stripes[index] ?? [Double](repeating: 0, count: Int(ContractScan.stripes))
            if strip.indices.contains(Int(stripe)) { strip[Int(stripe)] = count }
            stripes[index] = strip
            try addExamples(json, for: index)
        }
    }

    /// Tells rows of several files apart: `files` are in the order of the scan, with their numbers of rows.
    package mutating func splitRows(files: [(name: String, rows: Int64)]) {
        for (index, list) in examples {
            examples[index] = list.map { example in
                var example = example
                var start: Int64 = 0
                for file in files {
                    if example.row <= start + file.rows {
                        (example.row, example.file) = (example.row - start, file.name)
                        break
                    }
                    start += file.rows
                }
                return example
            }
        }
    }

    private static func examples(_ json: String?) throws -> [Example] {
        guard let json else { return [] }
        return (try JSONValue(parsing: Array(json.utf8)).array ?? []).map { item in
            Example(row: (item["r"]?.integer ?? 0) + 1, value: item["v"]?.string, count: item["n"]?.integer)
        }
    }

    // MARK: What a check rests on

    /// The measured number, or why there is none.
    func number(of check: ContractCheck, at index: Int, now: Instant) -> Result<Double, ColumnCompiler.Impossible> {
        if let problem = problems[index] { return .failure(.init(problem)) }
        switch check.measure {
        case .failing(_, _, let slot, _): return .success(slots[slot] ?? 0)
        case .rowCount: return .success(Double(rows))
        case .duplicates:
            if let number = numbers[index] { return .success(number) }
            return .success(surplus(check, at: index))
        case .newest(let slot):
            guard let newest = slots[slot] else { return .failure(.init("the column has no value")) }
            return .success(Double(now.milliseconds) - newest)
        case .query:
            return numbers[index].map { .success($0) } ?? .failure(.init("the query was not run"))
        case .settled(let failure): return .success(failure == nil ? 0 : 1)
        case .impossible(let reason): return .failure(.init(reason))
        }
    }

    /// Rows that repeat an earlier key; 0 says that no key repeats.
    func surplus(_ check: ContractCheck, at index: Int) -> Double {
        if let counted = keyCounts[index] { return counted.rows - counted.distinct }
        guard case .duplicates(_, let present, let distinct) = check.measure else { return 0 }
        return (slots[present] ?? 0) - (slots[distinct] ?? 0)
    }

    func repeatedKeys(_ index: Int) -> Double? { keys[index] }
    func examples(of index: Int) -> [Example] { examples[index] ?? [] }
    func stripes(of index: Int) -> [Double] { stripes[index] ?? [] }
}
