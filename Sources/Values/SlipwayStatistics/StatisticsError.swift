/// What can go wrong when statistics are built, merged or read back, each with what to do about it.
package enum StatisticsError: Error, Equatable, Sendable, CustomStringConvertible {
    /// A reference was asked of no usable values.
    case emptyReference
    /// A column of the reference has no usable values.
    case emptyColumn(String)
    /// Two profiles were counted against different references.
    case differentReferences(String)
    /// Two columns of different kinds, or two data sets with different columns, were combined.
    case differentColumns(String)
    /// Arrays that belong together have different lengths.
    case lengthMismatch(String)
    /// A count would leave the range 0 ... 2^53.
    case countOutOfRange(String)
    /// Stored bytes do not form a valid profile.
    case malformed(String)
    /// A parameter is outside its domain.
    case invalidParameter(String)

    /// A sentence for the user that says what to do.
    package var description: String {
        switch self {
        case .emptyReference:
            "The reference has no finite values: build it from data where the column is filled."
        case .emptyColumn(let name):
            "Column \(name) of the reference has no values: leave it out, or fill it."
        case .differentReferences(let detail):
            "The profiles were counted against different references (\(detail)): profile both against the same one."
        case .differentColumns(let detail):
            "The profiles do not have the same columns (\(detail)): profile the same columns in the same order."
        case .lengthMismatch(let detail):
            "The arrays differ in length (\(detail)): give one entry for each row."
        case .countOutOfRange(let detail):
            "A count left the range 0 to 2^53 (\(detail)): check that the parts belong together."
        case .malformed(let detail):
            "The stored profile is damaged (\(detail)): make it again from the data."
        case .invalidParameter(let detail):
            "A parameter is outside its range (\(detail)): correct it and try again."
        }
    }
}
