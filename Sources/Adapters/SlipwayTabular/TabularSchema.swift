/// What the values of a column are.
package enum TabularKind: String, Sendable, Equatable, CaseIterable {
    case integer
    case double
    case boolean
    case string
    /// An instant, given in milliseconds since 1970 in UTC.
    case timestamp
    /// A day, given in days since 1970-01-01.
    case date
    /// Anything else, such as a list; its values are given as text.
    case other
}

/// The name and kind of one column.
package struct TabularField: Sendable, Equatable {
    /// The name as it stands in the file.
    package var name: String
    /// What the values are.
    package var kind: TabularKind

    /// Describes a column.
    package init(name: String, kind: TabularKind) {
        self.name = name
        self.kind = kind
    }
}

/// The columns of a table, in order.
package struct TabularSchema: Sendable, Equatable {
    /// The columns.
    package var fields: [TabularField]

    /// Describes a table.
    package init(fields: [TabularField]) {
        self.fields = fields
    }

    /// The names of the columns.
    package var names: [String] { fields.map(\.name) }

    /// The place of a column.
    package func index(of name: String) -> Int? {
        fields.firstIndex { $0.name == name }
    }
}
