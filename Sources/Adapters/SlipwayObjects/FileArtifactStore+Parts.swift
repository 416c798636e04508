internal import Glibc
package import SlipwayService

/// Uploads in parts: each has a folder of its own, with one file for each part that has come.
extension FileArtifactStore {
    package func beginParts(of upload: String) async throws {
        try await pool.run {
            _ = try self.work.make(self.partsFolder)
            guard let parts = try self.partsRoot() else {
                throw ObjectsFailure.serviceError(ENOENT, doing: "this upload")
            }
            _ = try parts.make(upload)
        }
    }

    package func writePart(
        _ part: ArtifactPart,
        of upload: String,
        length: Int64?,
        pieces: () async throws -> [UInt8]?
    ) async throws {
        let folder = try await pool.run { try self.folder(of: upload) }
        var body = BufferedPieces()
        let first = try await body.next(of: pieces)
        let file = try await pool.run {
            try self.room.check(for: length ?? 0)
            return try PendingFile(in: self.work, name: self.newName())
        }
        do {
            try await fill(file, first: first, then: &body, of: pieces)
            try await pool.run {
                let older = try folder.items().map(\.name).filter { $0.hasPrefix("\(part.number).") }
                try file.finish(as: part.fileName, in: folder)
                // A part that is sent again replaces what came for it before.
                for name in older { _ = unlinkat(folder.descriptor, name, 0) }
            }
        } catch {
            try await pool.run { file.discard() }
            throw error
        }
    }

    package func publish(
        _ parts: [ArtifactPart],
        of upload: String,
        at path: ArtifactPath,
        largest: Int64,
        permit: () async throws -> Void
    ) async throws {
        try check(path)
        try await permit()
        let folder = try await pool.run { try self.folder(of: upload) }
        try await pool.run { try Self.checkSizes(parts, in: folder, largest: largest) }
        let file = try await pool.run { try self.begin(path, length: nil) }
        do {
            for part in parts {
                try await pool.run {
                    try self.room.check(for: 0)
                    try file.append(Self.open(part, in: folder))
                }
            }
            try await pool.run { try file.sync() }
            try await permit()
            try await pool.run { try file.finish(at: path.parts, under: self.root) }
        } catch {
            try await pool.run { file.discard() }
            throw error
        }
    }

    package func removeParts(of upload: String) async throws {
        try await pool.run {
            guard let parts = try self.partsRoot() else { return }
            try self.trash.remove(upload, from: parts)
        }
    }

    package func uploads() async throws -> [String] {
        try await pool.run { try self.partsRoot()?.items().map(\.name) ?? [] }
    }

    private func partsRoot() throws(ServiceError) -> Folder? { try work.folder(partsFolder) }

    private func folder(of upload: String) throws(ServiceError) -> Folder {
        guard let folder = try partsRoot()?.folder(upload) else {
            throw .notFound("this upload was completed or aborted meanwhile: begin another one")
        }
        return folder
    }

    private static func checkSizes(_ parts: [ArtifactPart], in folder: Folder, largest: Int64) throws(ServiceError) {
        var sum: Int64 = 0
        for part in parts {
            sum += try open(part, in: folder).size
            guard sum <= largest else {
                throw .invalid("an artifact may have \(largest) bytes at most on this server: the parts have more")
            }
        }
    }

    private static func open(_ part: ArtifactPart, in folder: Folder) throws(ServiceError) -> OpenFile {
        // A tag comes from a client: only what this store could have given is looked up.
        guard part.tag.utf8.count <= 64,
            part.tag.utf8.allSatisfy({ (48...57).contains($0) || (97...122).contains($0) }),
            let file = try folder.file(part.fileName)
        else {
            throw .invalid(
                "part \(part.number) is missing or was sent again since: name each part with the ETag of its answer"
            )
        }
        return file
    }
}

extension ArtifactPart {
    fileprivate var fileName: String { "\(number).\(tag)" }
}
