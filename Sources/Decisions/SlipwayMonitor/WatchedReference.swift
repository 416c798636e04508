package import SlipwayStatistics

/// What live windows are compared with: the frozen profile, and how it moves with the hours and by itself.
package struct WatchedReference: Sendable {
    package let profile: DatasetProfile
    package let rhythm: ReferenceRhythm?

    /// A reference whose rows have no known times counts as one of independent rows.
    package init(profile: DatasetProfile, rhythm: ReferenceRhythm? = nil) {
        self.profile = profile
        self.rhythm = rhythm
    }

    var natural: NaturalRange { rhythm?.natural ?? NaturalRange() }

    /// The profile that a window with rows in these hours is compared with.
    package func expected(for hours: HourCounts?) -> DatasetProfile {
        guard let seasons = rhythm?.seasons, let hours else { return profile }
        return seasons.expected(for: hours)
    }

    /// The same with only the columns whose names are wanted.
    package func keeping(_ isWanted: (String) -> Bool) -> WatchedReference {
        WatchedReference(profile: profile.keeping(isWanted), rhythm: rhythm?.keeping(isWanted))
    }
}

/// How a reference moves in time, learnt from rows whose times are known.
package struct ReferenceRhythm: Sendable {
    /// Counts by the hour of the week; nil when the hours do not differ enough to matter.
    package let seasons: SeasonalProfile?
    package let natural: NaturalRange
    /// Rows of the windows that the natural range was learnt from.
    package let windowRows: Int
    /// The largest distance between an hour of the week and the whole, and what it had to exceed.
    package let seasonDistance: Double
    package let seasonFloor: Double

    func keeping(_ isWanted: (String) -> Bool) -> ReferenceRhythm {
        ReferenceRhythm(
            seasons: seasons?.keeping(isWanted),
            natural: natural,
            windowRows: windowRows,
            seasonDistance: seasonDistance,
            seasonFloor: seasonFloor
        )
    }

    /// The stored form, which is read against its reference.
    package struct Stored: Codable, Sendable {
        package let seasons: SeasonalProfile.Stored?
        package let natural: NaturalRange
        package let windowRows: Int
        package let seasonDistance: Double
        package let seasonFloor: Double
    }

    package var stored: Stored {
        Stored(
            seasons: seasons?.stored,
            natural: natural,
            windowRows: windowRows,
            seasonDistance: seasonDistance,
            seasonFloor: seasonFloor
        )
    }

    /// Reads the stored form; what does not fit the reference is an error.
    package init(_ stored: Stored, reference: DatasetProfile) throws(StatisticsError) {
        var seasons: SeasonalProfile?
        if let kept = stored.seasons { seasons = try SeasonalProfile(kept, reference: reference) }
        self.init(
            seasons: seasons,
            natural: stored.natural,
            windowRows: stored.windowRows,
            seasonDistance: stored.seasonDistance,
            seasonFloor: stored.seasonFloor
        )
    }

    init(
        seasons: SeasonalProfile?,
        natural: NaturalRange,
        windowRows: Int,
        seasonDistance: Double,
        seasonFloor: Double
    ) {
        self.seasons = seasons
        self.natural = natural
        self.windowRows = windowRows
        self.seasonDistance = seasonDistance
        self.seasonFloor = seasonFloor
    }
}
