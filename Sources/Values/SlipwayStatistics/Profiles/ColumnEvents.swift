/// Yes-or-no questions about a column, frozen with its reference, that every profile against it answers by counts: is a
/// value at most this edge, is it this category, is it missing.
///
/// A window and its reference are compared event by event where evidence has to add up over time.
package struct ColumnEvents: Sendable, Equatable {
    /// One question.
    package enum Event: Sendable, Equatable {
        /// A finite value is at most the edge with this number.
        case atMost(edge: Int)
        /// A value is the known category with this number.
        case category(Int)
        /// A truth value is true.
        case isTrue
        /// A value is of a category that the reference does not list.
        case unseen
        /// A number is outside the reference's range.
        case outOfRange
        /// A row has no value.
        case missing
        /// A row has a value of another type.
        case failed

        /// Whether it is about the values themselves, not about what is wrong with them.
        package var isDistribution: Bool {
            switch self {
            case .atMost, .category, .isTrue: true
            case .unseen, .outOfRange, .missing, .failed: false
            }
        }
    }

    /// The most edges beside the deciles, and the most categories, that are asked about.
    static let most = 15

    /// The questions, in a fixed order.
    package let events: [Event]

    /// The questions about a reference column.
    package init(reference: ColumnProfile) {
        var events: [Event]
        switch reference {
        case .numeric(let profile):
            let grid = profile.grid.grid
            let spread = (1...Self.most).map { $0 * grid.edges.count / (Self.most + 1) }
            let deciles = grid.deciles.compactMap { decile in grid.edges.firstIndex(of: decile) }
            // The last edge is the reference's maximum: what is above it is another question.
            let edges = Set(spread + deciles).filter { $0 < grid.edges.count - 1 }.sorted()
            events = edges.map(Event.atMost) + [.outOfRange]
        case .categorical(let profile):
            let counts = profile.categories.knownCounts
            let ranked = counts.indices.sorted { (counts[$1], $0) < (counts[$0], $1) }
            events = ranked.prefix(Self.most).sorted().map(Event.category) + [.unseen]
        case .boolean: events = [.isTrue]
        }
        self.events = events + [.missing, .failed]
    }

    /// How often each event is to be expected by a reference, at least and at most: as often as it happened there, but for
    /// categories that are not listed. Those come as often as categories that were seen once (Good 1953), so that a long
    /// tail is no news; of what the reference itself could not list nobody knows how much was seen once.
    package func expectations(
        by reference: ColumnProfile
    ) -> [(least: Int64, most: Int64, trials: Int64)] {
        var result = counts(in: reference).map { (least: $0.hits, most: $0.hits, trials: $0.trials) }
        if case .categorical(let profile) = reference, let place = events.firstIndex(of: .unseen) {
            let single = Int64(profile.categories.knownCounts.count { $0 == 1 })
            result[place].most = min(result[place].trials, 2 * result[place].most + single)
        }
        return result
    }

    /// How often each event happened in a profile against the same reference, out of how many times it could.
    package func counts(in profile: ColumnProfile) -> [(hits: Int64, trials: Int64)] {
        switch profile {
        case .numeric(let profile):
            let grid = profile.grid
            let infinite = grid.positiveInfinity + grid.negativeInfinity
            let all = grid.count
            var running: Int64 = 0
            let upTo = grid.counts.map { count in
                running += count
                return running
            }
            return events.map { event in
                switch event {
                case .atMost(let edge): (upTo[edge], all)
                case .outOfRange: (grid.under + grid.over + infinite, all + infinite)
                case .missing: (grid.missing + grid.nan, grid.rows)
                case .failed: (grid.failed, grid.rows)
                default: (0, 0)
                }
            }
        case .categorical(let profile):
            let categories = profile.categories
            let all = categories.count
            return events.map { event in
                switch event {
                case .category(let place): (categories.knownCounts[place], all)
                case .unseen: (categories.unseenTotal, all)
                case .missing: (categories.missing, categories.rows)
                case .failed: (categories.failed, categories.rows)
                default: (0, 0)
                }
            }
        case .boolean(let profile):
            return events.map { event in
                switch event {
                case .isTrue: (profile.trueCount, profile.count)
                case .missing: (profile.missing, profile.rows)
                case .failed: (profile.failed, profile.rows)
                default: (0, 0)
                }
            }
        }
    }
}
