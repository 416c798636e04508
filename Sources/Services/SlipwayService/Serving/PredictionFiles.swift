package import SlipwayDomain

/// Where predictions are kept as tables that other engines read: Parquet files, or a list in tests.
package protocol PredictionFiles: Sendable {
    /// Writes one file, whole and durable when the call returns. Blocks its thread.
    func write(_ batch: PredictionBatch) throws(ServiceError)
    /// The kept row with this id among the predictions of a model in one hour, by column name; nil when there is none.
    /// Blocks its thread.
    func row(id: String, model: String, hour: Instant) throws(ServiceError) -> JSONValue?
}

/// Predictions of one version in one hour, as columns.
package struct PredictionBatch: Sendable {
    package let model: String
    package let version: Int
    /// When the hour begins.
    package let hour: Instant
    package let rows: Int
    /// All of the same length.
    package let columns: [PredictionColumn]
}

/// One column of a batch.
package struct PredictionColumn: Sendable {
    /// What the values are.
    package enum Kind: Sendable, Equatable {
        /// Text in `texts`.
        case text
        /// Milliseconds since 1970 in `integers`.
        case instant
        /// Signed whole numbers in `integers`.
        case integer
        /// Unsigned whole numbers in `integers`, as their bit patterns.
        case unsigned
        /// Single precision in `floats`.
        case float
        /// Double precision in `doubles`.
        case double
        /// Flags in `flags`.
        case flag
    }

    package let name: String
    package let kind: Kind
    /// Whether a row holds a list of values: `ends` says where the list of each row ends.
    package let isList: Bool
    package internal(set) var texts: [String] = []
    package internal(set) var integers: [Int64] = []
    package internal(set) var floats: [Float] = []
    package internal(set) var doubles: [Double] = []
    package internal(set) var flags: [Bool] = []
    package internal(set) var ends: [Int] = []
    /// Which rows have a value; empty as long as all have one.
    package internal(set) var present: [Bool] = []
    package internal(set) var rows = 0

    init(name: String, kind: Kind, isList: Bool = false) {
        self.name = name
        self.kind = kind
        self.isList = isList
    }

    /// How many rows have no value.
    package var missing: Int { present.isEmpty ? 0 : present.count { !$0 } }

    mutating func append(text: String?) {
        texts.append(text ?? "")
        endRow(isPresent: text != nil)
    }

    mutating func append(integer: Int64) {
        integers.append(integer)
        endRow(isPresent: true)
    }

    mutating func append(double: Double?) {
        doubles.append(double ?? 0)
        endRow(isPresent: double != nil)
    }

    /// A row without a value; in a column that gathers several, of so many.
    mutating func appendMissing(width: Int = 1) {
        for _ in 0..<(isList ? 0 : width) {
            switch kind {
            case .text: texts.append("")
            case .instant, .integer, .unsigned: integers.append(0)
            case .float: floats.append(0)
            case .double: doubles.append(0)
            case .flag: flags.append(false)
            }
        }
        endRow(isPresent: false)
    }

    /// How many values stand in the column, whatever the rows are.
    var valueCount: Int {
        switch kind {
        case .text: texts.count
        case .instant, .integer, .unsigned: integers.count
        case .float: floats.count
        case .double: doubles.count
        case .flag: flags.count
        }
    }

    /// Ends a row; a list ends with its last value, or at `end`.
    mutating func endRow(isPresent: Bool, end: Int? = nil) {
        if !isPresent, present.isEmpty { present = [Bool](repeating: true, count: rows) }
        if !isPresent || !present.isEmpty { present.append(isPresent) }
        if isList { ends.append(end ?? valueCount) }
        rows += 1
    }
}
