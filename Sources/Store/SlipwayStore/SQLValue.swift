/// A value that goes into or comes out of SQL.
package enum SQLValue: Sendable, Hashable {
    case null
    case integer(Int64)
    case real(Double)
    case text(String)
    case blob([UInt8])
}

extension SQLValue {
    package static func integer(_ value: Int) -> SQLValue { .integer(Int64(value)) }
    package static func bool(_ value: Bool) -> SQLValue { .integer(value ? 1 : 0) }
    package static func optional(_ value: String?) -> SQLValue { value.map(SQLValue.text) ?? .null }
    package static func optional(_ value: Int64?) -> SQLValue { value.map { .integer($0) } ?? .null }
    package static func optional(_ value: Double?) -> SQLValue { value.map(SQLValue.real) ?? .null }
}

extension SQLValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
    package init(stringLiteral value: String) { self = .text(value) }
    package init(integerLiteral value: Int64) { self = .integer(value) }
}

/// One row of an answer; columns are asked for by position, in the order of the SELECT.
package struct SQLRow: Sendable {
    package var values: [SQLValue]

    package init(values: [SQLValue]) { self.values = values }

    package subscript(_ index: Int) -> SQLValue { values[index] }

    package func text(_ index: Int) -> String { optionalText(index) ?? "" }
    package func integer(_ index: Int) -> Int64 { optionalInteger(index) ?? 0 }
    package func real(_ index: Int) -> Double { optionalReal(index) ?? 0 }
    package func bool(_ index: Int) -> Bool { integer(index) != 0 }

    package func optionalText(_ index: Int) -> String? {
        if case .text(let value) = values[index] { value } else { nil }
    }

    package func optionalInteger(_ index: Int) -> Int64? {
        if case .integer(let value) = values[index] { value } else { nil }
    }

    package func optionalReal(_ index: Int) -> Double? {
        switch values[index] {
        case .real(let value): value
        case .integer(let value): Double(value)
        default: nil
        }
    }

    package func blob(_ index: Int) -> [UInt8] {
        if case .blob(let bytes) = values[index] { bytes } else { [] }
    }
}
