package import SlipwayDomain
internal import SlipwayJSON

/// Tags, metadata and assessments of traces.
package enum TraceNotes {
    /// The heads with all that was noted of them, in the given order.
    package static func load(_ traces: [StoredTrace], in reader: some SQLReader) throws(StoreError) -> [TraceInfo] {
        let numbers = traces.map(\.number)
        let tags = try TagRows.read("trace_tags", owner: "trace", numbers, in: reader)
        let metadata = try TagRows.read("trace_metadata", owner: "trace", numbers, in: reader)
        let ids = Dictionary(traces.map { ($0.number, $0.info.id) }) { first, _ in first }
        let assessments = try AssessmentTable.read(ids, in: reader)
        return traces.map { stored in
            var info = stored.info
            info.tags = tags[stored.number] ?? []
            if let name = stored.name {
                let place = info.tags.firstIndex { $0.key > TraceKey.name } ?? info.tags.count
                info.tags.insert(Tag(key: TraceKey.name, value: name), at: place)
            }
            info.metadata = metadata[stored.number] ?? []
            info.assessments = assessments[stored.number] ?? []
            return info
        }
    }

    /// Sets tags; of a key that stands twice the last wins. The tag of the name is a column of the trace.
    package static func setTags(_ tags: [Tag], on trace: Int64, in writer: some SQLWriter) throws(StoreError) {
        if let name = tags.last(where: { $0.key == TraceKey.name })?.value {
            try setName(name, on: trace, in: writer)
        }
        let others = tags.filter { $0.key != TraceKey.name }
        guard !others.isEmpty else { return }
        try upsert(others, into: "trace_tags", trace, in: writer)
    }

    /// Removes one tag; tells whether there was one.
    package static func removeTag(
        _ key: String,
        from trace: Int64,
        in writer: some SQLWriter
    ) throws(StoreError) -> Bool {
        if key == TraceKey.name {
            return try writer.execute(
                "UPDATE traces SET name = NULL WHERE number = ? AND name IS NOT NULL",
                [.integer(trace)]
            ) > 0
        }
        return try writer.execute(
            "DELETE FROM trace_tags WHERE trace = ? AND key = ?",
            [.integer(trace), .text(key)]
        ) > 0
    }

    /// Sets metadata; what pages and sums ask for is copied into columns of the trace.
    package static func setMetadata(_ metadata: [Tag], on trace: Int64, in writer: some SQLWriter) throws(StoreError) {
        guard !metadata.isEmpty else { return }
        try upsert(metadata, into: "trace_metadata", trace, in: writer)
        for item in metadata {
            switch item.key {
            case TraceKey.session:
                try writer.execute(
                    "UPDATE traces SET session = ? WHERE number = ?",
                    [.text(item.value), .integer(trace)]
                )
            case TraceKey.tokenUsage:
                let usage = JSONText.parsed(item.value)
                let names = [
                    "input_tokens", "output_tokens", "total_tokens", "cache_read_input_tokens",
                    "cache_creation_input_tokens",
                ]
                try writer.execute(
                    """
                    UPDATE traces SET input_tokens = ?, output_tokens = ?, total_tokens = ?, cache_read_tokens = ?,
                        cache_creation_tokens = ?
                    WHERE number = ?
                    """,
                    names.map { .optional(usage?[$0]?.wholeNumber) } + [.integer(trace)]
                )
            case TraceKey.cost:
                let cost = JSONText.parsed(item.value)
                try writer.execute(
                    "UPDATE traces SET input_cost = ?, output_cost = ?, total_cost = ? WHERE number = ?",
                    ["input_cost", "output_cost", "total_cost"].map { .optional(cost?[$0]?.double) }
                        + [.integer(trace)]
                )
            default: continue
            }
        }
    }

    /// One piece of metadata.
    package static func metadata(
        _ key: String,
        of trace: Int64,
        in reader: some SQLReader
    ) throws(StoreError) -> String? {
        try reader.row(
            "SELECT value FROM trace_metadata WHERE trace = ? AND key = ?",
            [.integer(trace), .text(key)]
        )?.text(0)
    }

    private static func setName(_ name: String, on trace: Int64, in writer: some SQLWriter) throws(StoreError) {
        try writer.execute("UPDATE traces SET name = ? WHERE number = ?", [.text(name), .integer(trace)])
    }

    private static func upsert(
        _ tags: [Tag],
        into table: String,
        _ trace: Int64,
        in writer: some SQLWriter
    ) throws(StoreError) {
        try writer.executeEach(
            """
            INSERT INTO \(table) (trace, key, value) VALUES (?, ?, ?)
            ON CONFLICT (trace, key) DO UPDATE SET value = excluded.value
            """,
            tags.map { [.integer(trace), .text($0.key), .text($0.value)] }
        )
    }
}
