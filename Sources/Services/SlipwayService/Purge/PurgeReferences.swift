internal import SlipwayDomain
internal import SlipwayLedger
internal import SlipwayStore

/// What registered versions, releases and evidence still stand on.
struct PurgeReferences {
    /// A version, as people write it, by the run that made it.
    private var byRun: [String: String] = [:]
    /// By the folder that a version is in.
    private var byFolder: [ArtifactPath: String] = [:]
    /// By each folder that a version's folder lies in.
    private var above: [ArtifactPath: String] = [:]

    init(in reader: any SQLReader) throws {
        var known: Set<String> = []
        for version in try PromotedVersionTable.all(in: reader) {
            let label = "\(version.model)@\(version.version)"
            known.insert(label)
            try add("the registered version \(label)", run: version.runID, location: version.location, in: reader)
        }
        let proven = Set(try PromotedVersionTable.withEvidence(in: reader).map { "\($0.model)@\($0.version)" })
        let gone = proven.subtracting(known)
        guard !gone.isEmpty else { return }
        for bytes in try LedgerTable.entries(ofType: Entry.typePrefix + "version.registered", in: reader) {
            let data = try Entry(canonicalBytes: bytes).data
            guard let model = data["model"]?.string, let version = data["version"]?.integer,
                gone.contains("\(model)@\(version)")
            else { continue }
            try add(
                "evidence about \(model)@\(version)",
                run: data["runId"]?.string ?? "",
                location: data["source"]?.string ?? "",
                in: reader
            )
        }
    }

    private mutating func add(_ label: String, run: String, location: String, in reader: any SQLReader) throws {
        if !run.isEmpty { byRun[run] = label }
        guard let folder = try Self.folder(of: location, in: reader) else { return }
        byFolder[folder] = label
        var parent = ArtifactPath.root
        for part in folder.parts {
            parent = parent.appending(part: part)
            above[parent] = label
        }
    }

    private static func folder(of location: String, in reader: any SQLReader) throws -> ArtifactPath? {
        if case .loggedModel(let id)? = try? ModelSource(location),
            let model = try LineageTable.loggedModel(id, in: reader)
        {
            return try VersionFolder.path(of: model.artifactURI, in: reader)
        }
        return try VersionFolder.path(of: location, in: reader)
    }

    /// What still points at `item`; nil when nothing does.
    func reason(toKeep item: PurgeCandidate) -> String? {
        if item.kind == .run, let label = byRun[item.id] { return "\(label) was made by it" }
        guard let folder = PurgeFolder(of: item)?.path else { return nil }
        if let label = above[folder] { return "\(label) has its files there" }
        var parent = ArtifactPath.root
        for part in folder.parts {
            parent = parent.appending(part: part)
            if let label = byFolder[parent] { return "\(label) has its files there" }
        }
        return nil
    }
}

/// Files that a purge is about to remove.
enum DoomedFolders {
    /// Refuses a version whose files would be gone in a moment.
    static func refuse(_ uri: String, in reader: any SQLReader) throws {
        let doomed = try PurgeTable.doomed(in: reader)
        guard !doomed.uris.isEmpty || !doomed.paths.isEmpty else { return }
        let path = try ArtifactLocation.path(of: uri)
        let folders =
            doomed.uris.compactMap { ArtifactLocation.isOwn($0) ? try? ArtifactLocation.path(of: $0) : nil }
            + doomed.paths.compactMap { try? ArtifactPath($0) }
        for folder in folders where path.parts.starts(with: folder.parts) || folder.parts.starts(with: path.parts) {
            throw ServiceError.notFound("the files at '\(path)' are being removed for good")
        }
    }
}
