/// What verifying a ledger found.
package enum LedgerVerdict: Hashable, Sendable {
    /// Every entry is what it was; the first `signedSize` of `size` are covered by a signed checkpoint.
    case intact(size: Int, root: Digest32, signedSize: Int)
    /// Something was altered; the findings stand in the order of their first bad index.
    case broken([LedgerFinding])

    /// Whether nothing was found.
    package var isIntact: Bool { if case .intact = self { true } else { false } }
}

/// One way in which a ledger is not what it was.
package struct LedgerFinding: Hashable, Sendable, CustomStringConvertible {
    /// What kind of alteration it is.
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        /// An entry's bytes do not have the stored leaf hash.
        case changed
        /// Entries are missing: a gap, or fewer entries than were signed or counted.
        case removed
        /// Entries stand in another order than they were appended in.
        case reordered
        /// There are more entries than were counted, or one index stands twice.
        case inserted
        /// Bytes and hashes agree with each other but not with the root that was signed: somebody recomputed the hashes.
        case rewritten
        /// The stored tree state differs from the entries.
        case frontier
        /// A checkpoint is unreadable or not signed by the ledger's key.
        case signature
    }

    /// What kind of alteration it is.
    package let kind: Kind
    /// The first entry that is bad, or may be; nil when no entry is concerned.
    package let index: Int?
    /// A sentence for the auditor.
    package let detail: String

    /// A finding of one kind at one place.
    package init(kind: Kind, index: Int?, detail: String) {
        self.kind = kind
        self.index = index
        self.detail = detail
    }

    package var description: String { "\(kind.rawValue)\(index.map { " at entry \($0)" } ?? ""): \(detail)" }
}
