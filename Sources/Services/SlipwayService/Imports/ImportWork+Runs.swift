internal import SlipwayDomain
internal import SlipwayStore

extension ImportWork {
    /// Stores runs with their params, tags, data sets and links to logged models; one that is here is brought up to date.
    mutating func add(runs: [Run]) throws {
        for run in runs {
            let id = run.info.id
            if let reason = ImportRules.refusal(of: run.info) {
                report.refuse(.run, id, reason)
                continue
            }
            guard let experiment = try place(of: run.info.experiment) else {
                report.refuse(.run, id, "its experiment \(run.info.experiment) was not moved")
                continue
            }
            let number: Int64
            let isNew: Bool
            if let stored = try RunTable.find(id, in: writer) {
                try RunTable.update(stored, to: run.info, in: writer)
                (number, isNew) = (stored.number, false)
            } else {
                var info = run.info
                info.experiment = experiment.id
                if info.artifactURI.isEmpty { info.artifactURI = "\(Self.root(of: experiment))/\(id)/artifacts" }
                (number, isNew) = (try RunTable.insert(info, in: writer), true)
            }
            report.count(.run, added: isNew ? 1 : 0, already: isNew ? 0 : 1)
            try addData(of: run, number, experiment: experiment.id, isNew: isNew)
        }
    }

    private mutating func addData(of run: Run, _ number: Int64, experiment: Int64, isNew: Bool) throws {
        let id = run.info.id
        var params = 0
        for param in run.params {
            if let reason = ImportRules.refusal(of: param, kind: "param") {
                report.refuse(.param, "\(id): \(param.key.prefix(80))", reason)
            } else if let changed = try RunData.addParams([param], to: number, in: writer) {
                report.refuse(.param, "\(id): \(param.key)", "it is '\(changed.old.prefix(80))' here already")
            } else {
                params += 1
            }
        }
        let tags = checked(run.tags, of: "run \(id)")
        try RunData.setTags(tags, on: number, in: writer)
        let datasets = run.datasets.filter { dataset in
            guard let reason = ImportRules.refusal(of: dataset) else { return true }
            report.refuse(.dataset, "\(id): \(dataset.name.prefix(80))", reason)
            return false
        }
        try RunInputTable.addDatasets(datasets, to: number, experiment: experiment, in: writer)
        let inputs = run.modelInputs.filter { ImportRules.isID($0) }
        let outputs = run.modelOutputs.filter { ImportRules.isID($0.model) }
        try RunInputTable.addModels(inputs, to: number, in: writer)
        try RunInputTable.addOutputs(outputs, to: number, in: writer)
        for (kind, count) in [(ImportKind.param, params), (.tag, tags.count), (.dataset, datasets.count)] {
            report.count(kind, added: isNew ? count : 0, already: isNew ? 0 : count)
        }
    }

    /// Stores points of metrics; those that are here stay.
    mutating func add(points: [ImportedPoints]) throws {
        var index = 0
        while index < points.count {
            let id = points[index].run
            var all: [MetricPoint] = []
            var refused: [(key: String, count: Int, reason: String)] = []
            while index < points.count, points[index].run == id {
                let group = points[index]
                index += 1
                if let reason = ImportRules.refusal(of: group) {
                    refused.append((group.key, group.points.count, reason))
                } else {
                    all += group.points
                }
            }
            for group in refused { refuse(group.count, of: id, group.key, group.reason) }
            guard let run = try RunTable.number(of: id, in: writer) else {
                refuse(all.count, of: id, all.first?.key ?? "", "there is no such run here")
                continue
            }
            let added = try MetricTable.add(all, to: run.number, in: writer)
            report.count(.point, added: added, already: all.count - added)
        }
    }

    private mutating func refuse(_ count: Int, of run: String, _ key: String, _ reason: String) {
        guard count > 0 else { return }
        report.refuse(.point, "\(run.prefix(80)): \(key.prefix(80)), \(count) points", reason)
    }

    /// Stores logged models with the points about them; one that is here is brought up to date.
    mutating func add(loggedModels: [LoggedModel]) throws {
        for model in loggedModels {
            if let reason = ImportRules.refusal(of: model) {
                report.refuse(.loggedModel, model.id, reason)
                continue
            }
            guard let experiment = try place(of: model.experiment) else {
                report.refuse(.loggedModel, model.id, "its experiment \(model.experiment) was not moved")
                continue
            }
            let stored = try LoggedModelTable.find(model.id, in: writer)
            var own = model
            own.experiment = experiment.id
            own.isDeleted = false
            own.params = []
            own.tags = []
            own.metrics = []
            if own.artifactURI.isEmpty {
                own.artifactURI = "\(Self.root(of: experiment))/models/\(model.id)/artifacts"
            }
            if stored == nil { try LoggedModelTable.insert(own, in: writer) }
            report.count(.loggedModel, added: stored == nil ? 1 : 0, already: stored == nil ? 0 : 1)
            // One that is deleted here takes no changes: whoever deleted it knew it.
            guard let number = try LoggedModelTable.number(of: model.id, in: writer) else { continue }
            if let stored, stored.status != model.status {
                try LoggedModelTable.setStatus(model.status, of: number, at: model.updatedAt, in: writer)
            }
            try addData(of: model, number)
            if model.isDeleted { try LoggedModelTable.delete(number, at: model.updatedAt, in: writer) }
        }
    }

    private mutating func addData(of model: LoggedModel, _ number: Int64) throws {
        for param in model.params {
            if let reason = ImportRules.refusal(of: param, kind: "param") {
                report.refuse(.param, "\(model.id): \(param.key.prefix(80))", reason)
                continue
            }
            do {
                try LoggedModelTable.addParams([param], to: number, in: writer)
            } catch {
                guard case .constraint(let reason) = error else { throw error }
                report.refuse(.param, "\(model.id): \(param.key)", reason)
            }
        }
        try LoggedModelTable.setTags(checked(model.tags, of: "model \(model.id)"), on: number, in: writer)
        for (run, points) in Dictionary(grouping: model.metrics, by: { $0.run ?? "" }).sorted(by: { $0.key < $1.key }) {
            let fine = points.filter { ImportRules.refusal(of: $0) == nil }
            refuse(points.count - fine.count, of: model.id, "metrics", "a key or time is not one that can be stored")
            guard let row = try RunTable.number(of: run, in: writer) else {
                refuse(fine.count, of: model.id, "metrics", "their run '\(run.prefix(80))' is not here")
                continue
            }
            try MetricTable.add(fine, to: row.number, model: number, in: writer)
        }
    }

    /// Where files of an experiment's runs come to; an experiment that was here may keep its files somewhere else.
    static func root(of experiment: Experiment) -> String {
        ArtifactLocation.isOwn(experiment.artifactLocation)
            ? experiment.artifactLocation : "mlflow-artifacts:/\(experiment.id)"
    }
}
