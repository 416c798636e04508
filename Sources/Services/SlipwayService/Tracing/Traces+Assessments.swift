package import SlipwayDomain
internal import SlipwayStore

/// What shall be changed of an assessment; nil leaves it.
package struct AssessmentChange: Sendable {
    package var name: String?
    /// The new value as a JSON text, with the reason if there is none.
    package var value: (kind: Assessment.Kind, json: String, failure: Assessment.Failure?)?
    package var rationale: String?
    package var metadata: [Tag]?
    package var isValid: Bool?

    package init() {}
}

extension Traces {
    /// Adds an assessment to a trace; the one that it overrides is no longer valid.
    package func assess(_ caller: Caller, _ draft: Assessment) async throws -> Assessment {
        try TraceRules.check(draft)
        var assessment = draft
        let now = runtime.now()
        assessment.id = newAssessmentID()
        if assessment.createdAt.milliseconds == 0 { assessment.createdAt = now }
        if assessment.updatedAt.milliseconds == 0 { assessment.updatedAt = now }
        let made = assessment
        return try await write { writer in
            let trace = try Self.require(made.trace, in: writer)
            if let old = made.overrides {
                guard try AssessmentTable.setValid(false, old, of: trace.number, in: writer) else {
                    throw Self.missing(assessment: old, trace.info.id)
                }
            }
            try AssessmentTable.put(made, on: trace.number, in: writer)
            return made
        }
    }

    /// One assessment of a trace.
    package func assessment(_ caller: Caller, id: String, trace: String) async throws -> Assessment {
        try await read { try Self.require(assessment: id, of: Self.require(trace, in: $0), in: $0) }
    }

    /// Changes an assessment; metadata is merged, source and span stay.
    package func update(
        _ caller: Caller,
        assessment id: String,
        trace: String,
        _ change: AssessmentChange
    ) async throws -> Assessment {
        let now = runtime.now()
        return try await write { [change] writer in
            let stored = try Self.require(trace, in: writer)
            var assessment = try Self.require(assessment: id, of: stored, in: writer)
            assessment.name = change.name ?? assessment.name
            if let value = change.value {
                guard value.kind == assessment.kind else {
                    throw ServiceError.invalid(
                        "the assessment is of the kind \(assessment.kind.rawValue): it cannot be given a \(value.kind.rawValue)"
                    )
                }
                assessment.value = value.json
                assessment.failure = value.failure
            }
            assessment.rationale = change.rationale ?? assessment.rationale
            if let metadata = change.metadata {
                let changed = Set(metadata.map(\.key))
                assessment.metadata = (assessment.metadata.filter { !changed.contains($0.key) } + metadata)
                    .sorted { $0.key < $1.key }
            }
            assessment.isValid = change.isValid ?? assessment.isValid
            assessment.updatedAt = now
            try TraceRules.check(assessment)
            try AssessmentTable.put(assessment, on: stored.number, in: writer)
            return assessment
        }
    }

    /// Removes an assessment for good; one that it overrode is valid again. One that is missing is no error.
    package func deleteAssessment(_ caller: Caller, id: String, trace: String) async throws {
        let now = runtime.now()
        try await write { writer in
            let stored = try Self.require(trace, in: writer)
            guard let assessment = try AssessmentTable.find(id, of: stored, in: writer) else { return }
            if let old = assessment.overrides {
                _ = try AssessmentTable.setValid(true, old, of: stored.number, in: writer)
            }
            try AssessmentTable.delete(id, of: stored.number, in: writer)
            let draft = EntryDraft(
                type: "assessment.deleted",
                subject: "traces/\(stored.info.id)",
                actor: caller.actor,
                data: [
                    "assessment": .string(id), "name": .string(assessment.name), "trace": .string(stored.info.id),
                ]
            )
            try recorder.record(draft, at: now, in: writer)
        }
    }

    private static func require(
        assessment id: String,
        of trace: StoredTrace,
        in reader: any SQLReader
    ) throws -> Assessment {
        guard let assessment = try AssessmentTable.find(id, of: trace, in: reader) else {
            throw missing(assessment: id, trace.info.id)
        }
        return assessment
    }

    private static func missing(assessment id: String, _ trace: String) -> ServiceError {
        .notFound("trace '\(trace.prefix(80))' has no assessment with the id '\(id.prefix(80))'")
    }
}
