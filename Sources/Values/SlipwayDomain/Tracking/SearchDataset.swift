/// A data set that metrics of logged models were measured on; without a digest, any of that name.
package struct SearchDataset: Hashable, Sendable {
    package let name: String
    package let digest: String?

    package init(name: String, digest: String? = nil) {
        self.name = name
        self.digest = digest
    }
}
