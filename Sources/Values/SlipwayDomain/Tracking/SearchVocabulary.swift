/// Which entities and attributes one kind of search knows.
package struct SearchVocabulary: Sendable {
    /// One attribute and what may be asked of it.
    package struct Attribute: Sendable {
        package let name: String
        package let isNumber: Bool
        package let takesLists: Bool
        /// Whether it may be missing, so that IS NULL can be asked.
        package let isOptional: Bool
        /// Whether only LIKE and ILIKE can be asked.
        package let isContent: Bool

        package init(
            _ name: String,
            isNumber: Bool = false,
            takesLists: Bool = false,
            isOptional: Bool = false,
            isContent: Bool = false
        ) {
            self.name = name
            self.isNumber = isNumber
            self.takesLists = takesLists
            self.isOptional = isOptional
            self.isContent = isContent
        }
    }

    /// The words before the dot; case matters.
    package let entities: [String: SearchEntity]
    /// The spellings of each attribute.
    package let attributes: [String: Attribute]
    /// Whether texts may be tested by RLIKE.
    package let takesPatterns: Bool

    package init(
        entities: [String: SearchEntity],
        attributes: [(spellings: [String], attribute: Attribute)],
        takesPatterns: Bool = false
    ) {
        self.entities = entities
        self.takesPatterns = takesPatterns
        var table: [String: Attribute] = [:]
        for (spellings, attribute) in attributes {
            for spelling in spellings { table[spelling] = attribute }
        }
        self.attributes = table
    }

    private static let commonEntities: [String: SearchEntity] = [
        "metric": .metric, "metrics": .metric, "param": .param, "params": .param, "parameter": .param,
        "parameters": .param, "tag": .tag, "tags": .tag, "attribute": .attribute, "attributes": .attribute,
        "attr": .attribute,
    ]

    /// What runs are searched by.
    package static let runs = SearchVocabulary(
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
        ]
    )

    /// What experiments are searched by.
    package static let experiments = SearchVocabulary(
        entities: ["attribute": .attribute, "tag": .tag, "tags": .tag],
        attributes: [
            (["name"], Attribute("name")),
            (["experiment_id"], Attribute("experiment_id", takesLists: true)),
            (["creation_time"], Attribute("creation_time", isNumber: true)),
            (["last_update_time"], Attribute("last_update_time", isNumber: true)),
        ]
    )

    /// What logged models are searched by.
    package static let loggedModels = SearchVocabulary(
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
        ]
    )

    /// What can be asked of a data set.
    static let datasetKeys = ["name", "digest", "context"]
}
