internal import SlipwayDomain

/// Chooses the way of a search for runs by what it would read: counts are taken from the indexes, each up to a bound,
/// so that choosing never costs more than a few milliseconds and never goes stale.
struct RunSearchPlanner {
    private let search: RunSearch

    /// So few runs are read one by one without more thought.
    static let few: Int64 = 2000
    /// So far are entries of an index counted; what has more is taken for half of all runs.
    static let most: Int64 = 60_000

    init(_ search: RunSearch) { self.search = search }

    func choose(need: Int64, in reader: some SQLReader) throws(StoreError) -> RunPlan {
        let scope = try scopeCount(in: reader)
        if scope <= Self.few { return .scope(byTime: false) }
        var counts: [Int: Int64] = [:]
        // What reads only what it gives is asked first: it may spare the reading of all values of a key.
        for isDirect in [true, false] {
            for (index, term) in search.terms.enumerated() where term.isDirect == isDirect {
                guard let list = term.list else { continue }
                if isDirect {
                    let sql = "SELECT COUNT(*) FROM (\(list.sql) LIMIT \(Self.most)) counted"
                    let count = try reader.row(sql, list.arguments)?.integer(0) ?? 0
                    if count > Self.few {
                        counts[index] = count
                        continue
                    }
                } else if counts.values.contains(where: { $0 <= Self.few * 5 }) {
                    continue
                }
                let rows = try reader.rows("\(list.sql) LIMIT \(Self.few + 1)", list.arguments)
                if rows.count <= Self.few { return .numbers(rows.map { $0.integer(0) }) }
            }
        }
        return try cheapest(need: need, scope: scope, counts: counts, in: reader)
    }

    private func cheapest(
        need: Int64,
        scope: Int64,
        counts: [Int: Int64],
        in reader: some SQLReader
    ) throws(StoreError) -> RunPlan {
        let all = Double(max(1, try reader.row("SELECT MAX(number) FROM runs")?.integer(0) ?? 1))
        func share(_ count: Int64) -> Double {
            count < Self.most ? Double(count) / all : max(Double(count) / all, 0.5)
        }
        let scopeShare = min(1, share(scope))
        // A condition that was not counted passes one run in five: a guess that only has to be cautious.
        let passing = search.terms.indices.map { counts[$0].map(share) ?? (search.terms[$0].list == nil ? 0.5 : 0.2) }
        let found = all * scopeShare * passing.reduce(1, *)
        let wanted = Double(need)
        // What is read of a sorted way is cut off when the page is full.
        let cut = min(1, wanted / max(found, 1e-9))
        let probes = 1 + 0.5 * Double(search.terms.count)
        let sorting = found * (1 + Double(search.orders.count)) * 0.7

        var best = (plan: RunPlan.scope(byTime: false), cost: all * scopeShare * (0.2 + probes * 0.6) + sorting)
        func consider(_ plan: RunPlan, _ cost: Double) { if cost < best.cost { best = (plan, cost) } }
        if isByTime {
            let isOne = search.experiments.count == 1 && search.view != .all
            let read = isOne ? all * scopeShare * cut : all * min(1, wanted / max(found, 1e-9))
            consider(.scope(byTime: !isOne), read * (0.2 + probes * 0.6))
        }
        for (index, count) in counts { consider(.list(index), share(count) * all * probes + sorting) }
        if let entries = try walkable(all, counts, share, in: reader) {
            consider(.walk, entries * cut * (0.5 + probes))
        }
        return best.plan
    }

    /// Whether the order begins with the start of the run, which the indexes of runs have.
    private var isByTime: Bool {
        guard let first = search.orders.first else { return true }
        return first.field == SearchField(.attribute, "start_time")
    }

    /// How many entries a walk along the first item of the order could read; nil when there is no such walk.
    private func walkable(
        _ all: Double,
        _ counts: [Int: Int64],
        _ share: (Int64) -> Double,
        in reader: some SQLReader
    ) throws(StoreError) -> Double? {
        guard let first = search.orders.first, try canWalk(in: reader) else { return nil }
        let bounds = search.terms.indices.filter { search.terms[$0].needs == first.field }.compactMap { counts[$0] }
        return bounds.min().map { share($0) * all } ?? all
    }

    /// Whether the first item of the order has an index that knows all its values.
    func canWalk(in reader: some SQLReader) throws(StoreError) -> Bool {
        guard let first = search.orders.first, first.field.entity != .attribute else { return false }
        guard first.field.entity != .metric else { return search.metricIDs[ExactText(first.field.key)] != nil }
        // Long values are not in the index that is walked.
        let table = RunStatement.table(first.field)
        let long = "SELECT 1 FROM \(table) WHERE key = ? AND length(value) > \(RunTerm.longestIndexed) LIMIT 1"
        return try reader.row(long, [.text(first.field.key)]) == nil
    }

    private func scopeCount(in reader: some SQLReader) throws(StoreError) -> Int64 {
        let list = SQLList(search.experiments.map { .integer($0) })
        let deleted =
            switch search.view {
            case .active: "= 0"
            case .deleted: "= 1"
            case .all: "IN (0, 1)"
            }
        return try reader.row(
            """
            SELECT COUNT(*) FROM (SELECT 1 FROM runs WHERE experiment IN (\(list.marks)) AND is_deleted \(deleted) \
            LIMIT \(Self.most)) counted
            """,
            list.values
        )?.integer(0) ?? 0
    }
}
