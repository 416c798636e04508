internal import SlipwayJSON

extension Experiment {
    init(imported fields: ImportFields) throws(JSONError) {
        self.init(
            id: try fields.integer("id"),
            name: try fields.text("name"),
            artifactLocation: try fields.text("location"),
            isDeleted: try fields.flag("deleted"),
            createdAt: try fields.instant("created"),
            updatedAt: try fields.instant("updated"),
            tags: try fields.tags("tags")
        )
    }
}

extension Run {
    init(imported fields: ImportFields) throws(JSONError) {
        guard let status = RunStatus(rawValue: try fields.text("status")) else {
            throw fields.missing("status", "one of \(RunStatus.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        self.init(
            info: RunInfo(
                id: try fields.text("id"),
                experiment: try fields.integer("experiment"),
                name: try fields.text("name"),
                user: try fields.text("user"),
                status: status,
                startedAt: try fields.instant("started"),
                endedAt: fields.node["ended"] == nil ? nil : try fields.instant("ended"),
                artifactURI: try fields.text("uri"),
                isDeleted: try fields.flag("deleted")
            )
        )
        params = try fields.tags("params")
        tags = try fields.tags("tags")
        datasets = try fields.list("datasets") { node throws(JSONError) in
            try DatasetInput(imported: ImportFields(node, "a data set"))
        }
        modelInputs = try fields.list("inputs") { node throws(JSONError) in
            guard let id = node.string else { throw fields.missing("inputs", "a list of texts") }
            return id
        }
        modelOutputs = try fields.list("outputs") { node throws(JSONError) in
            var items = node.elements
            guard let model = items.next()?.string, let step = items.next()?.integer else {
                throw fields.missing("outputs", "a list of [model, step]")
            }
            return ModelOutput(model: model, step: step)
        }
    }
}

extension DatasetInput {
    fileprivate init(imported fields: ImportFields) throws(JSONError) {
        self.init(
            name: try fields.text("name"),
            digest: try fields.text("digest"),
            sourceType: try fields.text("sourceType"),
            source: try fields.text("source"),
            schema: try fields.optionalText("schema"),
            profile: try fields.optionalText("profile"),
            tags: try fields.tags("tags")
        )
    }
}

extension LoggedModel {
    init(imported fields: ImportFields) throws(JSONError) {
        guard let status = LoggedModelStatus(rawValue: try fields.text("status")) else {
            throw fields.missing("status", "one of \(LoggedModelStatus.allCases.map(\.rawValue))")
        }
        let id = try fields.text("id")
        self.init(
            id: id,
            experiment: try fields.integer("experiment"),
            name: try fields.text("name"),
            type: try fields.text("type"),
            sourceRun: try fields.optionalText("run"),
            status: status,
            artifactURI: try fields.text("uri"),
            createdAt: try fields.instant("created"),
            updatedAt: try fields.instant("updated")
        )
        isDeleted = try fields.flag("deleted")
        params = try fields.tags("params")
        tags = try fields.tags("tags")
        metrics = try fields.list("metrics") { node throws(JSONError) in
            let point = try ImportFields(node, "a model's metric")
            return MetricPoint(
                key: try point.text("key"),
                value: try point.number("value"),
                timestamp: try point.integer("time"),
                step: try point.integer("step"),
                model: id,
                datasetName: try point.optionalText("datasetName"),
                datasetDigest: try point.optionalText("datasetDigest"),
                run: try point.text("run")
            )
        }
    }
}

extension ImportedModel {
    init(imported fields: ImportFields) throws(JSONError) {
        self.init(
            name: try fields.text("name"),
            description: try fields.optionalText("description"),
            createdAt: try fields.instant("created"),
            updatedAt: try fields.instant("updated"),
            tags: try fields.tags("tags")
        )
    }
}

extension ImportedVersion {
    init(imported fields: ImportFields) throws(JSONError) {
        var folder: ImportedFolder?
        if let word = try fields.optionalText("owner") {
            let id = try fields.text("ownerID")
            guard let kind = ImportKind(rawValue: word), let owner = ImportedOwner(kind: kind, id: id) else {
                throw fields.missing("owner", "run or loggedModel")
            }
            folder = ImportedFolder(owner: owner, path: try fields.text("path"))
        }
        self.init(
            model: try fields.text("model"),
            version: try fields.integer("version"),
            description: try fields.text("description"),
            source: try fields.text("source"),
            folder: folder,
            runID: try fields.text("run"),
            runLink: try fields.text("runLink"),
            stage: try fields.text("stage"),
            createdAt: try fields.instant("created"),
            updatedAt: try fields.instant("updated"),
            tags: try fields.tags("tags"),
            aliases: try fields.list("aliases") { node throws(JSONError) in
                guard let alias = node.string else { throw fields.missing("aliases", "a list of texts") }
                return alias
            }
        )
    }
}
