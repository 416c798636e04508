/// MLflow 3.17's GraphQL schema, as far as its pages use it: all queries, and the searches that stand as mutations.
enum MLflowSchema {
    static let schema = GraphQLSchema(table: scalars + roots + responses + tracking + registry + inputs + introspection)

    private static let scalars = """
        SCALAR String
        SCALAR Int
        SCALAR Float
        SCALAR Boolean
        SCALAR LongString

        """

    private static let roots = """
        OBJECT Query: mlflowGetExperiment(input MlflowGetExperimentInput) MlflowGetExperimentResponse; \
        mlflowGetMetricHistoryBulkInterval(input MlflowGetMetricHistoryBulkIntervalInput) \
        MlflowGetMetricHistoryBulkIntervalResponse; \
        mlflowGetRun(input MlflowGetRunInput) MlflowGetRunResponse; \
        mlflowListArtifacts(input MlflowListArtifactsInput) MlflowListArtifactsResponse; \
        mlflowSearchModelVersions(input MlflowSearchModelVersionsInput) MlflowSearchModelVersionsResponse; \
        test(inputString String) Test; \
        mlflowSearchRuns(input MlflowSearchRunsInput) MlflowSearchRunsResponse
        OBJECT Mutation: mlflowSearchDatasets(input MlflowSearchDatasetsInput) MlflowSearchDatasetsResponse; \
        mlflowSearchRuns(input MlflowSearchRunsInput) MlflowSearchRunsResponse; \
        testMutation(inputString String) TestMutation
        OBJECT Test: output String
        OBJECT TestMutation: output String

        """

    private static let responses = """
        OBJECT ApiError: code String; message String; helpUrl String
        OBJECT MlflowGetExperimentResponse: experiment MlflowExperiment; apiError ApiError
        OBJECT MlflowGetRunResponse: run MlflowRunExtension; apiError ApiError
        OBJECT MlflowSearchRunsResponse: runs [MlflowRunExtension!]; nextPageToken String; apiError ApiError
        OBJECT MlflowListArtifactsResponse: rootUri String; files [MlflowFileInfo!]; nextPageToken String; \
        apiError ApiError
        OBJECT MlflowFileInfo: path String; isDir Boolean; fileSize LongString
        OBJECT MlflowGetMetricHistoryBulkIntervalResponse: metrics [MlflowMetricWithRunId!]; apiError ApiError
        OBJECT MlflowMetricWithRunId: key String; value Float; timestamp LongString; step LongString; runId String
        OBJECT MlflowSearchDatasetsResponse: datasetSummaries [MlflowDatasetSummary!]; apiError ApiError
        OBJECT MlflowDatasetSummary: experimentId String; name String; digest String; context String
        OBJECT MlflowSearchModelVersionsResponse: modelVersions [MlflowModelVersion!]; nextPageToken String; \
        apiError ApiError

        """

    private static let tracking = """
        ENUM MlflowRunStatus: RUNNING; SCHEDULED; FINISHED; FAILED; KILLED
        ENUM MlflowViewType: ACTIVE_ONLY; DELETED_ONLY; ALL
        OBJECT MlflowExperiment: experimentId String; name String; artifactLocation String; lifecycleStage String; \
        lastUpdateTime LongString; creationTime LongString; tags [MlflowExperimentTag!]; \
        effectiveTraceArchivalRetention String; workspace String
        OBJECT MlflowExperimentTag: key String; value String
        OBJECT MlflowRunExtension: info MlflowRunInfo; data MlflowRunData; inputs MlflowRunInputs; \
        outputs MlflowRunOutputs; experiment MlflowExperiment; modelVersions [MlflowModelVersion!]
        OBJECT MlflowRunInfo: runId String; runUuid String; runName String; experimentId String; userId String; \
        status MlflowRunStatus; startTime LongString; endTime LongString; artifactUri String; lifecycleStage String
        OBJECT MlflowRunData: metrics [MlflowMetricExtension!]; params [MlflowParam!]; tags [MlflowRunTag!]
        OBJECT MlflowMetricExtension: key String; value Float; timestamp LongString; step LongString; \
        datasetName String; datasetDigest String; modelId String; runId String
        OBJECT MlflowParam: key String; value String
        OBJECT MlflowRunTag: key String; value String
        OBJECT MlflowRunInputs: datasetInputs [MlflowDatasetInput!]; modelInputs [MlflowModelInput!]
        OBJECT MlflowDatasetInput: tags [MlflowInputTag!]; dataset MlflowDataset
        OBJECT MlflowInputTag: key String; value String
        OBJECT MlflowDataset: name String; digest String; sourceType String; source String; schema String; \
        profile String
        OBJECT MlflowModelInput: modelId String
        OBJECT MlflowRunOutputs: modelOutputs [MlflowModelOutput!]
        OBJECT MlflowModelOutput: modelId String; step LongString

        """

    private static let registry = """
        ENUM MlflowModelVersionStatus: PENDING_REGISTRATION; FAILED_REGISTRATION; READY
        OBJECT MlflowModelVersion: name String; version String; creationTimestamp LongString; \
        lastUpdatedTimestamp LongString; userId String; currentStage String; description String; source String; \
        runId String; status MlflowModelVersionStatus; statusMessage String; tags [MlflowModelVersionTag!]; \
        runLink String; aliases [String]; modelId String; modelParams [MlflowModelParam!]; \
        modelMetrics [MlflowMetricExtension!]; deploymentJobState MlflowModelVersionDeploymentJobState
        OBJECT MlflowModelVersionTag: key String; value String
        OBJECT MlflowModelParam: name String; value String
        OBJECT MlflowModelVersionDeploymentJobState: jobId String; runId String; currentTaskName String

        """

    private static let inputs = """
        INPUT_OBJECT MlflowGetExperimentInput: experimentId String
        INPUT_OBJECT MlflowGetRunInput: runId String; runUuid String
        INPUT_OBJECT MlflowListArtifactsInput: runId String; runUuid String; path String; pageToken String
        INPUT_OBJECT MlflowGetMetricHistoryBulkIntervalInput: runIds [String]; metricKey String; startStep Int; \
        endStep Int; maxResults Int
        INPUT_OBJECT MlflowSearchRunsInput: experimentIds [String]; filter String; runViewType MlflowViewType; \
        maxResults Int; orderBy [String]; pageToken String
        INPUT_OBJECT MlflowSearchDatasetsInput: experimentIds [String]
        INPUT_OBJECT MlflowSearchModelVersionsInput: filter String; maxResults LongString; orderBy [String]; \
        pageToken String

        """

    private static let introspection = """
        OBJECT __Schema: description String; types [__Type!]!; queryType __Type!; mutationType __Type; \
        subscriptionType __Type; directives [__Directive!]!
        OBJECT __Type: kind __TypeKind!; name String; description String; fields(includeDeprecated Boolean) [__Field!]; \
        interfaces [__Type!]; possibleTypes [__Type!]; enumValues(includeDeprecated Boolean) [__EnumValue!]; \
        inputFields(includeDeprecated Boolean) [__InputValue!]; ofType __Type; specifiedByURL String
        OBJECT __Field: name String!; description String; args(includeDeprecated Boolean) [__InputValue!]!; \
        type __Type!; isDeprecated Boolean!; deprecationReason String
        OBJECT __InputValue: name String!; description String; type __Type!; defaultValue String; \
        isDeprecated Boolean!; deprecationReason String
        OBJECT __EnumValue: name String!; description String; isDeprecated Boolean!; deprecationReason String
        OBJECT __Directive: name String!; description String; isRepeatable Boolean!; locations [String!]!; \
        args(includeDeprecated Boolean) [__InputValue!]!
        ENUM __TypeKind: SCALAR; OBJECT; INTERFACE; UNION; ENUM; INPUT_OBJECT; LIST; NON_NULL
        """
}
