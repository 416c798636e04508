/// What a listing says of one artifact.
package struct ArtifactInfo: Sendable, Equatable {
    /// The last part of the path.
    package let name: String
    package let isFolder: Bool
    /// Bytes; nil for a folder.
    package let size: Int64?

    package init(name: String, isFolder: Bool, size: Int64?) {
        self.name = name
        self.isFolder = isFolder
        self.size = size
    }
}

/// An artifact that is being read, piece by piece.
package protocol ArtifactReader: Sendable {
    /// Bytes in the whole artifact.
    var size: Int64 { get }
    /// The next piece, or nil at the end.
    func next() async throws -> [UInt8]?
}

/// Where artifacts are kept. Paths are relative, checked by `ArtifactPath`, and never leave the store's root.
package protocol ArtifactStore: Sendable {
    /// Replaces or makes an artifact from pieces; on any error nothing of it remains and what stood there stays.
    func write(_ path: ArtifactPath, pieces: () async throws -> [UInt8]?) async throws
    /// Opens an artifact, or throws `notFound`; a folder is `invalid`.
    func read(_ path: ArtifactPath) async throws -> any ArtifactReader
    /// What stands directly in a folder, sorted by name; empty when there is none.
    func list(_ path: ArtifactPath) async throws -> [ArtifactInfo]
    /// Removes a file or a folder with all in it; what is missing is no error.
    func delete(_ path: ArtifactPath) async throws
}
