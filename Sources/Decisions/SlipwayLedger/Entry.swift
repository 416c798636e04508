package import SlipwayDomain

/// One fact in the ledger: a CloudEvents 1.0 object with the extension attribute `actor`.
package struct Entry: Hashable, Sendable {
    /// What every entry type of Slipway begins with.
    package static let typePrefix = "dev.slipway."

    /// The entry's own name, unique in the ledger.
    package let id: EntryID
    /// Who wrote it, as a URI reference, e.g. `/slipway/default`.
    package let source: String
    /// The CloudEvents type, e.g. `dev.slipway.release.started`.
    package let type: String
    /// What it is about, e.g. `models/flight-delay`.
    package let subject: String
    /// When it happened.
    package let time: Instant
    /// The user or part of Slipway that caused it.
    package let actor: String
    /// The fact itself.
    package let data: JSONValue

    /// Makes an entry of one of Slipway's types; `name` is the type without its prefix, e.g. `release.started`.
    package init(
        id: EntryID,
        source: String,
        name: String,
        subject: String,
        time: Instant,
        actor: String,
        data: JSONValue
    ) {
        self.id = id
        self.source = source
        self.type = Entry.typePrefix + name
        self.subject = subject
        self.time = time
        self.actor = actor
        self.data = data
    }

    /// The type without Slipway's prefix, e.g. `release.started`; a foreign type stays whole.
    package var name: String {
        type.hasPrefix(Entry.typePrefix) ? String(type.dropFirst(Entry.typePrefix.count)) : type
    }

    /// The entry as a CloudEvents JSON object.
    package var json: JSONValue {
        [
            "specversion": "1.0", "id": .string(id.text), "source": .string(source), "type": .string(type),
            "subject": .string(subject), "time": .string(time.description), "actor": .string(actor),
            "datacontenttype": "application/json", "data": data,
        ]
    }

    /// The bytes that the ledger stores and hashes: RFC 8785 over `json`.
    package var canonicalBytes: [UInt8] {
        get throws(LedgerError) {
            do {
                return try CanonicalJSON.bytes(of: json)
            } catch {
                throw .badEntry("\(error)")
            }
        }
    }
}

extension Entry {
    private static let members: Set<String> = [
        "specversion", "id", "source", "type", "subject", "time", "actor", "datacontenttype", "data",
    ]

    /// Reads stored bytes, which must be exactly what `canonicalBytes` writes: nothing missing, nothing more.
    package init(canonicalBytes bytes: [UInt8]) throws(LedgerError) {
        let json: JSONValue
        do {
            json = try JSONValue(parsing: bytes)
        } catch {
            throw .badEntry("\(error)")
        }
        guard let members = json.object else { throw .badEntry("it is not a JSON object") }
        if let unknown = members.keys.filter({ !Entry.members.contains($0) }).min() {
            throw .badEntry("it has an unknown member \"\(unknown.prefix(80))\"")
        }
        func text(_ name: String) throws(LedgerError) -> String {
            guard let text = members[name]?.string, !text.isEmpty else {
                throw .badEntry("its member \"\(name)\" is missing, empty or no text")
            }
            return text
        }
        guard try text("specversion") == "1.0" else { throw .badEntry("its specversion is not 1.0") }
        guard try text("datacontenttype") == "application/json" else {
            throw .badEntry("its datacontenttype is not application/json")
        }
        guard let time = Instant(try text("time")) else { throw .badEntry("its time is no RFC 3339 instant") }
        guard let data = members["data"] else { throw .badEntry("its member \"data\" is missing") }
        self.id = EntryID(try text("id"))
        self.source = try text("source")
        self.type = try text("type")
        self.subject = try text("subject")
        self.time = time
        self.actor = try text("actor")
        self.data = data
        guard try canonicalBytes == bytes else { throw .badEntry("its bytes are not in canonical form (RFC 8785)") }
    }
}
