internal import SlipwayDomain
internal import SlipwayService

// How tracking's and the registry's values look in MLflow's GraphQL schema.
extension GraphQLValue {
    static func tags(_ tags: [Tag]) -> GraphQLValue {
        .list(tags.map { .object(["key": .string($0.key), "value": .string($0.value)]) })
    }

    static func experiment(_ experiment: Experiment) -> GraphQLValue {
        .object([
            "experimentId": .string(String(experiment.id)),
            "name": .string(experiment.name),
            "artifactLocation": .string(experiment.artifactLocation),
            "lifecycleStage": .string(experiment.isDeleted ? "deleted" : "active"),
            "lastUpdateTime": .long(experiment.updatedAt.milliseconds),
            "creationTime": .long(experiment.createdAt.milliseconds),
            "tags": .tags(experiment.tags),
            "workspace": .string("default"),
        ])
    }

    static func metric(_ point: MetricPoint) -> GraphQLValue {
        .object([
            "key": .string(point.key),
            "value": .float(point.value),
            "timestamp": .long(point.timestamp),
            "step": .long(point.step),
            "datasetName": .optional(point.datasetName),
            "datasetDigest": .optional(point.datasetDigest),
            "modelId": .optional(point.model),
            "runId": .optional(point.run),
        ])
    }

    static func modelVersion(_ version: ModelVersion) -> GraphQLValue {
        let record = version.record
        return .object([
            "name": .string(record.model),
            "version": .string(String(record.version)),
            "creationTimestamp": .long(record.createdAt.milliseconds),
            "lastUpdatedTimestamp": .long(record.updatedAt.milliseconds),
            "userId": .optional(record.registeredBy),
            "currentStage": .string(record.stage),
            "description": .string(record.description),
            "source": .string(record.source),
            "runId": .string(record.runID),
            "status": .string("READY"),
            "tags": .tags(version.tags),
            "runLink": .string(record.runLink),
            "aliases": .list(version.aliases.map { .string($0) }),
            "modelParams": .list([]),
            "modelMetrics": .list([]),
        ])
    }

    /// The fields of a run that need no other use case.
    static func members(of run: Run) -> [String: GraphQLValue] {
        [
            "info": info(run.info),
            "data": .object([
                "metrics": .list(run.metrics.map(metric)),
                "params": .tags(run.params),
                "tags": .tags(run.tags),
            ]),
            "inputs": .object([
                "datasetInputs": .list(run.datasets.map(dataset)),
                "modelInputs": .list(run.modelInputs.map { .object(["modelId": .string($0)]) }),
            ]),
            "outputs": .object([
                "modelOutputs": .list(
                    run.modelOutputs.map { .object(["modelId": .string($0.model), "step": .long($0.step)]) }
                )
            ]),
        ]
    }

    private static func info(_ info: RunInfo) -> GraphQLValue {
        .object([
            "runId": .string(info.id),
            "runUuid": .string(info.id),
            "runName": .string(info.name),
            "experimentId": .string(String(info.experiment)),
            "userId": .string(info.user),
            "status": .string(info.status.rawValue),
            "startTime": .long(info.startedAt.milliseconds),
            "endTime": .long(info.endedAt?.milliseconds),
            "artifactUri": .string(info.artifactURI),
            "lifecycleStage": .string(info.isDeleted ? "deleted" : "active"),
        ])
    }

    private static func dataset(_ input: DatasetInput) -> GraphQLValue {
        .object([
            "tags": .tags(input.tags),
            "dataset": .object([
                "name": .string(input.name),
                "digest": .string(input.digest),
                "sourceType": .string(input.sourceType),
                "source": .string(input.source),
                "schema": .optional(input.schema),
                "profile": .optional(input.profile),
            ]),
        ])
    }
}
