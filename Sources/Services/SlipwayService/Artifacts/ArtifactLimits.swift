/// How large an artifact may be.
package struct ArtifactLimits: Sendable {
    /// The most bytes of one artifact.
    package let largest: Int64

    package init(largest: Int64) { self.largest = largest }

    /// What holds unless somebody says otherwise: 100 GB.
    package static let standard = ArtifactLimits(largest: 100_000_000_000)

    /// The most parts that one upload may have.
    package static let mostParts: Int64 = 10_000

    /// Refuses a length that is over the limit.
    func check(_ length: Int64) throws(ServiceError) {
        guard length <= largest else {
            throw .invalid(
                "an artifact may have \(largest) bytes at most on this server: make it smaller, or ask for a larger "
                    + "--max-artifact-size"
            )
        }
    }
}
