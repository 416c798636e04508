/// A file that came in with a request.
package struct Upload: Sendable {
    /// Where it lies on this machine.
    package let path: String
    /// `sha256:` and the digest of its bytes.
    package let digest: String

    package init(path: String, digest: String) {
        self.path = path
        self.digest = digest
    }
}

/// Where files that come in with requests lie until they were used.
package protocol UploadFolder: Sendable {
    /// Receives a file; only the ending of `fileName` is kept. Over `limit` bytes nothing of it stays.
    func receive(
        fileName: String,
        limit: Int64,
        pieces: () async throws -> [UInt8]?
    ) async throws -> Upload
    /// Removes what was received.
    func remove(_ upload: Upload) async
}
