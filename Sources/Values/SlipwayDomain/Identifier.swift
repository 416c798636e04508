/// A typed name for an entity: an `Identifier<Run>` cannot be passed where an `Identifier<Release>` is wanted.
package struct Identifier<Entity>: Hashable, Sendable, Codable, CustomStringConvertible {
    package let text: String

    package init(_ text: String) { self.text = text }

    package init(from decoder: any Decoder) throws {
        text = try decoder.singleValueContainer().decode(String.self)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }

    package var description: String { text }
}

/// Marks identifiers of ledger entries.
package enum EntryEntity {}
/// Marks identifiers of releases.
package enum ReleaseEntity {}
/// Marks identifiers of incidents.
package enum IncidentEntity {}
/// Marks identifiers of predictions.
package enum PredictionEntity {}
/// Marks identifiers of approval requests.
package enum ApprovalEntity {}

package typealias EntryID = Identifier<EntryEntity>
package typealias ReleaseID = Identifier<ReleaseEntity>
package typealias IncidentID = Identifier<IncidentEntity>
package typealias PredictionID = Identifier<PredictionEntity>
package typealias ApprovalID = Identifier<ApprovalEntity>
