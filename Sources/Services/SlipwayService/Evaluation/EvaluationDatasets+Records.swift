package import SlipwayDomain
internal import SlipwayJSON
internal import SlipwayLedger
internal import SlipwayStore

extension EvaluationDatasets {
    /// The most records that one call may bring.
    package static let mostRecords = 10_000

    /// Adds records; one whose inputs are known already is merged into the record that has them.
    package func upsert(
        caller: Caller,
        id: String,
        _ records: [JSONValue]
    ) async throws -> (inserted: Int64, updated: Int64) {
        guard records.count <= Self.mostRecords else {
            throw ServiceError.invalid("a call brings at most \(Self.mostRecords) records: send the rest in another")
        }
        let drafts = try records.map { try RecordDraft($0) }
        let ids = drafts.map { _ in "dr-" + runtime.newRandomID() }
        let now = runtime.now()
        return try await write { writer in
            var dataset = try Self.require(id, in: writer)
            var counts: (inserted: Int64, updated: Int64) = (0, 0)
            for (draft, newID) in zip(drafts, ids) {
                let known = try EvaluationRecordTable.find(inputDigest: draft.digest, dataset: id, in: writer)
                let record = try known.map { try draft.merged(into: $0, at: now) } ?? draft.new(newID, at: now)
                if known == nil { counts.inserted += 1 } else { counts.updated += 1 }
                try EvaluationRecordTable.save(record, inputDigest: draft.digest, dataset: id, in: writer)
            }
            dataset.schema = try Self.schema(dataset.schema, with: drafts)
            dataset.digest = Self.digest(dataset.name, now)
            dataset.updatedAt = now
            dataset.updatedBy = drafts.last { $0.user != nil }?.user ?? caller.user
            try EvaluationDatasetTable.update(dataset, in: writer)
            return counts
        }
    }

    /// One page of a dataset's records, the oldest first.
    package func records(
        caller: Caller,
        id: String,
        limit: Int64,
        offset: Int64
    ) async throws -> Page<EvaluationRecord> {
        try TrackingRules.checkPageSize(limit, most: 50_000)
        return try await read { reader in
            _ = try Self.require(id, in: reader)
            let found = try EvaluationRecordTable.page(of: id, limit: limit + 1, offset: offset, in: reader)
            return Tracking.page(found, limit: limit)
        }
    }

    /// Deletes records for good and tells how many there were.
    package func deleteRecords(caller: Caller, id: String, _ records: [String]) async throws -> Int64 {
        guard records.count <= Self.mostRecords else {
            throw ServiceError.invalid("a call deletes at most \(Self.mostRecords) records")
        }
        let now = runtime.now()
        return try await write { writer in
            let dataset = try Self.require(id, in: writer)
            let count = Int64(try EvaluationRecordTable.delete(Array(Set(records)), from: id, in: writer))
            if count > 0 { try record("dataset.records-deleted", dataset, count, caller, at: now, in: writer) }
            return count
        }
    }

    /// The fields seen so far with their types; what is known keeps its type.
    private static func schema(_ old: String?, with drafts: [RecordDraft]) throws -> String? {
        guard old != nil || !drafts.isEmpty else { return nil }
        var schema = try old.flatMap { try JSONValue(parsing: Array($0.utf8)).object } ?? [:]
        for part in ["inputs", "outputs", "expectations"] {
            var fields = schema[part]?.object ?? [:]
            var whole = schema[part]?.string
            for draft in drafts {
                switch draft.parts[part] {
                case .object(let members):
                    for (name, value) in members where fields[name] == nil { fields[name] = .string(typeName(value)) }
                case .null, nil: break
                case .some(let value): if fields.isEmpty, whole == nil { whole = typeName(value) }
                }
            }
            schema[part] = whole.map { .string($0) } ?? .object(fields)
        }
        schema["version"] = "1.0"
        return SortedJSON.text(.object(schema))
    }

    private static func typeName(_ value: JSONValue) -> String {
        switch value {
        case .null: "null"
        case .bool: "boolean"
        case .integer: "integer"
        case .number: "float"
        case .string: "string"
        case .array: "array"
        case .object: "object"
        }
    }
}

/// A record as a client sends it.
private struct RecordDraft: Sendable {
    /// The record's members by name.
    let parts: [String: JSONValue]
    /// Equal inputs, in whatever order, have an equal digest.
    let digest: String

    private static let sourceTypes = ["UNSPECIFIED", "TRACE", "HUMAN", "DOCUMENT", "CODE"]

    init(_ value: JSONValue) throws(ServiceError) {
        guard let parts = value.object else { throw .invalid("a record must be a JSON object") }
        for name in ["inputs", "expectations", "tags", "source"] {
            guard parts[name].map({ $0 == .null || $0.object != nil }) ?? true else {
                throw .invalid("'\(name)' of a record must be a JSON object")
            }
        }
        self.parts = parts
        digest = Digest32.sha256(Array(SortedJSON.text(parts["inputs"] ?? .object([:])).utf8)).hex
        guard sourceType.map({ Self.sourceTypes.contains($0) }) ?? true else {
            throw .invalid("source_type of a record must be one of \(Self.sourceTypes.joined(separator: ", "))")
        }
    }

    /// Who sent the record, by its tag.
    var user: String? { parts["tags"]?[EvaluationDatasets.userTag]?.string }

    private var sourceType: String? { parts["source"]?["source_type"]?.string?.uppercased() }

    private func text(_ name: String) -> String? {
        guard let value = parts[name], value != .null else { return nil }
        return SortedJSON.text(value)
    }

    func new(_ id: String, at time: Instant) -> EvaluationRecord {
        var source: JSONValue?
        if let sourceType {
            let data = parts["source"]?["source_data"] ?? .object([:])
            source = ["source_type": .string(sourceType), "source_data": data == .null ? .object([:]) : data]
        }
        let reference = source?["source_data"]?[sourceType == "TRACE" ? "trace_id" : "source_id"]?.string
        return EvaluationRecord(
            id: id,
            inputs: text("inputs") ?? "{}",
            // A record without this member has an empty answer; one with null has none.
            outputs: parts["outputs"] == nil ? "{}" : text("outputs"),
            expectations: text("expectations"),
            tags: text("tags") ?? "{}",
            source: source.map(SortedJSON.text),
            sourceID: reference,
            sourceType: sourceType,
            createdAt: time,
            updatedAt: time,
            createdBy: user,
            updatedBy: user
        )
    }

    /// The known record with the new outputs, and with the new expectations and tags over its own.
    func merged(into known: EvaluationRecord, at time: Instant) throws -> EvaluationRecord {
        var record = known
        if parts["outputs"] != nil { record.outputs = text("outputs") }
        if let expectations = parts["expectations"]?.object, !expectations.isEmpty {
            record.expectations = try Self.merge(expectations, into: known.expectations)
        }
        if let tags = parts["tags"]?.object, !tags.isEmpty { record.tags = try Self.merge(tags, into: known.tags) }
        record.updatedAt = time
        record.updatedBy = user ?? known.updatedBy
        return record
    }

    private static func merge(_ new: [String: JSONValue], into old: String?) throws -> String {
        let old = try old.flatMap { try JSONValue(parsing: Array($0.utf8)).object } ?? [:]
        return SortedJSON.text(.object(old.merging(new) { _, new in new }))
    }
}

/// JSON text with sorted members. Unlike canonical JSON it takes integers of any size, which clients do send.
enum SortedJSON {
    static func text(_ value: JSONValue) -> String {
        var writer = JSONWriter()
        write(value, to: &writer)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    private static func write(_ value: JSONValue, to writer: inout JSONWriter) {
        switch value {
        case .null: writer.null()
        case .bool(let flag): writer.bool(flag)
        case .integer(let number): writer.integer(number)
        case .number(let number): writer.number(number)
        case .string(let text): writer.string(text)
        case .array(let items): writer.array(items) { write($1, to: &$0) }
        case .object(let members):
            writer.object { writer in
                for (name, member) in members.sorted(by: { $0.key < $1.key }) {
                    writer.name(name)
                    write(member, to: &writer)
                }
            }
        }
    }
}
