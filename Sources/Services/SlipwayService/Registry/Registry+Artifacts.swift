internal import Crypto
internal import SlipwayDomain
internal import SlipwayLedger
internal import SlipwayStore

extension Registry {
    /// Where a client downloads a version's files from, as a URI.
    package func downloadURI(caller: Caller, ofVersion version: Int64, of model: String) async throws -> String {
        try await read { try Self.version(version, of: model, in: $0).location }
    }

    /// The folder of a version inside the artifact store; `invalid` for a model that is kept somewhere else.
    package func artifact(ofVersion version: Int64, of model: String) async throws -> ArtifactPath {
        let location = try await read { connection in
            let location = try Self.version(version, of: model, in: connection).location
            guard case .run(let run) = try ModelSource(location) else { return location }
            guard let root = try LineageTable.artifactURI(ofRun: run, in: connection) else {
                throw ServiceError.notFound("The run '\(run)' of version \(version) of '\(model)' is gone")
            }
            // "runs:/<run>/<path>"
            return root + "/" + location.parts(at: "/").dropFirst(2).joined(separator: "/")
        }
        return try ArtifactLocation.path(of: location)
    }

    /// The model file of a version: the one file in its folder, or in a folder directly under it, that ends in `.onnx`, or
    /// in `upstream.json` when the model runs somewhere else.
    package func modelFile(ofVersion version: Int64, of model: String) async throws -> ArtifactPath {
        let folder = try await artifact(ofVersion: version, of: model)
        if let name = folder.parts.last, Self.isModel(name) { return folder }
        let items = try await artifacts.list(folder)
        var found = try Self.models(in: items, of: folder)
        for item in items where found.isEmpty && item.isFolder {
            let inner = try folder.appending(Self.name(item))
            found += try Self.models(in: try await artifacts.list(inner), of: inner)
        }
        guard let first = found.first else {
            throw ServiceError.notFound(
                "Version \(version) of '\(model)' has no .onnx file and no \(UpstreamDeclaration.suffix) in '\(folder)': "
                    + "log it with mlflow.onnx.log_model"
            )
        }
        guard found.count == 1 else {
            throw ServiceError.invalid(
                "Version \(version) of '\(model)' has \(found.count) model files in '\(folder)': keep the one to serve"
            )
        }
        return first
    }

    /// Writes into the ledger which file a version was registered with, so that another one put in its place is seen.
    func seal(_ version: Int64, of model: String) async throws {
        let path: ArtifactPath
        do {
            path = try await modelFile(ofVersion: version, of: model)
        } catch is ServiceError {
            // A version without one model file in this store is registered all the same; its gates will say so.
            return
        }
        let reader = try await artifacts.read(path)
        var hash = SHA256()
        while let piece = try await reader.next() { hash.update(data: piece) }
        let digest = "sha256:" + Hex.text(hash.finalize())
        let now = runtime.now()
        try await write { connection in
            try record(
                "version.sealed",
                model: model,
                ["version": .integer(version), "digest": .string(digest)],
                caller: .system,
                at: now,
                in: connection
            )
        }
    }

    /// Seals a version that came by import, unless that was done before.
    func sealIfUnsealed(_ version: Int64, of model: String) async throws {
        let isSealed = try await read { connection in
            guard try ModelVersionTable.version(version, of: model, in: connection) != nil else { return true }
            return try LedgerTable.entries(
                about: "models/\(model)",
                type: Entry.typePrefix + "version.sealed",
                in: connection
            ).contains { try Entry(canonicalBytes: $0).data["version"]?.integer == version }
        }
        if !isSealed { try await seal(version, of: model) }
    }

    private static func models(in items: [ArtifactInfo], of folder: ArtifactPath) throws -> [ArtifactPath] {
        try items.filter { !$0.isFolder && isModel($0.name) }
            .map { try folder.appending(name($0)) }
    }

    private static func isModel(_ name: String) -> Bool {
        let name = name.lowercased()
        return name.hasSuffix(".onnx") || name == UpstreamDeclaration.suffix
            || name.hasSuffix("." + UpstreamDeclaration.suffix)
    }

    private static func name(_ item: ArtifactInfo) throws -> ArtifactPath { try ArtifactPath(item.name) }
}
