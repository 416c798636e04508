internal import SlipwayDomain
internal import SlipwayService

extension MLflowGraph {
    /// Evenly chosen points of one metric of several runs.
    func history(_ field: GraphQLPlan, _ caller: Caller) async throws -> GraphQLValue {
        let steps: ClosedRange<Int64>?
        switch (field.input["startStep"]?.integer, field.input["endStep"]?.integer) {
        case (nil, nil): steps = nil
        case (let start?, let end?) where start <= end: steps = start...end
        default: throw GraphQLError("give startStep and endStep in this order, or neither of them")
        }
        let points = try await tracking.sampledHistories(
            caller,
            runs: field.texts("runIds"),
            key: field.requiredText("metricKey"),
            steps: steps,
            limit: field.input["maxResults"]?.integer ?? Tracking.mostSampledPoints
        )
        return .object(["metrics": .list(points.map { .metric($0) })])
    }

    /// The data sets that runs of some experiments read.
    func datasets(_ field: GraphQLPlan, _ caller: Caller) async throws -> GraphQLValue {
        let found = try await tracking.datasets(caller, experiments: field.texts("experimentIds"))
        return .object([
            "datasetSummaries": .list(
                found.map { summary in
                    .object([
                        "experimentId": .string(String(summary.experiment)),
                        "name": .string(summary.name),
                        "digest": .string(summary.digest),
                        "context": .optional(summary.context),
                    ])
                }
            )
        ])
    }
}
