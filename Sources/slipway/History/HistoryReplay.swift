import SlipwayDomain
import SlipwayMonitor
import SlipwayStatistics
import SlipwayTabular

/// What would have alerted on one history, window by window.
struct HistoryReplay {
    /// An alert that people would have got.
    struct Alert {
        /// The number of the window that fired it, from 0.
        let window: Int
        let onset: Instant
        let at: Instant
        let columns: [String]
        let sentences: [String]
        var resolved: Int?
    }

    private(set) var windows: [JSONValue] = []
    private(set) var alerts: [Alert] = []
    private var replay: StreamReplay

    init(reference: WatchedReference, policy: StreamPolicy) {
        replay = StreamReplay(reference: reference, policy: policy)
    }

    /// Reads the files one after the other as one history.
    mutating func read(_ files: [String], reference: WatchedReference, time: String?, cut: HistoryWindows.Cut) throws {
        var cutter = HistoryWindows(reference: reference.profile, cut: cut)
        let names = reference.profile.columns.map(\.name)
        for file in files {
            try TableRows(path: file, columns: names, time: time).each { columns, times in
                try cutter.add(columns, times: times) { try add($0) }
            }
        }
    }

    private mutating func add(_ window: ObservedWindow) throws {
        let (verdict, signals) = try replay.add(window)
        let number = windows.count
        windows.append(
            [
                "from": .string(window.from.description), "to": .string(window.to.description),
                "rows": .integer(window.profile.rowCount), "verdict": .string(verdict.drift.verdict.rawValue),
                "drifted": .array(verdict.drift.drifted.map { .string($0.name) }),
                "sustained": .array(verdict.sustained.map { .string($0.name) }),
                "convinced": .array(verdict.convinced.map { .string($0.name) }),
                "phase": .string(replay.state.phase.rawValue),
            ]
        )
        for signal in signals {
            switch signal {
            case .fired(let onset, let at, let columns):
                let sentences = columns.map { verdict.sentences[$0] ?? $0 }
                alerts.append(Alert(window: number, onset: onset, at: at, columns: columns, sentences: sentences))
            case .resolved:
                if !alerts.isEmpty { alerts[alerts.count - 1].resolved = number }
            }
        }
    }

    /// The result for machines.
    var json: JSONValue {
        [
            "windows": .array(windows),
            "alerts": .array(
                alerts.map { alert in
                    [
                        "window": .integer(Int64(alert.window)), "onset": .string(alert.onset.description),
                        "at": .string(alert.at.description), "columns": .array(alert.columns.map(JSONValue.string)),
                        "sentences": .array(alert.sentences.map(JSONValue.string)),
                        "resolvedWindow": alert.resolved.map { .integer(Int64($0)) } ?? .null,
                    ]
                }
            ),
        ]
    }
}

extension WatchedReference {
    /// Learns from a table; from rows in the order in which they came also how its columns move in time.
    init(table path: String, time: String?, isInOrder: Bool, windowRows: Int, leavingOut: Set<String>) throws {
        let schema = try TabularEngine().file(path).schema
        // Instants only ever go up: they name rows, and tell nothing about them.
        let instants = schema.fields.filter { $0.kind == .timestamp || $0.kind == .date }.map(\.name)
        let left = leavingOut.union(instants)
        let columns = try WholeTable(path: path).columns.filter { !left.contains($0.name) }
        let profile = try DatasetProfile(reference: columns)
        guard time != nil || isInOrder else {
            self.init(profile: profile)
            return
        }
        self.init(
            profile: profile,
            rhythm: try ReferenceRhythm(of: profile, in: path, time: time, windowRows: windowRows)
        )
    }
}

extension ReferenceRhythm {
    /// Learns from a table's rows, in the order of the time column or in the file's.
    init(of profile: DatasetProfile, in path: String, time: String?, windowRows: Int) throws {
        var finder = RhythmFinder(reference: profile, windowRows: windowRows)
        try TableRows(path: path, columns: profile.columns.map(\.name), time: time).each { columns, times in
            try finder.add(columns, times: times)
        }
        self = try finder.rhythm()
    }
}
