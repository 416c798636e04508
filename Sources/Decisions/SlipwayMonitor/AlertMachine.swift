package import SlipwayDomain

/// What one window showed: the columns that are bad, none, or nil when nothing could be told.
package struct WindowVerdict: Codable, Hashable, Sendable {
    package let from: Instant
    package let to: Instant
    package let flagged: [String]?
    /// The columns whose effect is as large as counts, and more than chance usually brings; nil is none.
    package let raised: [String]?
    /// The columns that are bad over this window and the ones before it together, the strongest first; nil is none.
    package let sustained: [String]?
    /// The columns with overwhelming and growing evidence over time, and when it began; nil is none.
    package let convinced: [String: Instant]?

    package init(
        from: Instant,
        to: Instant,
        flagged: [String]?,
        raised: [String] = [],
        sustained: [String] = [],
        convinced: [String: Instant] = [:]
    ) {
        self.from = from
        self.to = to
        self.flagged = flagged
        // Nil, not empty: what is stored stays as short as it was.
        self.raised = raised.isEmpty ? nil : raised
        self.sustained = sustained.isEmpty ? nil : sustained
        self.convinced = convinced.isEmpty ? nil : convinced
    }

    /// The drift of one window seen alone.
    package init(from: Instant, to: Instant, drift: DriftVerdict) {
        self.init(from: from, to: to, flagged: drift.verdict == .cannotTell ? nil : drift.drifted.map(\.name))
    }

    /// Nothing speaks against any column.
    package var isClean: Bool { flagged?.isEmpty ?? false && sustained == nil && convinced == nil }

    /// All columns that anything speaks against, the strongest first.
    var accused: [String] {
        var names: [String] = []
        for name in (flagged ?? []) + (sustained ?? []) + (convinced ?? [:]).keys.sorted() where !names.contains(name) {
            names.append(name)
        }
        return names
    }

    /// The performance of one window.
    package init(from: Instant, to: Instant, performance: PerformanceVerdict) {
        let flagged: [String]? =
            switch performance.verdict {
            case .ok: []
            case .breached: [performance.metric]
            case .cannotTell: nil
            }
        self.init(from: from, to: to, flagged: flagged)
    }
}

/// Where an alert stands; the state of one model's drift or performance, kept between windows.
package struct AlertState: Codable, Hashable, Sendable {
    package fileprivate(set) var phase = Phase.ok
    /// The last windows that could be told, the newest last.
    package fileprivate(set) var recent: [WindowVerdict] = []
    /// Start of the first bad window of the episode.
    package fileprivate(set) var onset: Instant?
    /// The columns of the episode, in the order in which they joined it.
    package fileprivate(set) var columns: [String] = []
    package fileprivate(set) var cleanInRow = 0
    package fileprivate(set) var coolDownLeft = 0
    /// The end of the last window seen; what ends no later has been seen already.
    package fileprivate(set) var seenUntil: Instant?

    /// The steps of an episode.
    package enum Phase: String, Codable, Hashable, Sendable, CaseIterable {
        case ok, suspect, firing, resolving
    }

    /// Nothing seen yet.
    package init() {}
}

/// Something to tell people.
package enum AlertSignal: Hashable, Sendable {
    case fired(onset: Instant, at: Instant, columns: [String])
    case resolved(onset: Instant, at: Instant, columns: [String])
}

/// Turns window verdicts into few alerts: ok, suspect, firing, resolving, ok and a quiet time. Pure and total.
package enum AlertMachine {
    /// The next state and what to tell; a window that was seen before changes nothing.
    package static func step(
        _ state: AlertState,
        _ window: WindowVerdict,
        now: Instant,
        policy: AlertPolicy = AlertPolicy()
    ) -> (state: AlertState, signals: [AlertSignal]) {
        var next = state
        if let seen = state.seenUntil, window.to <= seen { return (state, []) }
        next.seenUntil = window.to
        guard window.flagged != nil else { return (next, []) }
        switch state.phase {
        case .ok, .suspect: return watch(next, window, now, policy)
        case .firing, .resolving:
            if window.isClean { return calm(next, now, policy) }
            next.phase = .firing
            next.cleanInRow = 0
            next.columns += window.accused.filter { !state.columns.contains($0) }
            return (next, [])
        }
    }

    /// Before an alert: it opens when a column stays bad and the quiet time is over.
    private static func watch(
        _ state: AlertState,
        _ window: WindowVerdict,
        _ now: Instant,
        _ policy: AlertPolicy
    ) -> (AlertState, [AlertSignal]) {
        var next = state
        next.recent = Array((state.recent + [window]).suffix(policy.outOf))
        let persistent = persistent(next.recent, window, policy)
        guard let first = next.recent.first(where: { !$0.isClean }) else {
            next.phase = .ok
            next.onset = nil
            next.coolDownLeft = max(0, state.coolDownLeft - 1)
            return (next, [])
        }
        next.phase = .suspect
        // What goes on through the quiet time began when it began.
        let start = persistent.values.min() ?? first.from
        next.onset = persistent.isEmpty ? first.from : min(state.onset ?? start, start)
        guard state.coolDownLeft == 0, !persistent.isEmpty, let onset = next.onset else {
            next.coolDownLeft = max(0, state.coolDownLeft - 1)
            return (next, [])
        }
        // The newest window's order is by strength; it comes first.
        let ordered = window.accused.filter { persistent[$0] != nil }
        next.phase = .firing
        next.columns = ordered + persistent.keys.filter { !ordered.contains($0) }.sorted()
        next.cleanInRow = 0
        return (next, [.fired(onset: onset, at: now, columns: next.columns)])
    }

    /// The columns that are bad for long enough, and since when: flagged or with overwhelming evidence in enough of the
    /// last windows, or bad over them together while far off in enough of them.
    private static func persistent(
        _ recent: [WindowVerdict],
        _ window: WindowVerdict,
        _ policy: AlertPolicy
    ) -> [String: Instant] {
        var since: [String: Instant] = [:]
        func count(_ names: Set<String>, among list: (WindowVerdict) -> [String]) {
            for name in names {
                let bad = recent.filter { list($0).contains(name) }
                guard bad.count >= policy.needed, let start = bad.first?.from else { continue }
                since[name] = min(since[name] ?? start, start)
            }
        }
        count(Set(recent.flatMap { ($0.flagged ?? []) + ($0.convinced ?? [:]).keys })) { window in
            (window.flagged ?? []) + (window.convinced ?? [:]).keys
        }
        count(Set(window.sustained ?? [])) { ($0.flagged ?? []) + ($0.raised ?? []) }
        // Evidence knows better than three windows when it began.
        for (name, start) in window.convinced ?? [:] {
            if let known = since[name] { since[name] = min(known, start) }
        }
        return since
    }

    /// A clean window while an alert is open.
    private static func calm(
        _ state: AlertState,
        _ now: Instant,
        _ policy: AlertPolicy
    ) -> (AlertState, [AlertSignal]) {
        var next = state
        next.phase = .resolving
        next.cleanInRow += 1
        guard next.cleanInRow >= policy.closeAfter else { return (next, []) }
        let signal = AlertSignal.resolved(onset: state.onset ?? now, at: now, columns: state.columns)
        next = AlertState()
        next.seenUntil = state.seenUntil
        next.coolDownLeft = policy.coolDown
        return (next, [signal])
    }
}
