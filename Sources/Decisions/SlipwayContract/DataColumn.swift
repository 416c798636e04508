internal import SlipwayDomain

/// One column of the data that a contract is held against, as the engine names it.
package struct DataColumn: Hashable, Sendable {
    package let name: String
    /// The engine's type, such as `BIGINT` or `TIMESTAMP WITH TIME ZONE`.
    package let type: String
    package let origin: Origin

    package init(name: String, type: String, origin: Origin) {
        self.name = name
        self.type = type
        self.origin = origin
    }

    /// Where the type comes from.
    package enum Origin: Hashable, Sendable {
        /// The data carry it.
        case typed
        /// The engine guessed it from text; a contract knows better.
        case csv
        /// The engine guessed dates in strings; numbers and strings are the data's own.
        case json
    }

    /// What rules can be asked of the values.
    enum Family {
        case integer, float, decimal, boolean, text, date, timestamp, time, list, structure, json, other
    }

    var family: Family {
        let name = type.uppercased()
        if name.hasSuffix("]") { return .list }
        switch name.prefix(while: { $0 != "(" && $0 != " " }) {
        case "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT",
            "UHUGEINT", "BIGNUM", "VARINT":
            return .integer
        case "FLOAT", "DOUBLE", "REAL": return .float
        case "DECIMAL": return .decimal
        case "BOOLEAN": return .boolean
        case "VARCHAR", "ENUM", "UUID": return .text
        case "DATE": return .date
        case "TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS": return .timestamp
        case "TIME": return .time
        case "STRUCT", "MAP": return .structure
        case "JSON": return .json
        default: return .other
        }
    }
}

extension LogicalType {
    /// The families whose values are of this type without a look at them.
    var families: [DataColumn.Family] {
        switch self {
        case .string: [.text]
        case .integer: [.integer]
        case .number: [.integer, .float, .decimal]
        case .boolean: [.boolean]
        case .date: [.date]
        case .timestamp: [.timestamp]
        case .time: [.time]
        case .array: [.list]
        case .object: [.structure]
        }
    }

    /// The engine's type that text is cast to.
    var castTarget: String? {
        switch self {
        case .string, .array, .object: nil
        case .integer: "HUGEINT"
        case .number: "DOUBLE"
        case .boolean: "BOOLEAN"
        case .date: "DATE"
        case .timestamp: "TIMESTAMP"
        case .time: "TIME"
        }
    }
}

/// Writes names and strings into SQL.
enum ContractSQL {
    static func literal(_ text: String) -> String { "'" + text.doubling("'") + "'" }
    static func name(_ text: String) -> String { "\"" + text.doubling("\"") + "\"" }
}
