import SlipwayDomain

/// Moves the artifacts of runs, logged models and traces, a few files at once.
enum ImportFiles {
    /// The files of one owner.
    struct Folder: Sendable {
        let owner: ImportedOwner
        let uri: String
        let isRemote: Bool
        /// Nil until they are listed.
        var files: [SourceFile]?
        /// Why they cannot be listed.
        var problem: String?
    }

    private static let width = 6
    private static let tries = 3

    /// The folder at an artifact URI, listed right away where that is cheap.
    static func folder(
        of owner: ImportedOwner,
        at uri: String,
        listing: Bool,
        from source: any ImportSource
    ) async -> Folder {
        let isRemote = ArtifactPlace(uri) == .remote
        var folder = Folder(owner: owner, uri: uri, isRemote: isRemote)
        guard listing, !isRemote, !uri.isEmpty else { return folder }
        do {
            folder.files = try await source.files(of: owner, at: uri)
        } catch {
            folder.problem = "\(error)"
        }
        return folder
    }

    /// Moves all files of the folders; returns the owners of which something did not come.
    static func move(
        _ folders: [Folder],
        from source: any ImportSource,
        to target: any ImportTarget,
        _ tally: ImportTally
    ) async throws -> Set<String> {
        var tainted: Set<String> = []
        for folder in folders where !folder.isRemote && !folder.uri.isEmpty {
            try Task.checkCancellation()
            do {
                if let problem = folder.problem { throw CommandError(problem) }
                let files = folder.files ?? []
                let listed = folder.files == nil ? try await source.files(of: folder.owner, at: folder.uri) : files
                let missed = try await move(listed, of: folder, from: source, to: target, tally)
                if missed > 0 { tainted.insert(folder.owner.id) }
            } catch {
                try Task.checkCancellation()
                tally.miss(.file, folder.owner.id, "\(error)")
                // A problem that is part of the mark is found again when it is over.
                if folder.problem == nil { tainted.insert(folder.owner.id) }
            }
        }
        return tainted
    }

    private static func move(
        _ files: [SourceFile],
        of folder: Folder,
        from source: any ImportSource,
        to target: any ImportTarget,
        _ tally: ImportTally
    ) async throws -> Int {
        try await withThrowingTaskGroup(of: Bool.self) { group in
            var rest = files[...]
            var missed = 0
            for file in rest.prefix(width) {
                group.addTask { try await move(file, of: folder, from: source, to: target, tally) }
            }
            rest = rest.dropFirst(width)
            while let moved = try await group.next() {
                if !moved { missed += 1 }
                guard let file = rest.popFirst() else { continue }
                group.addTask { try await move(file, of: folder, from: source, to: target, tally) }
            }
            return missed
        }
    }

    private static func move(
        _ file: SourceFile,
        of folder: Folder,
        from source: any ImportSource,
        to target: any ImportTarget,
        _ tally: ImportTally
    ) async throws -> Bool {
        for attempt in 1...tries {
            do {
                if target is CountingTarget {
                    tally.count(.file, added: 1)
                    tally.count(.byte, added: file.size ?? 0)
                    return true
                }
                let (size, body) = try await source.open(file, of: folder.owner, at: folder.uri)
                try await target.put(file, size: size, of: folder.owner, body)
                tally.count(.file, added: 1)
                tally.count(.byte, added: size)
                return true
            } catch {
                try Task.checkCancellation()
                if attempt == tries { tally.miss(.file, "\(folder.owner.id): \(file.path)", "\(error)") }
            }
        }
        return false
    }
}
