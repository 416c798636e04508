internal import SlipwayDomain
internal import SlipwayStore

extension Purges {
    /// What is deleted, due and not needed any more. An experiment goes when nothing of it stays.
    static func plan(
        _ rule: PurgeRule,
        _ selection: PurgeSelection,
        now: Instant,
        in reader: any SQLReader
    ) throws -> PurgePlan {
        try requireDeleted(selection, in: reader)
        let references = try PurgeReferences(in: reader)
        var plan = PurgePlan()
        for kind in [PurgeKind.run, .loggedModel] {
            try each(kind, selection, now: now, in: reader) { item in
                if let reason = references.reason(toKeep: item) {
                    keep(item, reason, in: &plan)
                } else if plan.items.count < mostItems {
                    plan.items.append(item)
                } else {
                    plan.hasMore = true
                }
                return !plan.hasMore
            }
        }
        try each(.experiment, selection, now: now, in: reader) { item in
            if let reason = try references.reason(toKeep: item) ?? remains(of: item, plan, in: reader) {
                keep(item, reason, in: &plan)
            } else if plan.items.count < mostItems {
                plan.items.append(item)
            } else {
                plan.hasMore = true
            }
            return plan.items.count < mostItems
        }
        return plan
    }

    /// What is named must be deleted; what is only old enough need not exist.
    private static func requireDeleted(_ selection: PurgeSelection, in reader: any SQLReader) throws {
        if let id = selection.experiment {
            guard try Tracking.requireExperiment(id, in: reader).isDeleted else {
                throw ServiceError.conflict("experiment \(id) is not deleted: delete it first, then purge it")
            }
        }
        if let id = selection.run {
            guard try Tracking.requireRun(id, in: reader).info.isDeleted else {
                throw ServiceError.conflict("run '\(id)' is not deleted: delete it first, then purge it")
            }
        }
    }

    /// Calls `body` with everything that is due, in pages, until it says that this is enough.
    private static func each(
        _ kind: PurgeKind,
        _ selection: PurgeSelection,
        now: Instant,
        in reader: any SQLReader,
        _ body: (PurgeCandidate) throws -> Bool
    ) throws {
        var after = Int64.min
        while true {
            let page = try PurgeTable.due(kind, selection, now: now, after: after, limit: 1000, in: reader)
            for item in page where try !body(item) { return }
            guard let last = page.last else { return }
            after = last.number
        }
    }

    /// Why an experiment cannot go yet.
    private static func remains(
        of item: PurgeCandidate,
        _ plan: PurgePlan,
        in reader: any SQLReader
    ) throws -> String? {
        let active = try PurgeTable.count(.run, ofExperiment: item.number, onlyActive: true, in: reader)
        guard active == 0 else { return "it holds \(active) runs that are not deleted" }
        for kind in [PurgeKind.run, .loggedModel] {
            let all = try PurgeTable.count(kind, ofExperiment: item.number, in: reader)
            let going = plan.items.count { $0.kind == kind && $0.experiment == item.number }
            guard all == going else { return "\(all - Int64(going)) of its runs or models stay" }
        }
        return nil
    }

    private static func keep(_ item: PurgeCandidate, _ reason: String, in plan: inout PurgePlan) {
        guard plan.kept.count < mostKept else { return }
        plan.kept.append(KeptItem(kind: item.kind, id: item.id, reason: reason))
    }
}
