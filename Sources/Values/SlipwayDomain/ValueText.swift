extension Double {
    /// A number as the value of a group, the name of a class or of an entity: whole ones without a point.
    package var valueText: String { Int64(exactly: self).map { String($0) } ?? description }
}
