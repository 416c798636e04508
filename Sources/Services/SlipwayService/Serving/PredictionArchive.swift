package import Logging
package import SlipwayDomain
package import SlipwayPolicy
internal import SlipwayStatistics
package import SlipwayStore
internal import Synchronization

/// Gathers predictions and hands them on as files: one group for each version and hour, written when it is large or old.
///
/// What waits here is in memory only: a process that is killed loses the last seconds, and never leaves half a file.
package final class PredictionArchive: Sendable {
    private let files: any PredictionFiles
    /// Reads what the manifest of a model says of its predictions.
    private let readRules: @Sendable (String) async throws -> PredictionRules
    private let runtime: Runtime
    private let output: Logger
    private let limits: Limits
    /// One thread: files of one version follow each other.
    private let pool = BlockingPool(name: "predictions", threads: 1)
    private let state = Mutex(State())

    /// When a group becomes a file.
    package struct Limits: Sendable {
        package var groupBytes = 16 << 20
        package var allBytes = 64 << 20
        package var groups = 64
        package var milliseconds: UInt64 = 10_000

        package init() {}
    }

    /// What became of the rows, since the start.
    package struct Counts: Sendable, Equatable {
        package var files = 0
        package var rows = 0
        /// Rows that could not be written: no library, or no room on the disk.
        package var lostRows = 0
        /// Rows that are gathered now.
        package var waitingRows = 0
    }

    private struct State {
        var rules: [String: PredictionRules] = [:]
        /// Counts the changes of manifests: what was read before one must not be remembered after it.
        var generation = 0
        var groups: [GroupID: Group] = [:]
        var counts = Counts()
        /// The last failure that was told, so that a full disk fills no log too.
        var told = ""
    }

    private struct GroupID: Hashable {
        let model: String
        let version: Int
        let hour: Int64
        let rules: PredictionRules
    }

    private struct Group {
        var columns: PredictionColumns
        let since: UInt64
    }

    package init(
        files: any PredictionFiles,
        rules: @escaping @Sendable (String) async throws -> PredictionRules,
        runtime: Runtime,
        output: Logger,
        limits: Limits = Limits()
    ) {
        self.files = files
        readRules = rules
        self.runtime = runtime
        self.output = output
        self.limits = limits
    }

    /// Reads the rules from the manifests in a database.
    package convenience init(
        files: any PredictionFiles,
        database: any SQLDatabase,
        runtime: Runtime,
        output: Logger,
        limits: Limits = Limits()
    ) {
        let rules: @Sendable (String) async throws -> PredictionRules = { model in
            try await database.read { try Governance.manifest(of: model, in: $0) }?.spec.predictions ?? .standard
        }
        self.init(files: files, rules: rules, runtime: runtime, output: output, limits: limits)
    }

    package var counts: Counts {
        state.withLock { state in
            var counts = state.counts
            counts.waitingRows = state.groups.values.reduce(0) { $0 + $1.columns.rows }
            return counts
        }
    }

    /// Reads the rules of a model anew at its next prediction.
    func forget(_ model: String) {
        state.withLock { state in
            state.rules[model] = nil
            state.generation += 1
        }
    }

    /// Gathers what is to be kept, and writes what is large or old. What fails here is counted and stops nothing.
    func add(_ records: [PredictionRecord]) async {
        var rules: [String: PredictionRules] = [:]
        var kept: [PredictionRecord] = []
        for record in records {
            do {
                let found = try await self.rules(of: record.model, known: &rules)
                if found.sample >= 1 || stableUnit(record.id, salt: "predictions") < found.sample {
                    kept.append(record)
                }
            } catch {
                // Without its rules nobody knows what has to be left out.
                lose(record.rows, because: "the manifest of \(record.model) cannot be read: \(error)")
            }
        }
        guard !kept.isEmpty || isDue() else { return }
        await work { [kept, rules] in
            for (id, records) in self.grouped(kept, rules) {
                var rest = records[...]
                while !rest.isEmpty { rest = self.gather(rest, id) }
            }
            self.writeDue()
        }
    }

    /// Writes everything that was gathered.
    package func flush() async { await work { self.write(Array(self.state.withLock { $0.groups.keys })) } }

    /// The kept row of a prediction that was made at `time`; nil when none was kept.
    package func row(id: String, model: String, time: Instant) async throws -> JSONValue? {
        await flush()
        let files = files
        return try await pool.run { try files.row(id: id, model: model, hour: Self.hour(time)) }
    }

    private func work(_ body: @escaping @Sendable () -> Void) async {
        do {
            try await pool.run(body)
        } catch {
            // The body throws nothing.
        }
    }

    private func rules(of model: String, known: inout [String: PredictionRules]) async throws -> PredictionRules {
        if let rules = known[model] { return rules }
        let (cached, generation) = state.withLock { ($0.rules[model], $0.generation) }
        if let cached {
            known[model] = cached
            return cached
        }
        let rules = try await readRules(model)
        state.withLock { state in
            if state.generation == generation { state.rules[model] = rules }
        }
        known[model] = rules
        return rules
    }

    private static func hour(_ time: Instant) -> Instant {
        let length: Int64 = 3_600_000
        let rest = time.milliseconds % length
        return Instant(milliseconds: time.milliseconds - (rest < 0 ? rest + length : rest))
    }

    private func grouped(
        _ records: [PredictionRecord],
        _ rules: [String: PredictionRules]
    ) -> [(GroupID, [PredictionRecord])] {
        var groups: [(id: GroupID, records: [PredictionRecord])] = []
        for record in records {
            let (version, hour) = (record.version.version, Self.hour(record.time).milliseconds)
            let index = groups.firstIndex {
                $0.id.version == version && $0.id.hour == hour && $0.id.model == record.model
            }
            if let index {
                groups[index].records.append(record)
            } else {
                let rules = rules[record.model] ?? .standard
                groups.append((GroupID(model: record.model, version: version, hour: hour, rules: rules), [record]))
            }
        }
        return groups
    }

    /// Gathers records until their group is large enough for a file, which is then written; gives the records that are left.
    private func gather(_ records: ArraySlice<PredictionRecord>, _ id: GroupID) -> ArraySlice<PredictionRecord> {
        guard let version = records.first?.version else { return [] }
        let (taken, isLarge, unknown) = state.withLock { state -> (Int, Bool, [String]) in
            var unknown: [String] = []
            if state.groups[id] == nil {
                let layout = PredictionLayout(version: version, rules: id.rules)
                unknown = layout.unknown(id.rules)
                state.groups[id] = Group(
                    columns: PredictionColumns(layout: layout),
                    since: runtime.monotonicNanoseconds()
                )
            }
            let (taken, isLarge) = state.groups[id]?.columns.append(records, upTo: limits.groupBytes) ?? (0, false)
            return (taken, isLarge, unknown)
        }
        if !unknown.isEmpty {
            let names = unknown.joined(separator: ", ")
            output.warning("spec.predictions.redact of \(id.model) names what version \(id.version) has not: \(names)")
        }
        if isLarge { write([id]) }
        return records.dropFirst(taken)
    }

    private func isDue() -> Bool {
        let now = runtime.monotonicNanoseconds()
        return state.withLock { state in state.groups.values.contains { isOld($0, now) } }
    }

    private func isOld(_ group: Group, _ now: UInt64) -> Bool { now &- group.since >= limits.milliseconds * 1_000_000 }

    private func writeDue() {
        let now = runtime.monotonicNanoseconds()
        let due = state.withLock { state -> [GroupID] in
            let bytes = state.groups.values.reduce(0) { $0 + $1.columns.bytes }
            if bytes > limits.allBytes || state.groups.count > limits.groups { return Array(state.groups.keys) }
            return state.groups.filter { isOld($0.value, now) }.map(\.key)
        }
        write(due)
    }

    private func write(_ ids: [GroupID]) {
        for id in ids.sorted(by: { ($0.hour, $0.model, $0.version) < ($1.hour, $1.model, $1.version) }) {
            guard let group = state.withLock({ $0.groups.removeValue(forKey: id) }) else { continue }
            let batch = group.columns.batch(model: id.model, version: id.version, hour: Instant(milliseconds: id.hour))
            do {
                try files.write(batch)
                state.withLock { state in
                    state.counts.files += 1
                    state.counts.rows += batch.rows
                    state.told = ""
                }
            } catch {
                lose(batch.rows, because: error.message)
            }
        }
    }

    private func lose(_ rows: Int, because reason: String) {
        let isNew = state.withLock { state in
            state.counts.lostRows += rows
            defer { state.told = reason }
            return state.told != reason
        }
        if isNew { output.error("predictions are not kept as files: \(reason)") }
    }
}
