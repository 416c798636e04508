internal import SlipwayDomain

/// A search for runs: finds the numbers of one page.
///
/// Whatever the database knows of its tables, the way through them is chosen here, by counting a bounded number of
/// index entries: see docs/adr/0012.
struct RunSearch {
    let experiments: [Int64]
    let view: LifecycleView
    let terms: [RunTerm]
    let orders: [SearchOrder]
    let metricIDs: [ExactText: Int64]

    init(
        experiments: [Int64],
        view: LifecycleView,
        _ filter: SearchFilter,
        order: [SearchOrder],
        in reader: some SQLReader
    ) throws(StoreError) {
        self.experiments = Array(Set(experiments)).sorted()
        self.view = view
        orders = order
        let keys = (filter.conditions.map(\.field) + order.map(\.field)).filter { $0.entity == .metric }.map(\.key)
        var found: [ExactText: Int64] = [:]
        for key in Set(keys.map(ExactText.init)) {
            found[key] = try reader.row("SELECT id FROM metric_keys WHERE key = ?", [.text(key.text)])?.integer(0)
        }
        let ids = found
        metricIDs = ids
        terms = filter.conditions.map { RunTerm.of($0) { ids[ExactText($0)] } }
    }

    /// The runs of one page, in order.
    func numbers(limit: Int64, offset: Int64, in reader: some SQLReader) throws(StoreError) -> [Int64] {
        guard !experiments.isEmpty, limit > 0 else { return [] }
        let plan = try RunSearchPlanner(self).choose(need: limit + offset, in: reader)
        return try numbers(plan, limit: limit, offset: offset, in: reader)
    }

    /// The runs of one page, read in a given way; every way gives the same.
    func numbers(_ plan: RunPlan, limit: Int64, offset: Int64, in reader: some SQLReader) throws(StoreError) -> [Int64]
    {
        var numbers: [Int64] = []
        var skip = offset
        for segment in segments(of: plan) {
            let wanted = limit - Int64(numbers.count)
            guard wanted > 0 else { break }
            let page = try reader.rows(
                segment.sql + " LIMIT ? OFFSET ?",
                segment.arguments + [.integer(wanted), .integer(skip)]
            )
            numbers += page.map { $0.integer(0) }
            if !page.isEmpty {
                skip = 0
            } else if skip > 0, !segment.isLast {
                let count = "SELECT COUNT(*) FROM (\(segment.sql) LIMIT ?) counted"
                skip -= try reader.row(count, segment.arguments + [.integer(skip)])?.integer(0) ?? 0
            }
        }
        return numbers
    }

    /// The statements of a plan, each one SELECT of run numbers, to be read one after the other.
    func segments(of plan: RunPlan) -> [Segment] {
        switch plan {
        case .scope(let byTime): return [statement(RunStatement(self, byTime: byTime))]
        case .numbers(let numbers):
            let list = SQLList(numbers.map { .integer($0) })
            return [statement(RunStatement(self).requiring("r.number IN (\(list.marks))", list.values))]
        case .list(let index): return [statement(RunStatement(self).driven(by: index))]
        case .walk: return walk()
        }
    }

    /// One SELECT of run numbers in order.
    struct Segment {
        let sql: String
        let arguments: [SQLValue]
        let isLast: Bool
    }

    private func statement(_ statement: RunStatement, isLast: Bool = true) -> Segment {
        let (sql, arguments) = statement.select()
        return Segment(sql: sql, arguments: arguments, isLast: isLast)
    }

    /// Runs by the value of the first item of the order: those that have it as a number or text, then not-a-number,
    /// then those that do not have it.
    private func walk() -> [Segment] {
        guard let first = orders.first else { preconditionFailure("a walk needs an order") }
        let needing = terms.filter { $0.needs == first.field }
        var parts = [RunStatement(self).walking(.values)]
        if first.field.entity == .metric, needing.allSatisfy(\.allowsNaN) {
            parts.append(RunStatement(self).walking(.notNumbers))
        }
        if needing.isEmpty { parts.append(RunStatement(self).walking(.missing)) }
        return parts.enumerated().map { statement($1, isLast: $0 == parts.count - 1) }
    }
}

/// How a search for runs goes through the tables.
enum RunPlan: Equatable {
    /// All runs of the experiments; over all experiments by time when that is the order.
    case scope(byTime: Bool)
    /// These few runs.
    case numbers([Int64])
    /// The runs of the condition with this index.
    case list(Int)
    /// The values that the order begins with.
    case walk
}
