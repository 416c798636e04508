package import SlipwayDomain
package import SlipwayStore

/// A ledger entry before it has an id and a place.
package struct EntryDraft: Sendable {
    /// The type without its prefix, e.g. `release.started`.
    package let type: String
    /// What it is about, e.g. `models/flight-delay`.
    package let subject: String
    /// Who caused it.
    package let actor: String
    package let data: JSONValue

    package init(type: String, subject: String, actor: String, data: JSONValue) {
        self.type = type
        self.subject = subject
        self.actor = actor
        self.data = data
    }
}

/// What writes entries into the ledger, inside the transaction that changes the state they tell of.
package protocol EntryRecorder: Sendable {
    /// Appends the entry and returns its id.
    @discardableResult
    func record(_ draft: EntryDraft, at time: Instant, in connection: any SQLWriter) throws -> EntryID
}
