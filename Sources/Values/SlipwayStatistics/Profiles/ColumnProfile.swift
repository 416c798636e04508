/// The mergeable profile of one column.
package enum ColumnProfile: Sendable, Equatable {
    /// Numbers.
    case numeric(NumericProfile)
    /// Categories.
    case categorical(CategoricalProfile)
    /// Truth values.
    case boolean(BooleanProfile)

    /// The reference itself, from all of its values.
    package init(reference values: ColumnValues) throws(StatisticsError) {
        switch values {
        case .numbers(let numbers): self = .numeric(try NumericProfile(reference: numbers))
        case .texts(let texts): self = .categorical(try CategoricalProfile(reference: texts))
        case .flags(let flags):
            var profile = BooleanProfile()
            for flag in flags { profile.add(flag) }
            guard profile.count > 0 else { throw .emptyReference }
            self = .boolean(profile)
        }
    }

    /// An empty profile that counts against the reference; `isFull` keeps all that a stored profile has.
    package static func emptyLike(_ reference: ColumnProfile, isFull: Bool = false) -> ColumnProfile {
        switch reference {
        case .numeric(let profile): .numeric(.emptyLike(profile, isFull: isFull))
        case .categorical(let profile): .categorical(.emptyLike(profile))
        case .boolean: .boolean(BooleanProfile())
        }
    }

    /// What the column holds.
    package var kind: ColumnKind {
        switch self {
        case .numeric: .numeric
        case .categorical: .categorical
        case .boolean: .boolean
        }
    }

    /// How many rows were added.
    package var rows: Int64 {
        switch self {
        case .numeric(let profile): profile.grid.rows
        case .categorical(let profile): profile.categories.rows
        case .boolean(let profile): profile.rows
        }
    }

    /// Rows without a value; a NaN counts as one.
    package var missing: Int64 {
        switch self {
        case .numeric(let profile): profile.grid.missing + profile.grid.nan
        case .categorical(let profile): profile.categories.missing
        case .boolean(let profile): profile.missing
        }
    }

    /// Values that are of another type than the column.
    package var failed: Int64 {
        switch self {
        case .numeric(let profile): profile.grid.failed
        case .categorical(let profile): profile.categories.failed
        case .boolean(let profile): profile.failed
        }
    }

    /// Adds one value; a value of another type counts as failed.
    package mutating func add(_ value: ColumnValue) { add(CollectionOfOne(value)) }

    /// Adds many values at once, which is faster than one by one.
    package mutating func add(_ values: some Sequence<ColumnValue>) {
        // The payload is moved out and `self` is emptied first, so that its arrays are changed in place, not copied.
        switch self {
        case .numeric(var profile):
            self = .boolean(BooleanProfile())
            for value in values {
                switch value {
                case .number(let number): profile.add(number)
                case .missing: profile.add(nil)
                case .text, .flag, .failed: profile.addFailed()
                }
            }
            self = .numeric(profile)
        case .categorical(var profile):
            self = .boolean(BooleanProfile())
            for value in values {
                switch value {
                case .text(let text): profile.add(text)
                case .missing: profile.add(nil)
                case .number, .flag, .failed: profile.addFailed()
                }
            }
            self = .categorical(profile)
        case .boolean(var profile):
            for value in values {
                switch value {
                case .flag(let flag): profile.add(flag)
                case .missing: profile.add(nil)
                case .number, .text, .failed: profile.addFailed()
                }
            }
            self = .boolean(profile)
        }
    }

    /// Adds the cells of a batch; numbers count as failed where the column has none.
    package mutating func add(_ batch: ColumnBatch) {
        if case .numeric(var profile) = self {
            self = .boolean(BooleanProfile())
            profile.add(batch.numbers)
            self = .numeric(profile)
        } else {
            add(batch.numbers.lazy.map { _ in .failed })
        }
        if !batch.others.isEmpty { add(batch.others) }
    }

    /// Adds the rows of another part of the same column.
    package mutating func merge(_ other: ColumnProfile) throws(StatisticsError) {
        switch (self, other) {
        case (.numeric(var mine), .numeric(let theirs)):
            try mine.merge(theirs)
            self = .numeric(mine)
        case (.categorical(var mine), .categorical(let theirs)):
            try mine.merge(theirs)
            self = .categorical(mine)
        case (.boolean(var mine), .boolean(let theirs)):
            try mine.merge(theirs)
            self = .boolean(mine)
        default:
            throw .differentColumns("\(kind.rawValue) and \(other.kind.rawValue)")
        }
    }
}

extension ColumnProfile: Codable {
    private enum Key: String, CodingKey { case kind, profile }

    package init(from decoder: any Decoder) throws {
        let box = try decoder.container(keyedBy: Key.self)
        switch try box.decode(ColumnKind.self, forKey: .kind) {
        case .numeric: self = .numeric(try box.decode(NumericProfile.self, forKey: .profile))
        case .categorical: self = .categorical(try box.decode(CategoricalProfile.self, forKey: .profile))
        case .boolean: self = .boolean(try box.decode(BooleanProfile.self, forKey: .profile))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var box = encoder.container(keyedBy: Key.self)
        try box.encode(kind, forKey: .kind)
        switch self {
        case .numeric(let profile): try box.encode(profile, forKey: .profile)
        case .categorical(let profile): try box.encode(profile, forKey: .profile)
        case .boolean(let profile): try box.encode(profile, forKey: .profile)
        }
    }
}
