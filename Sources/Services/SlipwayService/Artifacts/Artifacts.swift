package import SlipwayStore

/// Reads, writes and lists artifacts by path, by run, by logged model and by model version.
package struct Artifacts: Sendable {
    /// A folder's URI and what stands in one place under it.
    package struct Listing: Sendable, Equatable {
        /// The URI of the run's or model's artifact folder.
        package let rootURI: String
        /// The folder listed, relative to the root.
        package let folder: ArtifactPath
        package let files: [ArtifactInfo]
    }

    private let database: any SQLDatabase
    private let store: any ArtifactStore

    package init(database: any SQLDatabase, store: any ArtifactStore) {
        self.database = database
        self.store = store
    }

    /// Replaces or makes an artifact.
    package func write(caller: Caller, _ path: ArtifactPath, pieces: () async throws -> [UInt8]?) async throws {
        try await store.write(path, pieces: pieces)
    }

    /// Opens an artifact.
    package func read(caller: Caller, _ path: ArtifactPath) async throws -> any ArtifactReader {
        try await store.read(path)
    }

    /// What stands directly in a folder.
    package func list(caller: Caller, _ path: ArtifactPath) async throws -> [ArtifactInfo] {
        try await store.list(path)
    }

    /// Removes an artifact or a folder.
    package func delete(caller: Caller, _ path: ArtifactPath) async throws {
        try await store.delete(path)
    }

    /// What stands in a folder of a run.
    package func list(caller: Caller, run: String, _ path: ArtifactPath) async throws -> Listing {
        let uri = try await uri(ofRun: run)
        return try await listing(uri, path)
    }

    /// Opens an artifact of a run.
    package func read(caller: Caller, run: String, _ path: ArtifactPath) async throws -> any ArtifactReader {
        let root = try ArtifactLocation.path(of: try await uri(ofRun: run))
        return try await store.read(root.appending(path))
    }

    /// Replaces or makes an artifact of a run.
    package func write(
        caller: Caller,
        run: String,
        _ path: ArtifactPath,
        pieces: () async throws -> [UInt8]?
    ) async throws {
        let root = try ArtifactLocation.path(of: try await uri(ofRun: run))
        try await store.write(root.appending(path), pieces: pieces)
    }

    /// What stands in a folder of a logged model.
    package func list(caller: Caller, loggedModel id: String, _ path: ArtifactPath) async throws -> Listing {
        let uri = try await uri(ofLoggedModel: id)
        return try await listing(uri, path)
    }

    /// Opens an artifact of a logged model.
    package func read(caller: Caller, loggedModel id: String, _ path: ArtifactPath) async throws -> any ArtifactReader {
        let root = try ArtifactLocation.path(of: try await uri(ofLoggedModel: id))
        return try await store.read(root.appending(path))
    }

    private func listing(_ uri: String, _ path: ArtifactPath) async throws -> Listing {
        let root = try ArtifactLocation.path(of: uri)
        return Listing(rootURI: uri, folder: path, files: try await store.list(root.appending(path)))
    }

    private func uri(ofRun id: String) async throws -> String {
        try await read { connection in
            guard let uri = try LineageTable.artifactURI(ofRun: id, in: connection) else {
                throw ServiceError.notFound("There is no run '\(id.prefix(80))'")
            }
            return uri
        }
    }

    private func uri(ofLoggedModel id: String) async throws -> String {
        try await read { connection in
            guard let model = try LineageTable.loggedModel(id, in: connection) else {
                throw ServiceError.notFound("There is no logged model '\(id.prefix(80))'")
            }
            return model.artifactURI
        }
    }

    private func read<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLReader) throws -> Value
    ) async throws -> Value {
        do { return try await database.read(body) } catch { throw StoreFailure.serviceError(error) }
    }
}
