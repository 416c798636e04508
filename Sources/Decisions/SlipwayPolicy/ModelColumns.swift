/// The names by which a manifest may speak of what a version takes and gives.
package struct ModelColumns: Codable, Hashable, Sendable {
    /// The inputs, column by column, in which drift is watched; nil when there are too many to name.
    package let features: [String]?
    /// The columns and tensors of its predictions' files, whose values can be left out; nil when there are too many.
    package let logged: [String]?

    /// Of an embedding or an image nobody names each number.
    private static let mostNames = 4096

    package init(features: [String], logged: [String]) {
        self.features = features.count <= Self.mostNames ? features : nil
        self.logged = logged.count <= Self.mostNames ? logged : nil
    }
}
