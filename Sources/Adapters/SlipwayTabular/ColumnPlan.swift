/// How one column of a source is read: as it is, or through a cast.
struct ColumnPlan: Equatable {
    let name: String
    let kind: TabularKind
    /// The SQL type that the engine casts to before it hands the column over.
    let cast: String?

    /// Decides by the format string of the Arrow C data interface.
    ///
    /// Decimals, half floats and unsigned 64-bit integers, which do not fit into an `Int64`, become doubles.
    init(_ field: ArrowField) {
        name = field.name
        if field.isDictionary {
            (kind, cast) = (.string, "VARCHAR")
            return
        }
        switch field.format {
        case "c", "C", "s", "S", "i", "I", "l": (kind, cast) = (.integer, nil)
        case "f", "g": (kind, cast) = (.double, nil)
        case "e", "L": (kind, cast) = (.double, "DOUBLE")
        case "b": (kind, cast) = (.boolean, nil)
        case "u", "U": (kind, cast) = (.string, nil)
        case "vu": (kind, cast) = (.string, "VARCHAR")
        case "tdD": (kind, cast) = (.date, nil)
        case let format where format.hasPrefix("d:"): (kind, cast) = (.double, "DOUBLE")
        case let format where ArrowTimestampUnit(format: format) != nil: (kind, cast) = (.timestamp, nil)
        default: (kind, cast) = (.other, "VARCHAR")
        }
    }

    /// The column as it stands in a SELECT.
    var expression: String {
        let quoted = SQLText.name(name)
        guard let cast else { return quoted }
        return "CAST(\(quoted) AS \(cast)) AS \(quoted)"
    }

    /// What the caller is told.
    var field: TabularField { TabularField(name: name, kind: kind) }
}

/// The unit of an Arrow timestamp.
enum ArrowTimestampUnit {
    case seconds, milliseconds, microseconds, nanoseconds

    /// Reads a format string such as `tsu:UTC`.
    init?(format: String) {
        switch format.prefix(4) {
        case "tss:": self = .seconds
        case "tsm:": self = .milliseconds
        case "tsu:": self = .microseconds
        case "tsn:": self = .nanoseconds
        default: return nil
        }
    }

    /// Milliseconds, rounded down; nil for an instant that no `Int64` of milliseconds holds.
    func milliseconds(_ value: Int64) -> Int64? {
        switch self {
        case .seconds:
            let (product, overflow) = value.multipliedReportingOverflow(by: 1000)
            return overflow ? nil : product
        case .milliseconds: return value
        case .microseconds: return floor(value, by: 1000)
        case .nanoseconds: return floor(value, by: 1_000_000)
        }
    }

    private func floor(_ value: Int64, by divisor: Int64) -> Int64 {
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
