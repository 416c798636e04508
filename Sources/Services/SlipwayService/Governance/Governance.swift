internal import SlipwayDomain
internal import SlipwayLedger
package import SlipwayPolicy
package import SlipwayStore

/// Manifests, evidence, approvals and decisions: what may go where, and why.
package struct Governance: Sendable {
    let database: any SQLDatabase
    let runtime: Runtime
    let ledger: any EntryRecorder
    let files: ModelFiles
    let engine: any ModelEngine
    let policy: Policy

    package init(
        database: any SQLDatabase,
        runtime: Runtime,
        ledger: any EntryRecorder,
        files: ModelFiles,
        engine: any ModelEngine,
        policy: Policy = .standard
    ) {
        self.database = database
        self.runtime = runtime
        self.ledger = ledger
        self.files = files
        self.engine = engine
        self.policy = policy
    }

    /// Reads a manifest strictly and makes it the model's; returns it with its digest. `contract` is the digest of the
    /// contract's file, which is pinned.
    package func apply(
        manifest yaml: String,
        file: String,
        contract: String? = nil,
        caller: Caller
    ) async throws -> (manifest: Manifest, digest: String) {
        let manifest = try Self.pinned(try Manifest(yaml: yaml, file: file), contract: contract)
        let json = try JSONValue(encoding: manifest)
        let text = try CanonicalJSON.text(of: json)
        let digest = Digest32.sha256(text.utf8).prefixed
        let name = manifest.metadata.name
        try await database.write { connection in
            let time = runtime.now()
            // Applying what already holds is no event.
            if try GovernanceTable.manifest(name, in: connection)?.digest == digest { return }
            try Self.checkAuthority(over: manifest, caller: caller, in: connection)
            try GovernanceTable.setManifest(
                name,
                digest: digest,
                json: text,
                at: time,
                by: caller.actor,
                in: connection
            )
            let data: JSONValue = [
                "model": .string(name), "digest": .string(digest), "owner": .string(manifest.metadata.owner),
                "tier": .integer(Int64(manifest.metadata.tier.rawValue)), "manifest": json,
            ]
            try ledger.record(
                EntryDraft(type: "manifest.applied", subject: "models/\(name)", actor: caller.actor, data: data),
                at: time,
                in: connection
            )
        }
        return (manifest, digest)
    }

    private static func pinned(_ manifest: Manifest, contract: String?) throws(ServiceError) -> Manifest {
        guard let contract else { return manifest }
        guard let inputs = manifest.spec.inputs else {
            throw .invalid("the manifest names no contract under spec.inputs, so none can be pinned")
        }
        guard ContentDigest.isValid(contract) else {
            throw .invalid("contract must be the digest of \(inputs.contract): \(ContentDigest.rule)")
        }
        if let own = inputs.contractDigest, own != contract {
            throw .invalid(
                "spec.inputs.contractDigest is \(own), and \(inputs.contract) has \(contract): write that one, or "
                    + "leave contractDigest out and `slipway apply` fills it in"
            )
        }
        return manifest.pinning(contract: contract)
    }

    /// A manifest says which gates stand: where people are known, it is applied by one of them, and only an
    /// administrator moves a model to a tier that asks for less.
    private static func checkAuthority(
        over manifest: Manifest,
        caller: Caller,
        in connection: any SQLReader
    ) throws {
        guard try AccountTable.userCount(in: connection) > 0 else { return }
        guard caller.user != nil else {
            throw ServiceError(
                .unauthenticated,
                "this server knows its users, so a manifest needs one: set SLIPWAY_TOKEN to your token"
            )
        }
        guard let before = try Self.manifest(of: manifest.metadata.name, in: connection),
            manifest.metadata.tier.rawValue > before.metadata.tier.rawValue, !caller.isAdmin
        else { return }
        throw ServiceError.forbidden(
            "tier \(manifest.metadata.tier.rawValue) asks for less than tier \(before.metadata.tier.rawValue): "
                + "only an administrator may lower a model's tier"
        )
    }

    /// What is probably a mistake in a manifest: columns that no version has which serves or may do so next. They are
    /// loaded for that, if they were not before.
    package func warnings(on manifest: Manifest) async throws -> [String] {
        guard manifest.namesColumns else { return [] }
        let model = manifest.metadata.name
        let (endpoint, newest) = try await database.read { connection in
            (
                try EndpointTable.row(model, in: connection),
                try ModelVersionTable.versions(of: model, in: connection).last.map { Int($0.version) }
            )
        }
        let versions = Set([endpoint?.stable, endpoint?.previous, endpoint?.candidate, newest].compactMap(\.self))
        var (columns, names): ([ModelColumns], [String]) = ([], [])
        for version in versions.sorted() {
            let digest: String?
            do {
                digest = try await verify(model: model, version: version, caller: .system)
            } catch is ServiceError {
                // Nobody knows what it has: then nothing can be said about all of them.
                return []
            }
            let facts: [Verification] = try await database.read {
                try Self.facts(.verification, model: model, version: version, in: $0)
            }
            // What has no file, or one that does not load, will not serve.
            guard let fact = facts.last(where: { $0.artifactDigest == digest }), fact.problem == nil else { continue }
            guard let known = fact.columns else { return [] }
            columns.append(known)
            names.append("\(model)@\(version)")
        }
        guard !columns.isEmpty else { return [] }
        let absence = names.count == 1 ? "\(names[0]) does not have" : "none of \(names.joined(separator: ", ")) has"
        return manifest.warnings(knowing: columns, absence: absence)
    }

    /// The manifest that holds for `model`, or nil.
    package func manifest(of model: String) async throws -> Manifest? {
        try await database.read { try Self.manifest(of: model, in: $0) }
    }

    /// The manifest that holds for `model`, or an error that says how to give one.
    package func requiredManifest(of model: String) async throws -> Manifest {
        guard let manifest = try await manifest(of: model) else {
            throw ServiceError.notFound(
                "'\(model)' has no manifest: write slipway.yaml and run `slipway apply slipway.yaml`"
            )
        }
        return manifest
    }

    static func manifest(of model: String, in connection: any SQLReader) throws -> Manifest? {
        guard let row = try GovernanceTable.manifest(model, in: connection) else { return nil }
        return try JSONValue(parsing: Array(row.json.utf8)).decode(Manifest.self)
    }
}
