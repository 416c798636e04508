internal import SlipwayDomain
internal import SlipwayJSON

extension JSONWriter {
    /// Writes MLflow's evaluation Dataset.
    mutating func dataset(_ dataset: EvaluationDataset) {
        var tags = JSONWriter()
        tags.object { writer in
            for tag in dataset.tags { writer.member(tag.key, tag.value) }
        }
        object { writer in
            writer.member("dataset_id", dataset.id)
            writer.member("name", dataset.name)
            writer.member("tags", String(decoding: tags.bytes, as: UTF8.self))
            writer.member("schema", optional: dataset.schema)
            if dataset.recordCount > 0 { writer.member("profile", "{\"num_records\": \(dataset.recordCount)}") }
            writer.member("digest", dataset.digest)
            writer.member("created_time", dataset.createdAt.milliseconds)
            writer.member("last_update_time", dataset.updatedAt.milliseconds)
            writer.member("created_by", optional: dataset.createdBy)
            writer.member("last_updated_by", optional: dataset.updatedBy)
            writer.member("experiment_ids", unlessEmpty: dataset.experiments) { $0.string(String($1)) }
        }
    }

    /// Writes one record as it stands in the text of a list of records.
    mutating func record(_ record: EvaluationRecord, of dataset: String) throws {
        try object { writer in
            writer.member("dataset_record_id", record.id)
            writer.member("dataset_id", dataset)
            for (name, text) in [
                ("inputs", record.inputs), ("outputs", record.outputs), ("expectations", record.expectations),
                ("tags", record.tags), ("source", record.source),
            ] {
                guard let text else { continue }
                writer.name(name)
                writer.value(try JSONDocument.parse(Array(text.utf8)).root)
            }
            writer.member("source_id", optional: record.sourceID)
            writer.member("source_type", optional: record.sourceType)
            writer.member("created_time", record.createdAt.milliseconds)
            writer.member("last_update_time", record.updatedAt.milliseconds)
            writer.member("created_by", optional: record.createdBy)
            writer.member("last_updated_by", optional: record.updatedBy)
        }
    }

    /// Copies a parsed value.
    private mutating func value(_ node: JSONNode) {
        switch node.kind {
        case .null: null()
        case .bool: bool(node.bool ?? false)
        case .string: string(node.string ?? "")
        case .integer: integer(node.integer ?? 0)
        case .unsigned, .double: number(node.double ?? 0)
        case .array: array(node.elements) { $0.value($1) }
        case .object:
            object { writer in
                for member in node.members {
                    writer.name(member.name)
                    writer.value(member.value)
                }
            }
        }
    }
}
