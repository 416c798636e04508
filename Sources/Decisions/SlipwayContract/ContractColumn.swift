/// What a column holds, in the standard's words.
package enum LogicalType: String, Hashable, Sendable, CaseIterable {
    case string, date, timestamp, time, number, integer, object, array, boolean
}

/// One column of a table: an element of `properties`.
package struct ContractColumn: Hashable, Sendable {
    package let name: String
    package let type: LogicalType?
    /// The type in the words of the engine that the data came from.
    package let physicalType: String?
    package let isRequired: Bool
    package let isUnique: Bool
    package let isPrimaryKey: Bool
    /// The place in the primary key, from 1.
    package let keyPosition: Int?
    /// What single values may be.
    package let limits: ValueLimits
    package let rules: [QualityRule]

    package init(
        name: String,
        type: LogicalType?,
        physicalType: String? = nil,
        isRequired: Bool = false,
        isUnique: Bool = false,
        isPrimaryKey: Bool = false,
        keyPosition: Int? = nil,
        limits: ValueLimits = ValueLimits(),
        rules: [QualityRule] = []
    ) {
        self.name = name
        self.type = type
        self.physicalType = physicalType
        self.isRequired = isRequired
        self.isUnique = isUnique
        self.isPrimaryKey = isPrimaryKey
        self.keyPosition = keyPosition
        self.limits = limits
        self.rules = rules
    }
}

/// What a single value may be; missing values are not judged by it.
package struct ValueLimits: Hashable, Sendable {
    package var minimum: Limit?
    package var maximum: Limit?
    /// Characters, not bytes.
    package var minLength: Int?
    package var maxLength: Int?
    /// A regular expression (RE2) that is found somewhere in the value; `^` and `$` tie it to the ends.
    package var pattern: String?
    /// The allowed values as they are written.
    package var values: [String]?
    /// Each value is a whole multiple of this.
    package var multipleOf: String?

    package init(
        minimum: Limit? = nil,
        maximum: Limit? = nil,
        minLength: Int? = nil,
        maxLength: Int? = nil,
        pattern: String? = nil,
        values: [String]? = nil,
        multipleOf: String? = nil
    ) {
        self.minimum = minimum
        self.maximum = maximum
        self.minLength = minLength
        self.maxLength = maxLength
        self.pattern = pattern
        self.values = values
        self.multipleOf = multipleOf
    }

    package var isEmpty: Bool { self == ValueLimits() }

    /// One end of a range, as it is written: numbers keep all of their digits.
    package struct Limit: Hashable, Sendable {
        package let text: String
        /// The end itself is not allowed.
        package let isExclusive: Bool

        package init(_ text: String, isExclusive: Bool = false) {
            self.text = text
            self.isExclusive = isExclusive
        }
    }
}
