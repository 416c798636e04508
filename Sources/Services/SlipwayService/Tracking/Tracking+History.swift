package import SlipwayDomain
internal import SlipwayStore

extension Tracking {
    /// The most runs whose points one call may ask for, as MLflow has it.
    static let mostHistoryRuns = 100
    /// The most points that a call for the points of many runs gives.
    static let mostBulkPoints: Int64 = 25_000
    /// The most points of one run that a sample has.
    package static let mostSampledPoints: Int64 = 2500

    /// One page of a metric's points, or all of them; a metric that the run does not have has none.
    package func metricHistory(
        _ caller: Caller,
        run id: String,
        key: String,
        limit: Int64?,
        offset: Int64
    ) async throws -> Page<MetricPoint> {
        try TrackingRules.checkID(id, "run")
        if let limit { try TrackingRules.checkPageSize(limit, most: Int64(Int32.max)) }
        return try await read { reader in
            let run = try Self.requireRun(id, in: reader)
            let points = try MetricTable.history(
                of: key,
                run: run.number,
                limit: limit.map { $0 + 1 },
                offset: offset,
                in: reader
            )
            guard let limit else { return Page(items: points, hasMore: false) }
            return Self.page(points, limit: limit)
        }
    }

    /// The points of one metric of several runs, by run, time, step and value; runs that are not there have none.
    package func metricHistories(
        _ caller: Caller,
        runs: [String],
        key: String,
        limit: Int64?
    ) async throws -> [MetricPoint] {
        let ids = try Self.checkedRuns(runs)
        if let limit { try TrackingRules.checkPageSize(limit, most: Int64(Int32.max)) }
        let limit = min(limit ?? Self.mostBulkPoints, Self.mostBulkPoints)
        return try await read { reader in
            var points: [MetricPoint] = []
            for id in Set(ids).sorted() {
                let rest = limit - Int64(points.count)
                guard rest > 0 else { break }
                guard let run = try RunTable.find(id, in: reader) else { continue }
                points += try MetricTable.history(of: key, run: run.number, limit: rest, offset: 0, in: reader)
                    .map { $0.of(run: id) }
            }
            return points
        }
    }

    /// Evenly chosen points of one metric of several runs, each run's first and last among them.
    package func sampledHistories(
        _ caller: Caller,
        runs: [String],
        key: String,
        steps: ClosedRange<Int64>?,
        limit: Int64
    ) async throws -> [MetricPoint] {
        let ids = try Self.checkedRuns(runs)
        try TrackingRules.checkPageSize(limit, most: Self.mostSampledPoints)
        return try await read { reader in
            var points: [MetricPoint] = []
            for id in ids {
                guard let run = try RunTable.find(id, in: reader) else { continue }
                points += try MetricTable.sample(of: key, run: run.number, steps: steps, limit: limit, in: reader)
                    .map { $0.of(run: id) }
            }
            return points
        }
    }

    /// The data sets that runs of these experiments read, with the contexts in which they did.
    package func datasets(_ caller: Caller, experiments: [String]) async throws -> [DatasetSummary] {
        let ids = try TrackingRules.experimentIDs(experiments)
        guard (1...20).contains(ids.count) else {
            throw ServiceError.invalid("experiment_ids must name from 1 to 20 experiments, not \(ids.count)")
        }
        return try await read { try RunInputTable.summaries(of: ids, in: $0) }
    }

    private static func checkedRuns(_ ids: [String]) throws(ServiceError) -> [String] {
        guard (1...mostHistoryRuns).contains(ids.count) else {
            throw .invalid("name from 1 to \(mostHistoryRuns) runs, not \(ids.count)")
        }
        for id in ids { try TrackingRules.checkID(id, "run") }
        return ids
    }
}

extension MetricPoint {
    /// The same point, with the run that it belongs to.
    fileprivate func of(run: String) -> MetricPoint {
        MetricPoint(key: key, value: value, timestamp: timestamp, step: step, run: run)
    }
}
