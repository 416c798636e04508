internal import SlipwayDomain
internal import SlipwayStore

/// One batch of an import, inside its transaction.
struct ImportWork {
    let session: ImportTable.Session
    let caller: Caller
    let recorder: any EntryRecorder
    let now: Instant
    let writer: any SQLWriter
    var report = ImportReport()

    /// Experiments that were looked up already: their number there, and what stands here.
    private var places: [Int64: Experiment] = [:]

    init(
        session: ImportTable.Session,
        caller: Caller,
        recorder: any EntryRecorder,
        now: Instant,
        writer: any SQLWriter
    ) {
        self.session = session
        self.caller = caller
        self.recorder = recorder
        self.now = now
        self.writer = writer
    }

    /// The experiment here that an experiment there became; nil for one that was not moved.
    mutating func place(of theirs: Int64) throws -> Experiment? {
        if let known = places[theirs] { return known }
        guard let ours = try ImportTable.experiment(theirs, of: session.source, in: writer),
            let experiment = try ExperimentTable.find(ours, in: writer)
        else { return nil }
        places[theirs] = experiment
        return experiment
    }

    /// Finds or makes the place of each experiment: where it went before, else the one of the same name, else its own
    /// number, else a new one.
    mutating func add(experiments: [Experiment]) throws {
        for experiment in experiments {
            if let reason = ImportRules.refusal(of: experiment) {
                report.refuse(.experiment, "\(experiment.id)", reason)
                continue
            }
            let ours: Int64
            if let place = try place(of: experiment.id) {
                try update(place, to: experiment)
                ours = place.id
            } else if let same = try ExperimentTable.find(name: experiment.name, in: writer) {
                try join(same, with: experiment)
                ours = same.id
            } else {
                ours = try insert(experiment)
            }
            try ImportTable.setExperiment(experiment.id, of: session.source, is: ours, in: writer)
            places[experiment.id] = nil
            report.experiments.append(ImportedPlace(name: experiment.name, theirs: experiment.id, ours: ours))
        }
    }

    private mutating func insert(_ experiment: Experiment) throws -> Int64 {
        var own = experiment
        if try ExperimentTable.find(experiment.id, in: writer) != nil {
            own.id = try ExperimentTable.nextID(in: writer)
        }
        if own.artifactLocation.isEmpty { own.artifactLocation = "mlflow-artifacts:/\(own.id)" }
        own.tags = checked(experiment.tags, of: "experiment \(experiment.id)")
        try ExperimentTable.insert(own, in: writer)
        report.count(.experiment, added: 1)
        return own.id
    }

    /// An experiment that was here before the first import: only what it lacks is added.
    private mutating func join(_ same: Experiment, with experiment: Experiment) throws {
        report.count(.experiment, already: 1)
        let has = Set(same.tags.map(\.key))
        for tag in checked(experiment.tags, of: "experiment \(experiment.id)") where !has.contains(tag.key) {
            try ExperimentTable.setTag(tag, on: same.id, in: writer)
        }
        guard same.isDeleted, !experiment.isDeleted else { return }
        report.refuse(
            .experiment,
            "\(experiment.id)",
            "its runs came into '\(experiment.name)', which is deleted here: restore it to see them"
        )
    }

    /// An experiment that came with an earlier import and has changed there since.
    private mutating func update(_ place: Experiment, to experiment: Experiment) throws {
        report.count(.experiment, already: 1)
        for tag in checked(experiment.tags, of: "experiment \(experiment.id)") {
            try ExperimentTable.setTag(tag, on: place.id, in: writer)
        }
        if place.name != experiment.name {
            if try ExperimentTable.find(name: experiment.name, in: writer) == nil {
                try ExperimentTable.rename(place.id, to: experiment.name, at: experiment.updatedAt, in: writer)
            } else {
                report.refuse(
                    .experiment,
                    "\(experiment.id)",
                    "it is called '\(place.name)' here, because '\(experiment.name)' is another experiment"
                )
            }
        }
        if place.isDeleted != experiment.isDeleted {
            try ExperimentTable.setDeleted(experiment.isDeleted, place.id, at: experiment.updatedAt, in: writer)
        }
    }

    /// The tags that may be stored; the others are told.
    mutating func checked(_ tags: [Tag], of owner: String) -> [Tag] {
        tags.filter { tag in
            guard let reason = ImportRules.refusal(of: tag, kind: "tag") else { return true }
            report.refuse(.tag, "\(owner): \(tag.key.prefix(80))", reason)
            return false
        }
    }

    /// Writes a ledger entry about a registered model, which tells the import that it came with.
    func record(_ type: String, model: String, _ data: [String: JSONValue]) throws {
        let data = data.merging(["import": .string(session.id)]) { _, own in own }
        let draft = try Registry.draft(type, model: model, data, actor: caller.actor, in: writer)
        try recorder.record(draft, at: now, in: writer)
    }
}
