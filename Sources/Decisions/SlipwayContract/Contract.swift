/// What a producer promises about tables: a data contract of the Open Data Contract Standard (ODCS) 3.1.
///
/// Holds what can be held against data. What the file says beside that and bears on data is kept as `notices`, so that
/// nobody takes for checked what is not.
package struct Contract: Hashable, Sendable {
    /// The contract's own identity.
    package let id: String
    package let name: String?
    /// The contract's version, not the standard's.
    package let version: String
    package let status: String?
    package let tables: [ContractTable]
    package let freshness: [FreshnessRule]
    /// What the file states about data and Slipway does not check.
    package let notices: [Notice]

    /// The versions of the standard that are read; the first is the one that is written.
    package static let apiVersions = ["v3.1.0", "v3.0.0", "v3.0.1", "v3.0.2"]
    package static let kind = "DataContract"

    package init(
        id: String,
        name: String? = nil,
        version: String,
        status: String? = nil,
        tables: [ContractTable],
        freshness: [FreshnessRule] = [],
        notices: [Notice] = []
    ) {
        self.id = id
        self.name = name
        self.version = version
        self.status = status
        self.tables = tables
        self.freshness = freshness
        self.notices = notices
    }

    /// A part of the file that is not checked, and why.
    package struct Notice: Hashable, Sendable, Codable {
        /// The line in the file, from 1; 0 when the contract came from no file.
        package let line: Int
        /// The place, such as `flights.arr_delay`.
        package let place: String
        package let message: String

        package init(line: Int, place: String, message: String) {
            self.line = line
            self.place = place
            self.message = message
        }
    }
}

/// One table: an element of the contract's `schema`.
package struct ContractTable: Hashable, Sendable {
    package let name: String
    package let columns: [ContractColumn]
    /// Rules over the whole table.
    package let rules: [QualityRule]
    /// Columns that the contract does not name are a failure (custom property `additionalColumns: false`).
    package let isClosed: Bool

    package init(name: String, columns: [ContractColumn], rules: [QualityRule] = [], isClosed: Bool = false) {
        self.name = name
        self.columns = columns
        self.rules = rules
        self.isClosed = isClosed
    }

    /// The columns of the primary key in their order.
    package var primaryKey: [String] {
        columns.filter(\.isPrimaryKey)
            .enumerated()
            .sorted { ($0.element.keyPosition ?? .max, $0.offset) < ($1.element.keyPosition ?? .max, $1.offset) }
            .map(\.element.name)
    }
}

/// How old the newest row may be: an `slaProperties` element `freshness` or `latency`.
package struct FreshnessRule: Hashable, Sendable {
    /// The table, when the element names one.
    package let table: String?
    package let column: String
    /// The largest age in milliseconds.
    package let milliseconds: Int64
    /// As the contract writes it, e.g. `2 d`.
    package let text: String

    package init(table: String?, column: String, milliseconds: Int64, text: String) {
        self.table = table
        self.column = column
        self.milliseconds = milliseconds
        self.text = text
    }
}
