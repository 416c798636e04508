internal import SlipwayDomain

/// What an import takes. Other servers kept longer values than this one accepts today, so the limits are wider.
enum ImportRules {
    static let mostRecords = 10_000
    static let mostPoints = 200_000
    /// Above what MLflow's own stores hold.
    private static let longestValue = 100_000
    private static let longestText = 16 << 20
    private static let largestExperiment: Int64 = 1_000_000_000_000_000_000

    static func checkSource(_ source: String) throws(ServiceError) {
        guard !source.isEmpty, source.utf8.count <= 2048 else {
            throw .invalid("an import's source has 1 to 2,048 bytes")
        }
        guard source.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F }) else {
            throw .invalid("an import's source must not hold control characters")
        }
        let authority = source.parts(at: "/", keepingEmpty: true).dropFirst(2).first
        guard source.utf8.first == UInt8(ascii: "/") || authority?.holds("@") != true else {
            throw .invalid("an import's source must not hold a user or a password: it is written into the ledger")
        }
    }

    static func check(_ batch: ImportBatch) throws(ServiceError) {
        let records = [
            batch.experiments.count, batch.runs.count, batch.loggedModels.count, batch.registeredModels.count,
            batch.versions.count, batch.traces.count, batch.marks.count,
        ].reduce(0, +)
        guard records <= mostRecords else { throw .invalid("a batch takes at most \(mostRecords) records") }
        guard batch.points.reduce(0, { $0 + $1.points.count }) <= mostPoints else {
            throw .invalid("a batch takes at most \(mostPoints) points")
        }
        for mark in batch.marks {
            guard mark.id.utf8.count <= 1024, mark.mark.utf8.count <= 128 else {
                throw .invalid("a mark has an id of at most 1,024 and a digest of at most 128 bytes")
            }
        }
    }

    static func isID(_ text: String) -> Bool {
        reason { () throws(ServiceError) in try TrackingRules.checkID(text, "model") } == nil
    }

    static func refusal(of experiment: Experiment) -> String? {
        reason { () throws(ServiceError) in
            guard experiment.id >= 0, experiment.id <= largestExperiment else {
                throw .invalid("\(experiment.id) cannot be an experiment's number")
            }
            try TrackingRules.checkExperimentName(experiment.name)
            if !experiment.artifactLocation.isEmpty { try TrackingRules.checkLocation(experiment.artifactLocation) }
        }
    }

    static func refusal(of run: RunInfo) -> String? {
        reason { () throws(ServiceError) in
            try TrackingRules.checkID(run.id, "run")
            try TrackingRules.checkLength(run.name, TrackingRules.longestRunTag, "the run's name")
            try TrackingRules.checkLength(run.user, 1000, "the run's user")
            if !run.artifactURI.isEmpty { try TrackingRules.checkLocation(run.artifactURI) }
        }
    }

    static func refusal(of tag: Tag, kind: String) -> String? {
        reason { () throws(ServiceError) in
            if kind == "param" {
                try TrackingRules.checkKey(tag.key, kind)
            } else {
                try TrackingRules.checkAnyKey(tag.key, kind)
            }
            try TrackingRules.checkLength(tag.value, longestValue, "the value")
        }
    }

    static func refusal(of dataset: DatasetInput) -> String? {
        reason { () throws(ServiceError) in
            guard !dataset.name.isEmpty else { throw .invalid("a data set needs a name") }
            try TrackingRules.checkLength(dataset.name, 500, "the data set's name")
            try TrackingRules.checkLength(dataset.digest, 500, "the data set's digest")
            for text in [dataset.source, dataset.schema ?? "", dataset.profile ?? ""] {
                try TrackingRules.checkLength(text, longestText, "what describes the data set")
            }
            for tag in dataset.tags {
                try TrackingRules.checkLength(tag.key, 255, "the key of a data set's tag")
                try TrackingRules.checkLength(tag.value, longestValue, "the value of a data set's tag")
            }
        }
    }

    static func refusal(of points: ImportedPoints) -> String? {
        reason { () throws(ServiceError) in
            try TrackingRules.checkKey(points.key, "metric")
            for point in points.points { try TrackingRules.checkTime(point) }
        }
    }

    static func refusal(of point: MetricPoint) -> String? {
        reason { () throws(ServiceError) in
            try TrackingRules.checkKey(point.key, "metric")
            try TrackingRules.checkTime(point)
        }
    }

    static func refusal(of model: LoggedModel) -> String? {
        reason { () throws(ServiceError) in
            try TrackingRules.checkID(model.id, "model")
            guard !model.name.isEmpty else { throw .invalid("a logged model needs a name") }
            try TrackingRules.checkLength(model.name, TrackingRules.longestName, "the model's name")
            try TrackingRules.checkLength(model.type, 500, "the model's type")
            if !model.artifactURI.isEmpty { try TrackingRules.checkLocation(model.artifactURI) }
        }
    }

    static func refusal(of model: ImportedModel) -> String? {
        reason { () throws(ServiceError) in
            try RegistryRules.checkModelName(model.name)
            try RegistryRules.checkDescription(model.description)
        }
    }

    static func refusal(of version: ImportedVersion) -> String? {
        reason { () throws(ServiceError) in
            guard (1...1_000_000_000).contains(version.version) else {
                throw .invalid("\(version.version) cannot be a version's number")
            }
            try RegistryRules.checkDescription(version.description)
            _ = try RegistryRules.stage(version.stage)
            guard version.source.utf8.count <= 2048, version.runLink.utf8.count <= 2048 else {
                throw .invalid("its source or run link is over 2,048 bytes long")
            }
            if !version.runID.isEmpty { try RegistryRules.checkRunID(version.runID) }
        }
    }

    static func refusal(ofAlias alias: String) -> String? {
        reason { () throws(ServiceError) in try RegistryRules.checkAlias(alias) }
    }

    static func refusal(ofRegistryTag tag: Tag) -> String? {
        reason { () throws(ServiceError) in try RegistryRules.checkTag(tag) }
    }

    private static func reason(_ check: () throws(ServiceError) -> Void) -> String? {
        do {
            try check()
            return nil
        } catch {
            return error.message
        }
    }
}
