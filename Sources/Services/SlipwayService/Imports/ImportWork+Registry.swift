internal import SlipwayDomain
internal import SlipwayLedger
internal import SlipwayStore

extension ImportWork {
    /// Stores registered models; of one that is here the description and tags are brought up to date.
    mutating func add(models: [ImportedModel], lineages: [String]) throws {
        for (model, lineage) in zip(models, lineages) {
            if let reason = ImportRules.refusal(of: model) {
                report.refuse(.registeredModel, model.name, reason)
                continue
            }
            let tags = checked(model.tags, ofModel: model.name)
            var isNew = false
            if var stored = try RegisteredModelTable.model(model.name, in: writer) {
                let description = model.description ?? stored.description
                if description != stored.description || model.updatedAt > stored.updatedAt {
                    stored.description = description
                    stored.updatedAt = max(stored.updatedAt, model.updatedAt)
                    try RegisteredModelTable.update(stored, in: writer)
                }
                report.count(.registeredModel, already: 1)
            } else {
                let record = RegisteredModelRecord(
                    name: model.name,
                    lineage: lineage,
                    description: model.description,
                    createdAt: model.createdAt,
                    updatedAt: model.updatedAt
                )
                try RegisteredModelTable.insert(record, in: writer)
                let last = try RegisteredModelTable.nameHistory(model.name, in: writer)?.lastVersion ?? 0
                try RegisteredModelTable.setNameHistory(model.name, lineage: lineage, lastVersion: last, in: writer)
                report.count(.registeredModel, added: 1)
                isNew = true
            }
            for tag in tags { try RegisteredModelTable.set(tag, on: model.name, in: writer) }
            guard isNew else { continue }
            // After its tags, which say whether it is a prompt.
            try record("model.registered", model: model.name, ["createdAt": .string("\(model.createdAt)")])
        }
    }

    /// Stores versions under their own numbers, with tags and aliases.
    mutating func add(versions: [ImportedVersion]) throws {
        for version in versions {
            let id = "\(version.model)/\(version.version)"
            guard let model = try RegisteredModelTable.model(version.model, in: writer) else {
                report.refuse(.version, id, "its model was not moved")
                continue
            }
            if let reason = try ImportRules.refusal(of: version) ?? clash(version) {
                report.refuse(.version, id, reason)
                continue
            }
            let stage = (try? RegistryRules.stage(version.stage)) ?? RegistryRules.stages[0]  // checked above
            let oldStage: String
            if var stored = try ModelVersionTable.version(version.version, of: version.model, in: writer) {
                oldStage = stored.stage
                stored.description = version.description
                stored.stage = stage
                stored.updatedAt = max(stored.updatedAt, version.updatedAt)
                try ModelVersionTable.update(stored, in: writer)
                report.count(.version, already: 1)
            } else {
                try insert(version, stage: stage, of: model)
                oldStage = RegistryRules.stages[0]
            }
            if stage != oldStage {
                let data: [String: JSONValue] = ["version": .integer(version.version), "stage": .string(stage)]
                try record("version.staged", model: version.model, data)
            }
            for tag in checked(version.tags, ofModel: id) {
                try ModelVersionTable.set(tag, on: version.version, of: version.model, in: writer)
            }
            try set(aliases: version.aliases, on: version)
        }
    }

    /// Why a number cannot be given: another version has it, or had it.
    private func clash(_ version: ImportedVersion) throws -> String? {
        if let stored = try ModelVersionTable.version(version.version, of: version.model, in: writer) {
            guard stored.createdAt != version.createdAt else { return nil }
            return "there is another version of this number here: rename the model here, or import into an empty server"
        }
        // Imports told of prompts as of models once.
        let told = try ["models", "prompts"].flatMap { kind in
            try LedgerTable.entries(
                about: "\(kind)/\(version.model)",
                type: Entry.typePrefix + "version.registered",
                in: writer
            )
        }
        let wasHere = try told.contains {
            try Entry(canonicalBytes: $0).data["version"]?.integer == version.version
        }
        return wasHere ? "a version of this number was here and was deleted; the ledger holds evidence about it" : nil
    }

    private mutating func insert(_ version: ImportedVersion, stage: String, of model: RegisteredModelRecord) throws {
        let place = try place(of: version)
        let last = try RegisteredModelTable.nameHistory(model.name, in: writer)?.lastVersion ?? 0
        try RegisteredModelTable.setNameHistory(
            model.name,
            lineage: model.lineage,
            lastVersion: max(last, version.version),
            in: writer
        )
        let record = ModelVersionRecord(
            model: model.name,
            version: version.version,
            description: version.description,
            source: place.source,
            location: place.location,
            runID: version.runID,
            runLink: version.runLink,
            stage: stage,
            createdAt: version.createdAt,
            updatedAt: version.updatedAt,
            registeredBy: caller.user
        )
        try ModelVersionTable.insert(record, in: writer)
        report.count(.version, added: 1)
        var data: [String: JSONValue] = [
            "version": .integer(version.version), "source": .string(place.source),
            "createdAt": .string("\(version.createdAt)"),
        ]
        if !version.runID.isEmpty { data["runId"] = .string(version.runID) }
        try self.record("version.registered", model: model.name, data)
    }

    /// The source and the place of a version's files, on this server when they came to it.
    private mutating func place(of version: ImportedVersion) throws -> (source: String, location: String) {
        let id = "\(version.model)/\(version.version)"
        guard let folder = version.folder else { return (version.source, version.source) }
        let root: String? =
            switch folder.owner {
            case .run(let run): try LineageTable.artifactURI(ofRun: run, in: writer)
            case .loggedModel(let model): try LineageTable.loggedModel(model, in: writer)?.artifactURI
            case .trace: nil
            }
        guard let root, (try? ArtifactPath(folder.path)) != nil else {
            report.refuse(
                .version,
                id,
                "its files are not here, because the \(folder.owner.kind.rawValue) that holds them is not: "
                    + "the source stays \(version.source.prefix(200))"
            )
            return (version.source, version.source)
        }
        let location = folder.path.isEmpty ? root : root + "/" + folder.path
        let isReference = version.source.hasPrefix("models:/") || version.source.hasPrefix("runs:/")
        return (isReference ? version.source : location, location)
    }

    private mutating func set(aliases: [String], on version: ImportedVersion) throws {
        guard !aliases.isEmpty else { return }
        let standing = try ModelVersionTable.aliases(of: version.model, in: writer)
        for alias in aliases {
            if let reason = ImportRules.refusal(ofAlias: alias) {
                report.refuse(.alias, "\(version.model)@\(alias.prefix(80))", reason)
                continue
            }
            guard !standing.contains(ModelAlias(alias: alias, version: version.version)) else {
                report.count(.alias, already: 1)
                continue
            }
            try ModelVersionTable.set(alias: alias, to: version.version, of: version.model, in: writer)
            let data: [String: JSONValue] = ["alias": .string(alias), "version": .integer(version.version)]
            try record("alias.set", model: version.model, data)
            report.count(.alias, added: 1)
        }
    }

    private mutating func checked(_ tags: [Tag], ofModel owner: String) -> [Tag] {
        tags.filter { tag in
            guard let reason = ImportRules.refusal(ofRegistryTag: tag) else { return true }
            report.refuse(.tag, "\(owner): \(tag.key.prefix(80))", reason)
            return false
        }
    }
}
