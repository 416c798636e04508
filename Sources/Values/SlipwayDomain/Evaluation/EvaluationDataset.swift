/// A named set of questions with expected answers, that evaluations of language applications share.
package struct EvaluationDataset: Equatable, Sendable {
    package let id: String
    package let name: String
    /// Changes with every change of the records.
    package var digest: String
    /// The fields seen in records with their types, as JSON text; nil before the first record.
    package var schema: String?
    package let createdAt: Instant
    package var updatedAt: Instant
    package let createdBy: String?
    package var updatedBy: String?
    /// Sorted by key.
    package var tags: [Tag] = []
    package var experiments: [Int64] = []
    package var recordCount: Int64 = 0

    package init(
        id: String,
        name: String,
        digest: String,
        schema: String? = nil,
        createdAt: Instant,
        updatedAt: Instant,
        createdBy: String?,
        updatedBy: String?
    ) {
        self.id = id
        self.name = name
        self.digest = digest
        self.schema = schema
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.createdBy = createdBy
        self.updatedBy = updatedBy
    }
}

/// One record of an evaluation dataset; its parts are JSON texts.
package struct EvaluationRecord: Equatable, Sendable {
    package let id: String
    package let inputs: String
    package var outputs: String?
    package var expectations: String?
    package var tags: String
    package var source: String?
    package var sourceID: String?
    package var sourceType: String?
    package let createdAt: Instant
    package var updatedAt: Instant
    package let createdBy: String?
    package var updatedBy: String?

    package init(
        id: String,
        inputs: String,
        outputs: String?,
        expectations: String?,
        tags: String,
        source: String?,
        sourceID: String?,
        sourceType: String?,
        createdAt: Instant,
        updatedAt: Instant,
        createdBy: String?,
        updatedBy: String?
    ) {
        self.id = id
        self.inputs = inputs
        self.outputs = outputs
        self.expectations = expectations
        self.tags = tags
        self.source = source
        self.sourceID = sourceID
        self.sourceType = sourceType
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.createdBy = createdBy
        self.updatedBy = updatedBy
    }
}

extension SearchVocabulary {
    /// What evaluation datasets are searched by.
    package static let evaluationDatasets = SearchVocabulary(
        noun: "evaluation datasets",
        example: "name or tags.team",
        entities: ["tags": .tag],
        attributes: [
            (["name"], Attribute("name", takesLists: true)),
            (["created_time"], Attribute("created_time", isNumber: true)),
            (["last_update_time"], Attribute("last_update_time", isNumber: true)),
            (["created_by"], Attribute("created_by", isOrderable: false)),
            (["last_updated_by"], Attribute("last_updated_by", isOrderable: false)),
            (["dataset_id"], Attribute("dataset_id", isFilterable: false)),
        ]
    )
}
