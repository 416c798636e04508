/// The files of a web application that somebody else built, by their paths from its root folder.
package protocol PageFiles: Sendable {
    /// Opens a file, or nil when the build has none under exactly this path.
    func read(_ path: String) async throws -> (any ArtifactReader)?
}
