import Foundation
import SlipwayDomain
import SlipwayLedger

/// Moves everything from a source to a target, a page at a time; what is complete already is passed by.
struct ImportRunner: Sendable {
    let source: any ImportSource
    let target: any ImportTarget
    let tally: ImportTally
    /// Only what was begun since; versions that are in use come anyway, with the runs and logged models behind them.
    let since: Instant?
    /// Looks at everything again, also at what was moved before.
    let rechecks: Bool

    static let pointsPerBatch = 20_000
    private static let bytesPerBatch = 4 << 20

    func run() async throws {
        try await target.begin(source: source.name)
        tally.expect(try await source.totals())
        tally.enter("experiments")
        let experiments = try await source.experiments()
        for some in experiments.pages(of: 500) { try await move(experiments: some) }
        tally.enter("runs")
        try await source.runs(of: experiments) { try await move(runs: $0) }
        tally.enter("logged models")
        // Older things that came because newer ones need them.
        var brought: Set<String> = []
        try await source.loggedModels(of: experiments) { page in
            if let since { try await bring(runs: Self.runs(of: page), since: since, &brought) }
            try await move(loggedModels: page)
        }
        tally.enter("registered models")
        try await moveRegistry(&brought)
        tally.enter("traces")
        try await source.traces(of: experiments) { try await move(traces: $0) }
        for other in try await source.others(experiments) {
            tally.miss(.other, other, "an import does not move them")
        }
    }

    /// What has not changed there since it came stays as people have changed it here.
    private func move(experiments page: [Experiment]) async throws {
        let pending = page.map { experiment in
            var seen = ImportBatch()
            var head = experiment
            head.updatedAt = head.createdAt
            seen.experiments = [head]
            let mark = ImportMark(kind: .experiment, id: "\(experiment.id)", mark: Digest32.sha256(seen.json).hex)
            return (experiment: experiment, mark: mark)
        }
        let known = rechecks ? [] : try await target.known(pending.map(\.mark))
        tally.count(.experiment, already: Int64(known.count))
        let left = pending.filter { !known.contains($0.mark.id) }
        var batch = ImportBatch()
        batch.experiments = left.map { item in
            var experiment = item.experiment
            if ArtifactPlace(experiment.artifactLocation) != .remote { experiment.artifactLocation = "" }
            return experiment
        }
        let tainted = try await send(batch)
        batch = ImportBatch()
        // A tag that was refused is told with the words for its experiment.
        batch.marks = left.map(\.mark).filter { tainted.isDisjoint(with: [$0.id, "experiment \($0.id)"]) }
        _ = try await send(batch)
    }

    private func move(runs page: [SourceRun]) async throws {
        var places: [ImportFiles.Folder] = []
        var pending: [(run: SourceRun, mark: ImportMark)] = []
        for run in page {
            let folder = await ImportFiles.folder(
                of: .run(run.run.info.id),
                at: run.run.info.artifactURI,
                listing: run.marksFiles,
                from: source
            )
            pending.append((run, Self.mark(run, folder)))
            places.append(folder)
        }
        let known = rechecks ? [] : try await target.known(pending.map(\.mark))
        for (item, folder) in zip(pending, places) {
            tellRemote(folder)
            guard known.contains(item.mark.id) else { continue }
            tellProblem(folder)
            tally.count(.run, already: 1)
            tally.count(.point, already: item.run.points ?? 0)
            tally.count(.file, already: Int64(folder.files?.count ?? 0))
        }
        let left = zip(pending, places).filter { !known.contains($0.0.mark.id) }
        var tainted = try await sendHeads(try await source.whole(left.map(\.0.run)))
        for (item, _) in left where !tainted.contains(item.mark.id) {
            tainted.formUnion(try await sendPoints(of: item.run))
        }
        let folders = left.map(\.1).filter { !tainted.contains($0.owner.id) }
        tainted.formUnion(try await ImportFiles.move(folders, from: source, to: target, tally))
        var batch = ImportBatch()
        batch.marks = left.filter { item, folder in
            // What is still going on is looked at again, unless the mark says how far it was.
            let isOver = item.run.run.info.endedAt != nil || item.run.marksFiles
            return isOver && !tainted.contains(item.mark.id)
        }.map(\.0.mark)
        _ = try await send(batch)
    }

    /// A digest of all that is seen of a run at a glance.
    private static func mark(_ run: SourceRun, _ folder: ImportFiles.Folder) -> ImportMark {
        var batch = ImportBatch()
        batch.runs = [run.run]
        batch.points = run.run.metrics.map { ImportedPoints(run: "", key: $0.key, points: [$0]) }
        var text = "\(run.points ?? -1)"
        if run.marksFiles {
            for file in folder.files ?? [] { text += "\n\(file.path) \(file.size ?? -1) \(file.changed)" }
            if let problem = folder.problem { text += "\n" + problem }
        }
        return ImportMark(
            kind: .run,
            id: run.run.info.id,
            mark: Digest32.sha256(batch.json + Array(text.utf8)).hex
        )
    }

    private func tellRemote(_ folder: ImportFiles.Folder) {
        guard folder.isRemote else { return }
        let store = folder.uri.prefix { $0 != ":" }
        tally.miss(.file, folder.owner.id, "they stay in the \(store): store that they are in, under the same URI")
    }

    /// A folder that could not be listed is still missing when all else of its owner came before.
    private func tellProblem(_ folder: ImportFiles.Folder) {
        if !folder.isRemote, let problem = folder.problem { tally.miss(.file, folder.owner.id, problem) }
    }

    private func sendHeads(_ runs: [Run]) async throws -> Set<String> {
        var tainted: Set<String> = []
        var batch = ImportBatch()
        var size = 0
        for run in runs {
            var run = run
            if ArtifactPlace(run.info.artifactURI) != .remote { run.info.artifactURI = "" }
            run.metrics = []
            batch.runs.append(run)
            size += run.roughSize
            guard size > Self.bytesPerBatch || batch.runs.count >= 500 else { continue }
            tainted.formUnion(try await send(batch))
            batch = ImportBatch()
            size = 0
        }
        tainted.formUnion(try await send(batch))
        return tainted
    }

    private func sendPoints(of run: SourceRun) async throws -> Set<String> {
        var tainted: Set<String> = []
        try await source.points(of: run) { groups in
            var batch = ImportBatch()
            var count = 0
            for group in groups {
                for some in group.points.pages(of: Self.pointsPerBatch) {
                    batch.points.append(ImportedPoints(run: group.run, key: group.key, points: some))
                    count += some.count
                    guard count >= Self.pointsPerBatch else { continue }
                    tainted.formUnion(try await send(batch))
                    batch = ImportBatch()
                    count = 0
                }
            }
            tainted.formUnion(try await send(batch))
        }
        return tainted
    }

    private func move(loggedModels page: [LoggedModel]) async throws {
        var pending: [(model: LoggedModel, folder: ImportFiles.Folder, mark: ImportMark)] = []
        for model in page {
            let folder = await ImportFiles.folder(
                of: .loggedModel(model.id),
                at: model.artifactURI,
                listing: source is DatabaseSource,
                from: source
            )
            var batch = ImportBatch()
            batch.loggedModels = [model]
            let text = (folder.files ?? []).map { "\($0.path) \($0.size ?? -1) \($0.changed)" } + [folder.problem ?? ""]
            let digest = Digest32.sha256(batch.json + Array(text.joined(separator: "\n").utf8)).hex
            pending.append((model, folder, ImportMark(kind: .loggedModel, id: model.id, mark: digest)))
        }
        let known = rechecks ? [] : try await target.known(pending.map(\.mark))
        for item in pending {
            tellRemote(item.folder)
            if known.contains(item.mark.id) { tellProblem(item.folder) }
        }
        tally.count(.loggedModel, already: Int64(known.count))
        let left = pending.filter { !known.contains($0.mark.id) }
        var tainted: Set<String> = []
        for some in left.pages(of: 50) {
            var batch = ImportBatch()
            batch.loggedModels = some.map { item in
                var model = item.model
                if ArtifactPlace(model.artifactURI) != .remote { model.artifactURI = "" }
                return model
            }
            tainted.formUnion(try await send(batch))
        }
        let folders = left.map(\.folder).filter { !tainted.contains($0.owner.id) }
        tainted.formUnion(try await ImportFiles.move(folders, from: source, to: target, tally))
        var batch = ImportBatch()
        batch.marks = left.map(\.mark).filter { !tainted.contains($0.id) }
        _ = try await send(batch)
    }

    private func move(traces page: [SourceTrace]) async throws {
        let pending = page.map { item in
            var batch = ImportBatch()
            batch.traces = [item.trace]
            let mark = Digest32.sha256(batch.json).hex
            return (item: item, mark: ImportMark(kind: .trace, id: item.trace.info.id, mark: mark))
        }
        let known = rechecks ? [] : try await target.known(pending.map(\.mark))
        tally.count(.trace, already: Int64(known.count))
        var tainted: Set<String> = []
        var batch = ImportBatch()
        var size = 0
        let left = pending.filter { !known.contains($0.mark.id) }
        for item in left {
            if let problem = item.item.problem {
                tally.miss(.trace, item.mark.id, "its spans did not come: \(problem)")
                tainted.insert(item.mark.id)
            }
            batch.traces.append(item.item.trace)
            size += item.item.trace.spans.reduce(1000) { $0 + $1.utf8.count }
            guard size > Self.bytesPerBatch else { continue }
            tainted.formUnion(try await send(batch))
            batch = ImportBatch()
            size = 0
        }
        tainted.formUnion(try await send(batch))
        batch = ImportBatch()
        batch.marks = left.map(\.mark).filter { !tainted.contains($0.id) }
        _ = try await send(batch)
    }

    private func moveRegistry(_ brought: inout Set<String>) async throws {
        for model in try await source.registeredModels() {
            var versions: [(version: ImportedVersion, mark: ImportMark)] = []
            var found: [SourceVersion] = []
            do {
                found = try await source.versions(of: model)
            } catch let refusal as MLflowServer.Refusal where refusal.status == 400 {
                // One question that the server does not understand leaves all others.
                tally.miss(.version, model.model.name, "\(refusal)")
            }
            for found in found {
                let version = found.version.findingFolder(storage: found.storage)
                var batch = ImportBatch()
                batch.versions = [version]
                let id = "\(version.model)/\(version.version)"
                versions.append((version, ImportMark(kind: .version, id: id, mark: Digest32.sha256(batch.json).hex)))
            }
            // With --since, a model of which nothing is new or in use stays away.
            if let since {
                guard !versions.isEmpty else { continue }
                try await bring(behind: versions.map(\.version), since: since, &brought)
            }
            try await move(model: model.model)
            var known: Set<String> = []
            for some in versions.pages(of: 1000) where !rechecks {
                known.formUnion(try await target.known(some.map(\.mark)))
            }
            tally.count(.version, already: Int64(known.count))
            for some in versions.filter({ !known.contains($0.mark.id) }).pages(of: 100) {
                var batch = ImportBatch()
                batch.versions = some.map(\.version)
                let tainted = try await send(batch)
                // Marked after the server has sealed them.
                batch = ImportBatch()
                batch.marks = some.map(\.mark).filter { !tainted.contains($0.id) }
                _ = try await send(batch)
            }
        }
    }

    /// As an experiment's, a model's description and tags stay as they are here unless they changed there.
    private func move(model: ImportedModel) async throws {
        var seen = ImportBatch()
        var head = model
        // A new version changes the time of its model, and nothing that is told of it.
        head.updatedAt = head.createdAt
        seen.registeredModels = [head]
        let mark = ImportMark(kind: .registeredModel, id: model.name, mark: Digest32.sha256(seen.json).hex)
        var batch = ImportBatch()
        if !rechecks, try await target.known([mark]).contains(mark.id) {
            // Only when it was last changed there comes along.
            head = model
            (head.description, head.tags) = (nil, [])
            batch.registeredModels = [head]
            _ = try await send(batch)
            return
        }
        batch.registeredModels = [model]
        guard try await send(batch).isEmpty else { return }
        batch = ImportBatch()
        batch.marks = [mark]
        _ = try await send(batch)
    }

    /// Moves the older runs and logged models that versions come from: without them their files would not be here.
    private func bring(behind versions: [ImportedVersion], since: Instant, _ brought: inout Set<String>) async throws {
        var (runs, models) = (Set(versions.map(\.runID)), Set<String>())
        for case let owner? in versions.map(\.folder?.owner) {
            switch owner {
            case .run(let id): runs.insert(id)
            case .loggedModel(let id): models.insert(id)
            case .trace: break
            }
        }
        try await bring(runs: runs, since: since, &brought)
        for some in models.subtracting(brought).sorted().pages(of: 100) {
            let old = try await source.loggedModels(named: some).filter { $0.createdAt < since }
            try await bring(runs: Self.runs(of: old), since: since, &brought)
            try await move(loggedModels: old)
        }
        brought.formUnion(models)
    }

    private func bring(runs: Set<String>, since: Instant, _ brought: inout Set<String>) async throws {
        for some in runs.subtracting(brought).subtracting([""]).sorted().pages(of: 100) {
            try await move(runs: try await source.runs(named: some).filter { $0.run.info.startedAt < since })
        }
        brought.formUnion(runs)
    }

    /// The runs that made logged models and that measured them.
    private static func runs(of models: [LoggedModel]) -> Set<String> {
        Set(models.compactMap(\.sourceRun) + models.flatMap { $0.metrics.compactMap(\.run) })
    }

    /// Sends a batch and gives the ids of what was refused in it, whole or in part.
    func send(_ batch: ImportBatch) async throws -> Set<String> {
        try Task.checkCancellation()
        guard !batch.isEmpty else { return [] }
        let report = try await target.add(batch)
        tally.add(report)
        return Set(report.refusals.map { String($0.id.prefix { $0 != ":" }) })
    }
}

extension Run {
    /// About how many bytes the run's texts have.
    var roughSize: Int {
        let tags = (params + tags).reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count + 8 }
        return datasets.reduce(tags + 500) {
            $0 + $1.source.utf8.count + ($1.schema?.utf8.count ?? 0) + ($1.profile?.utf8.count ?? 0) + 200
        }
    }
}

extension Array {
    /// The elements in pages of at most `size`.
    func pages(of size: Int) -> [[Element]] {
        stride(from: 0, to: count, by: size).map { Array(self[$0..<Swift.min($0 + size, count)]) }
    }
}
