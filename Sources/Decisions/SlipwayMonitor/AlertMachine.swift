package import SlipwayDomain

/// What one window showed: the columns that are bad, none, or nil when nothing could be told.
package struct WindowVerdict: Codable, Hashable, Sendable {
    package let from: Instant
    package let to: Instant
    package let flagged: [String]?

    package init(from: Instant, to: Instant, flagged: [String]?) {
        self.from = from
        self.to = to
        self.flagged = flagged
    }

    /// The drift of one window.
    package init(from: Instant, to: Instant, drift: DriftVerdict) {
        self.init(from: from, to: to, flagged: drift.verdict == .cannotTell ? nil : drift.drifted.map(\.name))
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
        guard let flagged = window.flagged else { return (next, []) }
        switch state.phase {
        case .ok, .suspect: return watch(next, window, now, policy)
        case .firing, .resolving:
            if flagged.isEmpty { return calm(next, now, policy) }
            next.phase = .firing
            next.cleanInRow = 0
            next.columns += flagged.filter { !state.columns.contains($0) }
            return (next, [])
        }
    }

    /// Before an alert: it opens when one column was bad in enough of the last windows and the quiet time is over.
    private static func watch(
        _ state: AlertState,
        _ window: WindowVerdict,
        _ now: Instant,
        _ policy: AlertPolicy
    ) -> (AlertState, [AlertSignal]) {
        var next = state
        next.recent = Array((state.recent + [window]).suffix(policy.outOf))
        let bad = next.recent.filter { $0.flagged?.isEmpty == false }
        guard let first = bad.first else {
            next.phase = .ok
            next.onset = nil
            next.coolDownLeft = max(0, state.coolDownLeft - 1)
            return (next, [])
        }
        var counts: [String: Int] = [:]
        for name in bad.flatMap({ Set($0.flagged ?? []) }) { counts[name, default: 0] += 1 }
        let persistent = counts.keys.filter { counts[$0, default: 0] >= policy.needed }.sorted()
        next.phase = .suspect
        // What goes on through the quiet time began when it began.
        let start = bad.first { $0.flagged?.contains(where: persistent.contains) == true } ?? first
        next.onset = persistent.isEmpty ? first.from : min(state.onset ?? start.from, start.from)
        guard state.coolDownLeft == 0, !persistent.isEmpty, let onset = next.onset else {
            next.coolDownLeft = max(0, state.coolDownLeft - 1)
            return (next, [])
        }
        // The newest window's order is by strength; it comes first.
        let ordered = (window.flagged ?? []).filter(persistent.contains)
        next.phase = .firing
        next.columns = ordered + persistent.filter { !ordered.contains($0) }
        next.cleanInRow = 0
        return (next, [.fired(onset: onset, at: now, columns: next.columns)])
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
