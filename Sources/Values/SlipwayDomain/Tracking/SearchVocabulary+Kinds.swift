// What each kind of search knows, as MLflow's searches do.
extension SearchVocabulary {
    private static let commonEntities: [String: SearchEntity] = [
        "metric": .metric, "metrics": .metric, "param": .param, "params": .param, "parameter": .param,
        "parameters": .param, "tag": .tag, "tags": .tag, "attribute": .attribute, "attributes": .attribute,
        "attr": .attribute,
    ]

    /// What runs are searched by.
    package static let runs = SearchVocabulary(
        noun: "runs",
        example: "metrics.auc or params.depth",
        entities: commonEntities.merging(
            ["run": .attribute, "dataset": .dataset, "datasets": .dataset],
            uniquingKeysWith: { first, _ in first }
        ),
        attributes: [
            (["run_id"], Attribute("run_id", takesLists: true)),
            (["run_name", "Run name", "run name", "Run Name"], Attribute("run_name")),
            (["status"], Attribute("status")),
            (["user_id"], Attribute("user_id")),
            (["artifact_uri"], Attribute("artifact_uri")),
            (["start_time", "created", "Created"], Attribute("start_time", isNumber: true)),
            (["end_time"], Attribute("end_time", isNumber: true)),
        ],
        orders: [.attribute, .metric, .param, .tag],
        missing: [.param, .tag],
        lists: [.dataset]
    )

    /// What experiments are searched by.
    package static let experiments = SearchVocabulary(
        noun: "experiments",
        example: "name or tags.team",
        entities: ["attribute": .attribute, "tag": .tag, "tags": .tag],
        attributes: [
            (["name"], Attribute("name")),
            (["experiment_id"], Attribute("experiment_id", takesLists: true)),
            (["creation_time"], Attribute("creation_time", isNumber: true)),
            (["last_update_time"], Attribute("last_update_time", isNumber: true)),
        ],
        missing: [.tag]
    )

    /// What logged models are searched by.
    package static let loggedModels = SearchVocabulary(
        noun: "logged models",
        example: "metrics.auc or params.depth",
        entities: commonEntities,
        attributes: [
            (["name"], Attribute("name", takesLists: true)),
            (["model_id"], Attribute("model_id", takesLists: true)),
            (["model_type"], Attribute("model_type", takesLists: true)),
            (["status"], Attribute("status", takesLists: true)),
            (["source_run_id"], Attribute("source_run_id", takesLists: true)),
            (["experiment_id"], Attribute("experiment_id", takesLists: true)),
            (
                ["creation_timestamp", "creation_timestamp_ms", "creation_time"],
                Attribute("creation_time", isNumber: true)
            ),
            (
                ["last_updated_timestamp", "last_updated_timestamp_ms", "last_updated_time"],
                Attribute("last_updated_time", isNumber: true)
            ),
        ],
        orders: [.attribute, .metric],
        lists: [.param, .tag]
    )

    private static let registryEntities: [String: SearchEntity] = [
        "tag": .tag, "tags": .tag, "attribute": .attribute,
    ]

    /// What registered models are searched by; their times can be ordered by only.
    package static let registeredModels = SearchVocabulary(
        noun: "registered models",
        example: "name or tags.team",
        entities: registryEntities,
        attributes: [
            (["name"], Attribute("name", takesLists: true)),
            (["creation_timestamp"], Attribute("creation_timestamp", isNumber: true, isFilterable: false)),
            (
                ["last_updated_timestamp", "timestamp"],
                Attribute("last_updated_timestamp", isNumber: true, isFilterable: false)
            ),
        ]
    )

    /// What model versions are searched by.
    package static let modelVersions = SearchVocabulary(
        noun: "model versions",
        example: "name or tags.team",
        entities: registryEntities,
        attributes: [
            (["name"], Attribute("name", takesLists: true)),
            (["run_id"], Attribute("run_id", takesLists: true, isOrderable: false)),
            (["source_path"], Attribute("source_path", isOrderable: false)),
            (["version_number"], Attribute("version_number", isNumber: true)),
            (["creation_timestamp"], Attribute("creation_timestamp", isNumber: true, isFilterable: false)),
            (["last_updated_timestamp"], Attribute("last_updated_timestamp", isNumber: true, isFilterable: false)),
        ]
    )
}
