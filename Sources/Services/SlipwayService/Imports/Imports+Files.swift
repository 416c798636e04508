package import SlipwayDomain
internal import SlipwayStore
internal import Synchronization

extension Imports {
    /// Takes one file of a run, a logged model or a trace; it must have exactly `size` bytes.
    package func receive(
        _ caller: Caller,
        import id: String,
        owner: ImportedOwner,
        path: ArtifactPath,
        size: Int64,
        pieces: () async throws -> [UInt8]?
    ) async throws {
        guard !path.isRoot else { throw ServiceError.invalid("name the file: its path is empty") }
        let root = try await read { reader in
            _ = try Self.open(id, in: reader)
            return try ArtifactLocation.path(of: Self.artifactURI(of: owner, in: reader))
        }
        var received: Int64 = 0
        try await artifacts.write(root.appending(path)) {
            guard let piece = try await pieces() else {
                guard received == size else {
                    throw ServiceError.invalid("the file has \(received) bytes, not the \(size) that were announced")
                }
                return nil
            }
            received += Int64(piece.count)
            guard received <= size else {
                throw ServiceError.invalid("the file has more than the \(size) bytes that were announced")
            }
            return piece
        }
        files.add(id, bytes: received)
    }

    private static func artifactURI(of owner: ImportedOwner, in reader: any SQLReader) throws -> String {
        let uri: String? =
            switch owner {
            case .run(let id): try LineageTable.artifactURI(ofRun: id, in: reader)
            case .loggedModel(let id): try LoggedModelTable.find(id, in: reader)?.artifactURI
            case .trace: nil
            }
        guard let uri else {
            throw ServiceError.notFound("there is no \(owner.kind.rawValue) '\(owner.id.prefix(80))': send it first")
        }
        return uri
    }
}

/// Files that came since the last batch; counted with the next one, so that a small file costs no commit of its own.
final class FileTally: Sendable {
    struct Count {
        var files = 0
        var bytes = 0
    }

    private let counts = Mutex<[String: Count]>([:])

    func add(_ id: String, bytes: Int64) {
        counts.withLock {
            $0[id, default: Count()].files += 1
            $0[id, default: Count()].bytes += Int(bytes)
        }
    }

    func take(_ id: String) -> Count { counts.withLock { $0.removeValue(forKey: id) ?? Count() } }
}
