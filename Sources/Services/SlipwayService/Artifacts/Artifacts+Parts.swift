internal import SlipwayDomain
internal import SlipwayStore

/// An upload in parts that has begun.
package struct PartUpload: Sendable, Equatable {
    package let id: String
    /// What must be shown with each part.
    package let token: String
}

extension Artifacts {
    /// How long an upload in parts may take.
    static let longestUpload = Span.days(1)
    /// How many uploads in parts may be under way at once.
    static let mostUploads: Int64 = 1000

    /// Begins an upload of `parts` parts; nothing is seen at `path` before it is completed.
    package func beginUpload(caller: Caller, _ path: ArtifactPath, parts: Int64) async throws -> PartUpload {
        guard (1...ArtifactLimits.mostParts).contains(parts) else {
            throw ServiceError.invalid(
                "num_parts must be 1 to \(ArtifactLimits.mostParts): choose larger parts for a larger file"
            )
        }
        try await refuseIfPromoted(path)
        let upload = PartUpload(id: runtime.newRandomID(), token: runtime.newRandomID())
        let row = UploadRow(
            id: upload.id,
            path: path.description,
            parts: parts,
            token: upload.token,
            startedAt: runtime.now(),
            finishedAt: nil
        )
        try await writing { connection in
            guard try UploadTable.unfinishedCount(in: connection) < Self.mostUploads else {
                throw ServiceError.conflict(
                    "\(Self.mostUploads) uploads in parts are under way: complete or abort some, or wait a day"
                )
            }
            try UploadTable.insert(row, in: connection)
        }
        try await store.beginParts(of: upload.id)
        return upload
    }

    /// Keeps one part, and returns the tag that must be named when the upload is completed.
    package func writePart(
        caller: Caller,
        _ number: Int64,
        of id: String,
        token: String,
        length: Int64?,
        pieces: () async throws -> [UInt8]?
    ) async throws -> String {
        if let length { try limits.check(length) }
        let upload = try await openUpload(id)
        guard Self.areEqual(upload.token, token) else { throw Self.unknownUpload }
        guard (1...upload.parts).contains(number) else {
            throw ServiceError.invalid("this upload has the parts 1 to \(upload.parts), and no part \(number)")
        }
        let part = ArtifactPart(number: number, tag: runtime.newRandomID())
        var received: Int64 = 0
        try await store.writePart(part, of: id, length: length) {
            guard let piece = try await pieces() else { return nil }
            received += Int64(piece.count)
            try limits.check(received)
            return piece
        }
        return part.tag
    }

    /// Makes one artifact of all parts, in one step. Doing it twice is fine: an answer may be lost on its way.
    package func completeUpload(
        caller: Caller,
        _ path: ArtifactPath,
        upload id: String,
        parts: [ArtifactPart]
    ) async throws {
        let upload = try await self.upload(id)
        guard upload.path == path.description else { throw Self.unknownUpload }
        guard upload.finishedAt == nil else { return }
        let sorted = parts.sorted { $0.number < $1.number }
        guard sorted.map(\.number) == Array(1...upload.parts) else {
            throw ServiceError.invalid(
                "the parts 1 to \(upload.parts) must each be named once: send those that are missing first"
            )
        }
        do {
            try await store.publish(
                sorted,
                of: id,
                at: path,
                largest: limits.largest,
                permit: { try await refuseIfPromoted(path) }
            )
        } catch {
            // The same call may have come twice at once, and the other was faster.
            if let row = try await reading({ try UploadTable.row(id, in: $0) }), row.finishedAt != nil { return }
            throw error
        }
        let now = runtime.now()
        try await writing { try UploadTable.finish(id, at: now, in: $0) }
        try await store.removeParts(of: id)
    }

    /// Gives an upload up; one that is gone already is no error, and neither is one that was completed.
    package func abortUpload(caller: Caller, _ path: ArtifactPath, upload id: String) async throws {
        guard let upload = try await reading({ try UploadTable.row(id, in: $0) }), upload.finishedAt == nil else {
            return
        }
        guard upload.path == path.description else { throw Self.unknownUpload }
        try await writing { try UploadTable.delete(id, in: $0) }
        try await store.removeParts(of: id)
    }

    /// Removes the parts of uploads that were not completed within a day, and those that nobody knows of any more.
    package func removeStaleUploads() async throws {
        let limit = Instant(milliseconds: runtime.now().milliseconds - Self.longestUpload.milliseconds)
        let stored = try await store.uploads()
        let needed = try await writing { connection in
            try UploadTable.delete(startedBefore: limit, in: connection)
            return Set(try UploadTable.unfinished(in: connection))
        }
        for id in stored where !needed.contains(id) { try await store.removeParts(of: id) }
    }

    private func upload(_ id: String) async throws -> UploadRow {
        guard let upload = try await reading({ try UploadTable.row(id, in: $0) }) else { throw Self.unknownUpload }
        return upload
    }

    private func openUpload(_ id: String) async throws -> UploadRow {
        let upload = try await upload(id)
        guard upload.finishedAt == nil else {
            throw ServiceError.conflict("this upload is complete: begin another one to change the artifact")
        }
        return upload
    }

    private static let unknownUpload = ServiceError.notFound(
        "there is no such upload: it was completed, aborted or older than a day, or another path belongs to it"
    )

    /// Compares secrets without telling by the time it takes how much of them is right.
    private static func areEqual(_ left: String, _ right: String) -> Bool {
        let (left, right) = (Array(left.utf8), Array(right.utf8))
        guard left.count == right.count else { return false }
        return zip(left, right).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
