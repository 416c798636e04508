/// What kind of thing a search condition looks at.
package enum SearchEntity: String, Sendable, CaseIterable {
    case metric, param, tag, attribute, dataset
    /// Of traces only.
    case metadata, span, feedback, expectation, issue
    case spanAttribute = "span.attributes"
}

/// One thing that a search can test or order by, e.g. `metrics.auc`.
package struct SearchField: Hashable, Sendable {
    package let entity: SearchEntity
    /// The metric's, param's or tag's key, or the attribute's canonical name.
    package let key: String

    package init(_ entity: SearchEntity, _ key: String) {
        self.entity = entity
        self.key = key
    }

    package static func == (a: SearchField, b: SearchField) -> Bool {
        a.entity == b.entity && a.key.isExactly(b.key)
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(entity)
        hasher.combine(ExactText(key))
    }
}

/// How two numbers are compared.
package enum SearchComparator: String, Sendable, CaseIterable {
    case equal = "="
    case notEqual = "!="
    case greater = ">"
    case greaterOrEqual = ">="
    case less = "<"
    case lessOrEqual = "<="
}

/// What a search condition asks of its field.
package enum SearchTest: Hashable, Sendable {
    case number(SearchComparator, Double)
    case equals(String)
    case differs(String)
    case like(String, ignoringCase: Bool)
    /// A regular expression that fits somewhere; checked to be a `LinearPattern`.
    case matches(String)
    case isIn([String])
    case isNotIn([String])
    case isNull
    case isNotNull
}

/// One condition of a search.
package struct SearchCondition: Hashable, Sendable {
    package let field: SearchField
    package let test: SearchTest

    package init(_ field: SearchField, _ test: SearchTest) {
        self.field = field
        self.test = test
    }
}

/// Conditions that must all hold; none at all lets everything through.
package struct SearchFilter: Hashable, Sendable {
    package let conditions: [SearchCondition]

    package init(_ conditions: [SearchCondition] = []) { self.conditions = conditions }
}

/// One item of a search's order.
package struct SearchOrder: Hashable, Sendable {
    package let field: SearchField
    package let isAscending: Bool
    /// The data set on which a logged model's metric counts; any when there is none.
    package var dataset: SearchDataset?

    package init(_ field: SearchField, isAscending: Bool = true, on dataset: SearchDataset? = nil) {
        self.field = field
        self.isAscending = isAscending
        self.dataset = dataset
    }
}

extension SearchFilter: CustomStringConvertible {
    /// The filter in its own language; parsing it gives the same filter again.
    package var description: String { conditions.map(\.description).joined(separator: " AND ") }
}

extension SearchCondition: CustomStringConvertible {
    package var description: String {
        switch test {
        case .number(let comparator, let value): "\(field) \(comparator.rawValue) \(value)"
        case .equals(let text): "\(field) = \(Self.quoted(text))"
        case .differs(let text): "\(field) != \(Self.quoted(text))"
        case .like(let text, let ignoringCase): "\(field) \(ignoringCase ? "ILIKE" : "LIKE") \(Self.quoted(text))"
        case .matches(let text): "\(field) RLIKE \(Self.quoted(text))"
        case .isIn(let list): "\(field) IN (\(list.map(Self.quoted).joined(separator: ", ")))"
        case .isNotIn(let list): "\(field) NOT IN (\(list.map(Self.quoted).joined(separator: ", ")))"
        case .isNull: "\(field) IS NULL"
        case .isNotNull: "\(field) IS NOT NULL"
        }
    }

    private static func quoted(_ text: String) -> String {
        "'" + text.doubling("'") + "'"
    }
}

extension SearchField: CustomStringConvertible {
    package var description: String {
        "\(entity.rawValue).`\(key.doubling("`"))`"
    }
}
