/// What an import counts, in the order in which people read it.
package enum ImportKind: String, CaseIterable, Sendable {
    case experiment
    case run
    case point
    case param
    case tag
    case dataset
    case loggedModel
    case registeredModel
    case version
    case alias
    case trace
    case assessment
    case file
    case byte
    /// Things of the other server that Slipway has no place for.
    case other
}

/// How many of a kind were stored now, and how many were there already.
package struct ImportCount: Equatable, Sendable {
    package var added: Int64
    package var already: Int64

    package init(added: Int64 = 0, already: Int64 = 0) {
        self.added = added
        self.already = already
    }

    package static func += (total: inout ImportCount, count: ImportCount) {
        total.added += count.added
        total.already += count.already
    }
}

/// A record that was not stored, or not whole, and why.
package struct ImportRefusal: Hashable, Sendable {
    package var kind: ImportKind
    package var id: String
    package var reason: String

    package init(_ kind: ImportKind, _ id: String, _ reason: String) {
        self.kind = kind
        self.id = id
        self.reason = reason
    }
}

/// The number that an experiment got here.
package struct ImportedPlace: Hashable, Sendable {
    package var name: String
    package var theirs: Int64
    package var ours: Int64

    package init(name: String, theirs: Int64, ours: Int64) {
        self.name = name
        self.theirs = theirs
        self.ours = ours
    }
}

/// What became of a batch.
package struct ImportReport: Equatable, Sendable {
    package var counts: [ImportKind: ImportCount] = [:]
    package var refusals: [ImportRefusal] = []
    package var experiments: [ImportedPlace] = []

    package init() {}

    package mutating func count(_ kind: ImportKind, added: Int = 0, already: Int = 0) {
        guard added != 0 || already != 0 else { return }
        counts[kind, default: ImportCount()] += ImportCount(added: Int64(added), already: Int64(already))
    }

    package mutating func refuse(_ kind: ImportKind, _ id: String, _ reason: String) {
        refusals.append(ImportRefusal(kind, id, reason))
    }
}
