/// One thing that is held against the data: part of a contract, compiled for the columns that are there.
package struct ContractCheck: Hashable, Sendable {
    /// Stable and unique in a contract, such as `arr_delay.required`.
    package let id: String
    package let column: String?
    package let kind: Kind
    /// What must hold, as a short phrase.
    package let title: String
    package internal(set) var measure: Measure
    package let bound: Bound
    package let unit: QualityRule.Unit
    package let dimension: String?
    package let isWarning: Bool

    /// What is held against the data.
    package enum Kind: String, Hashable, Sendable, Codable {
        case schema, type, required, unique, primaryKey, range, length, pattern, values, multiple, quality, rowCount
        case freshness, sql
    }

    /// How the number is found that the bound judges.
    package enum Measure: Hashable, Sendable {
        /// Rows for which an SQL condition holds; `slot` counts them, `present` counts the rows with a value.
        case failing(condition: String, shown: String, slot: Int, present: Int?)
        /// Rows whose key occurs more than once: none if the slot `distinct` equals the slot `present`.
        case duplicates(key: DuplicateKey, present: Int, distinct: Int)
        case rowCount
        /// The age of the newest value: the slot is in milliseconds since 1970.
        case newest(slot: Int)
        /// One SELECT of its own.
        case query(String)
        /// Seen from the columns alone; nil when it holds.
        case settled(failure: String?)
        /// Cannot be judged.
        case impossible(String)
    }
}

/// One or more columns whose values together must not repeat.
package struct DuplicateKey: Hashable, Sendable {
    package let columns: [String]
    /// The SQL of the key.
    let expression: String
    /// The SQL condition under which a row has a key.
    let isPresent: String
}
