import SlipwayMonitor
import SlipwayStatistics

/// Two profiles that belong together, from whatever a user gave.
struct DriftComparison {
    let reference: DatasetProfile
    let current: DatasetProfile
    /// What the user called the two.
    let names: (reference: String, current: String)
    /// The columns that are judged.
    let judged: [String]
    /// Columns that were left out because they name rows.
    let left: [String]
    private let sources: (reference: DataSource, current: DataSource)?
    private let segment: String?

    /// A query takes the place of its table by what it gives.
    init(
        reference: String,
        current: String,
        queries: (reference: String?, current: String?),
        choice: ColumnChoice,
        segment: String?
    ) throws {
        let profiler = try TableProfiler()
        let (storedReference, storedCurrent) = (try ProfileFile.read(reference), try ProfileFile.read(current))
        guard segment == nil || (storedReference == nil && storedCurrent == nil) else {
            throw CommandError("--segment needs the rows: give two tables, not stored profiles")
        }
        guard queries.reference == nil || storedReference == nil, queries.current == nil || storedCurrent == nil else {
            throw CommandError("a query needs the rows: give a table, not a stored profile")
        }
        let old = try DataSource.opened(reference, query: queries.reference)
        let new = try DataSource.opened(current, query: queries.current)
        // A table's profile holds only what was chosen, and its names were checked.
        if let storedReference { try choice.check(against: storedReference.names, of: reference) }
        var frozen =
            try storedReference
            ?? profiler.profile(old, choice: Self.all(choice, but: segment), for: .reference).profile
        if let segment, frozen[segment] == nil {
            throw CommandError("\(reference) has no column \(segment) with values to make segments of")
        }
        frozen = frozen.keeping { choice.isWanted($0) || $0 == segment }
        let left = choice.only.isEmpty ? IdentifierColumns.names(in: frozen).filter { $0 != segment } : []
        frozen = frozen.keeping { !left.contains($0) }
        guard !frozen.columns.isEmpty || frozen.vectors != nil else {
            throw CommandError("no column of \(reference) is left to compare")
        }
        let counted = try storedCurrent ?? profiler.profile(new, against: frozen, for: .current)
        let missing = frozen.columns.map(\.name).filter { counted[$0] == nil }
        guard missing.isEmpty else {
            throw CommandError("\(current) lacks the reference's columns \(missing.joined(separator: ", "))")
        }
        self.reference = frozen
        self.current = counted
        names = (old.name, new.name)
        judged = frozen.names.filter(choice.isWanted)
        self.left = left
        self.segment = segment
        sources = storedReference == nil && storedCurrent == nil ? (old, new) : nil
    }

    /// The choice with the segment's column, which is read even when it is not judged.
    private static func all(_ choice: ColumnChoice, but segment: String?) -> ColumnChoice {
        var wide = choice
        if let segment {
            wide.ignored.remove(segment)
            if !wide.only.isEmpty { wide.only.insert(segment) }
        }
        return wide
    }

    /// The verdict segment by segment, nil when it was not asked for.
    func segments(policy: DriftPolicy) throws -> SegmentedDrift? {
        guard let segment, let sources else { return nil }
        let profiler = try TableProfiler()
        guard let old = SegmentedBuilder(reference: reference, column: segment, for: .reference),
            let new = SegmentedBuilder(reference: reference, column: segment, for: .current)
        else {
            throw CommandError(
                "column \(segment) has more than \(SegmentedBuilder.limit) values: choose one with fewer for --segment"
            )
        }
        try profiler.views(of: sources.reference, against: reference) { try old.add(rows: $0, $1) }
        try profiler.views(of: sources.current, against: reference) { try new.add(rows: $0, $1) }
        var narrow = policy
        narrow.features = judged.filter { $0 != segment }
        let pairs = zip(old.names, zip(try old.profiles(), try new.profiles()))
        return try SegmentedDrift.judge(
            column: segment,
            segments: pairs.map { (name: $0, reference: $1.0, current: $1.1) },
            policy: narrow
        )
    }
}
