internal import Crypto
internal import SlipwayDomain
internal import SlipwayStore

extension Purges {
    /// Goes on with a purge from wherever it stands, to its end; returns its ledger entry.
    func finish(_ id: String) async throws -> EntryID? {
        guard let purge = try await reading({ try PurgeRows.row(id, in: $0) }) else { return nil }
        if purge.entry == nil {
            try await removeContents(of: purge)
            try await removeRows(of: purge)
        }
        try await removeFolders(of: purge)
        let now = runtime.now()
        return try await writing { writer in
            let entry = try PurgeRows.row(id, in: writer)?.entry
            try PurgeRows.finish(id, at: now, in: writer)
            return entry.map { EntryID($0) }
        }
    }

    /// Removes what belongs to the marked things, in many small transactions.
    private func removeContents(of purge: PurgeRow) async throws {
        let id = purge.id
        for model in try await reading({ try PurgeRows.measuredModels(by: id, in: $0) }) {
            try await writing { try PurgeRows.removeMeasurements(ofModel: model, by: id, in: $0) }
        }
        for kind in [PurgeKind.run, .loggedModel] {
            var after = Int64.min
            while true {
                let start = after
                let numbers = try await reading { reader in
                    try PurgeRows.marked(kind, by: id, after: start, limit: Self.itemsAtOnce, in: reader).map(\.number)
                }
                guard let last = numbers.last else { break }
                if kind == .run { for number in numbers { try await removePoints(ofRun: number) } }
                try await writing { try PurgeRows.removeContents(of: kind, numbers, in: $0) }
                after = last
            }
        }
        while try await writing({ try PurgeRows.removeTraces(by: id, limit: Self.itemsAtOnce, in: $0) }) > 0 {}
    }

    private func removePoints(ofRun number: Int64) async throws {
        while try await writing({ try PurgeRows.removePoints(ofRun: number, limit: Self.rowsAtOnce, in: $0) }) {}
    }

    /// Removes the rows themselves and says so in the ledger, in one transaction.
    private func removeRows(of purge: PurgeRow) async throws {
        let now = runtime.now()
        try await writing { writer in
            // Somebody else may have brought it here meanwhile.
            guard let row = try PurgeRows.row(purge.id, in: writer), row.entry == nil else { return }
            var counts: [String: JSONValue] = [:]
            var folders: Set<String> = []
            var names: [String] = []
            for kind in PurgeKind.allCases {
                let marked = try PurgeRows.marked(kind, by: purge.id, in: writer)
                counts[kind.rawValue + "s"] = .integer(Int64(marked.count))
                for item in marked {
                    names.append("\(kind.rawValue)/\(item.id)")
                    guard let folder = PurgeFolder(kind, id: item.id, uri: item.uri) else { continue }
                    folders.insert(folder.path.description)
                }
            }
            let digest = SHA256.hash(data: Array(names.sorted().joined(separator: "\n").utf8))
            try PurgeRows.remove(purge.id, folders: folders.sorted(), in: writer)
            let draft = EntryDraft(
                type: "tracking.purged",
                subject: "purges/\(purge.id)",
                actor: purge.actor,
                data: [
                    "purge": .string(purge.id), "rule": try JSONValue(parsing: Array(purge.rule.utf8)),
                    "counts": .object(counts), "folders": .integer(Int64(folders.count)),
                    "idsDigest": .string("sha256:" + Hex.text(digest)),
                ]
            )
            let entry = try ledger.record(draft, at: now, in: writer)
            try PurgeRows.setEntry(entry, of: purge.id, in: writer)
        }
    }

    /// Removes the files. What cannot be removed now is tried again at the next look.
    private func removeFolders(of purge: PurgeRow) async throws {
        let id = purge.id
        while true {
            let folders = try await reading { try PurgeRows.folders(of: id, limit: Self.itemsAtOnce, in: $0) }
            guard !folders.isEmpty else { return }
            for folder in folders { try await store.delete(ArtifactPath(folder)) }
            try await writing { try PurgeRows.forget(folders, of: id, in: $0) }
        }
    }
}
