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

    let database: any SQLDatabase
    let store: any ArtifactStore
    let runtime: Runtime
    let limits: ArtifactLimits
    private let promoted = PromotedFolders()

    package init(
        database: any SQLDatabase,
        store: any ArtifactStore,
        runtime: Runtime = .live(),
        limits: ArtifactLimits = .standard
    ) {
        self.database = database
        self.store = store
        self.runtime = runtime
        self.limits = limits
    }

    /// Replaces or makes an artifact; `length` is what the sender announced.
    package func write(
        caller: Caller,
        _ path: ArtifactPath,
        length: Int64? = nil,
        pieces: () async throws -> [UInt8]?
    ) async throws {
        if let length { try limits.check(length) }
        var received: Int64 = 0
        try await store.write(path, length: length, permit: { try await refuseIfPromoted(path) }) {
            guard let piece = try await pieces() else { return nil }
            received += Int64(piece.count)
            try limits.check(received)
            return piece
        }
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
        try await refuseIfPromoted(path)
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
        length: Int64? = nil,
        pieces: () async throws -> [UInt8]?
    ) async throws {
        let root = try ArtifactLocation.path(of: try await uri(ofRun: run))
        try await write(caller: caller, root.appending(path), length: length, pieces: pieces)
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

    /// What was approved, released or serves must stay what it was.
    func refuseIfPromoted(_ path: ArtifactPath) async throws {
        guard let version = try await promoted.version(at: path, database: database) else { return }
        throw ServiceError.conflict(
            "'\(path)' belongs to \(version), which was decided about: its files stay as they are. Log a new version "
                + "instead, or delete that version first"
        )
    }

    private func listing(_ uri: String, _ path: ArtifactPath) async throws -> Listing {
        let root = try ArtifactLocation.path(of: uri)
        return Listing(rootURI: uri, folder: path, files: try await store.list(root.appending(path)))
    }

    private func uri(ofRun id: String) async throws -> String {
        try await reading { connection in
            guard let uri = try LineageTable.artifactURI(ofRun: id, in: connection) else {
                throw ServiceError.notFound("There is no run '\(id.prefix(80))'")
            }
            return uri
        }
    }

    private func uri(ofLoggedModel id: String) async throws -> String {
        try await reading { connection in
            guard let model = try LineageTable.loggedModel(id, in: connection) else {
                throw ServiceError.notFound("There is no logged model '\(id.prefix(80))'")
            }
            return model.artifactURI
        }
    }

    func reading<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLReader) throws -> Value
    ) async throws -> Value {
        do { return try await database.read(body) } catch { throw StoreFailure.serviceError(error) }
    }

    func writing<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLWriter) throws -> Value
    ) async throws -> Value {
        do { return try await database.write(body) } catch { throw StoreFailure.serviceError(error) }
    }
}
