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
    /// Bytes that this reader gives in all.
    var size: Int64 { get }
    /// Differs as soon as the artifact is replaced by another one, even of the same size.
    var revision: String { get }
    /// The next piece, or nil at the end.
    func next() async throws -> [UInt8]?
    /// A reader of these bytes only, which lie within this one's.
    func part(_ range: Range<Int64>) -> any ArtifactReader
}

/// Where artifacts are kept. Paths are relative, checked by `ArtifactPath`, and never leave the store's root.
package protocol ArtifactStore: Sendable {
    /// Replaces or makes an artifact from pieces; on any error nothing of it remains and what stood there stays.
    ///
    /// `length` is what the sender announced. `permit` may refuse: it is asked before the first byte is kept, and again
    /// before an upload that took some time takes its place.
    func write(
        _ path: ArtifactPath,
        length: Int64?,
        permit: () async throws -> Void,
        pieces: () async throws -> [UInt8]?
    ) async throws
    /// Opens an artifact, or throws `notFound`; a folder is `invalid`.
    func read(_ path: ArtifactPath) async throws -> any ArtifactReader
    /// What stands directly in a folder, sorted by name; empty when there is none.
    func list(_ path: ArtifactPath) async throws -> [ArtifactInfo]
    /// Removes a file or a folder with all in it; what is missing is no error.
    func delete(_ path: ArtifactPath) async throws

    /// Makes room for an upload in parts.
    func beginParts(of upload: String) async throws
    /// Keeps one part of an upload under its tag, for as long as the machine is on; `notFound` when the upload ended.
    func writePart(
        _ part: ArtifactPart,
        of upload: String,
        length: Int64?,
        pieces: () async throws -> [UInt8]?
    ) async throws
    /// Makes one artifact of the parts, in one step; the parts stay. No more than `largest` bytes in all.
    func publish(
        _ parts: [ArtifactPart],
        of upload: String,
        at path: ArtifactPath,
        largest: Int64,
        permit: () async throws -> Void
    ) async throws
    /// Removes what an upload in parts has left; what is missing is no error.
    func removeParts(of upload: String) async throws
    /// The uploads that have parts here.
    func uploads() async throws -> [String]
}

/// One part of an upload: its place, and what the store called the bytes that it received for it.
package struct ArtifactPart: Hashable, Sendable {
    package let number: Int64
    package let tag: String

    package init(number: Int64, tag: String) {
        self.number = number
        self.tag = tag
    }
}

extension ArtifactStore {
    /// Replaces or makes an artifact that nobody need be asked about.
    package func write(_ path: ArtifactPath, pieces: () async throws -> [UInt8]?) async throws {
        try await write(path, length: nil, permit: {}, pieces: pieces)
    }
}
