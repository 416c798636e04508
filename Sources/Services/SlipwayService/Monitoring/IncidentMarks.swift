package import SlipwayDomain
internal import SlipwayLedger
internal import SlipwayMonitor
package import SlipwayStore

/// Says whether an incident's alert was worth waking for: what alert precision is computed from.
package struct IncidentMarks: Sendable {
    private let database: any SQLDatabase
    private let ledger: LedgerBook
    private let runtime: Runtime

    package init(database: any SQLDatabase, ledger: LedgerBook, runtime: Runtime) {
        self.database = database
        self.ledger = ledger
        self.runtime = runtime
    }

    /// The longest note, in characters.
    private static let mostNote = 2000

    /// Marks an incident, open or not; a second mark replaces the first, and the ledger keeps both.
    package func mark(
        _ id: IncidentID,
        as word: String,
        note: String? = nil,
        caller: Caller
    ) async throws -> JSONValue {
        guard let outcome = AlertOutcome(rawValue: word) else {
            throw ServiceError.invalid("an incident is marked actionable or noise, not '\(word.prefix(80))'")
        }
        if let note, note.count > Self.mostNote {
            throw ServiceError.invalid(
                "the note is longer than \(Self.mostNote) characters: link to the review instead"
            )
        }
        let now = runtime.now()
        return try await database.write { connection in
            guard let row = try WatchTable.incident(id, in: connection) else {
                throw ServiceError.notFound("there is no incident \(id): `slipway incidents` lists them")
            }
            var members = try JSONValue(parsing: Array(row.json.utf8)).object ?? [:]
            members["outcome"] = .string(outcome.rawValue)
            members["outcomeBy"] = .string(caller.actor)
            members["outcomeNote"] = note.map(JSONValue.string) ?? .null
            try WatchTable.setIncident(id, json: CanonicalJSON.text(of: .object(members)), in: connection)
            let data: JSONValue = [
                "incident": .string(id.text), "model": .string(row.model), "alert": members["alert"] ?? .null,
                "outcome": .string(outcome.rawValue), "note": note.map(JSONValue.string) ?? .null,
                "by": .string(caller.actor),
            ]
            try ledger.record(
                EntryDraft(
                    type: "alert.triaged",
                    subject: "models/\(row.model)",
                    actor: caller.actor,
                    data: data
                ),
                at: now,
                in: connection
            )
            return data
        }
    }
}
