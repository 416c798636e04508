internal import SlipwayDomain
internal import SlipwayStore
internal import Synchronization

/// The folders of the versions that were decided about, looked up once for each state of the ledger: whatever makes a
/// version one of them has an entry there, in the same transaction.
final class PromotedFolders: Sendable {
    private struct Known: Sendable {
        /// How many ledger entries there were.
        let size: Int64
        /// The version, as people write it, by the folder that it is in.
        let versions: [ArtifactPath: String]
    }

    private let known = Mutex<Known?>(nil)

    /// The version that `path` is a file of, or that lies below `path`.
    func version(at path: ArtifactPath, database: any SQLDatabase) async throws -> String? {
        let last = known.withLock { $0 }
        let current: Known
        do {
            current = try await database.read { connection in
                let size = Int64(try LedgerTable.size(in: connection))
                if let last, last.size == size { return last }
                return Known(size: size, versions: try Self.folders(in: connection))
            }
        } catch {
            throw StoreFailure.serviceError(error)
        }
        if current.size != last?.size { known.withLock { $0 = current } }
        guard !current.versions.isEmpty else { return nil }
        var folder = ArtifactPath.root
        for part in path.parts {
            folder = folder.appending(part: part)
            if let version = current.versions[folder] { return version }
        }
        return current.versions.first { $0.key.parts.starts(with: path.parts) }?.value
    }

    private static func folders(in connection: any SQLReader) throws -> [ArtifactPath: String] {
        var folders: [ArtifactPath: String] = [:]
        for version in try PromotedVersionTable.versions(in: connection) {
            guard let folder = try VersionFolder.path(of: version.location, in: connection) else { continue }
            folders[folder] = "\(version.model)@\(version.version)"
        }
        return folders
    }
}

/// Where in the artifact store a version's files are.
enum VersionFolder {
    /// The folder behind a version's location; nil for a model that is kept somewhere else, or whose run is gone.
    static func path(of location: String, in connection: any SQLReader) throws -> ArtifactPath? {
        var uri = location
        do {
            if case .run(let run) = try ModelSource(location) {
                guard let root = try LineageTable.artifactURI(ofRun: run, in: connection) else { return nil }
                // "runs:/<run>/<path>"
                uri = root + "/" + location.parts(at: "/").dropFirst(2).joined(separator: "/")
            }
            return ArtifactLocation.isOwn(uri) ? try ArtifactLocation.path(of: uri) : nil
        } catch is ServiceError {
            // A prompt's placeholder or another text that names no place.
            return nil
        }
    }
}
