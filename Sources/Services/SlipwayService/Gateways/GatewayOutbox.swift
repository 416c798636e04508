internal import SlipwayDomain
internal import SlipwayStatistics
internal import SlipwayStore
internal import Synchronization

/// What waits to be reported: bounded, because the control plane may be gone for hours.
package final class GatewayOutbox: Sendable {
    private struct State {
        var rows: [String: [PredictionRow]] = [:]
        var count = 0
        var dropped = 0
        var windows: [String: Open] = [:]
    }

    private struct Open {
        let told: GatewayEndpoint.Reference
        let from: Instant
        var to: Instant
        var profile: DatasetProfile
    }

    private let state = Mutex(State())
    private let capacity: Int

    /// Holds so many predictions.
    package init(capacity: Int = 200_000) { self.capacity = capacity }

    /// Predictions that had no room, since the start.
    package var dropped: Int { state.withLock { $0.dropped } }

    /// Whether more waits than one report holds.
    var isLong: Bool { state.withLock { $0.count > GatewayReport.mostPredictions } }

    func add(_ rows: [PredictionRow]) {
        guard let model = rows.first?.model else { return }
        state.withLock { state in
            guard state.count + rows.count <= capacity else {
                state.dropped += rows.count
                return
            }
            state.rows[model, default: []] += rows
            state.count += rows.count
        }
    }

    /// Takes up to so many predictions, as columns.
    func take(_ most: Int) -> [GatewayReport.Predictions] {
        let rows = state.withLock { state -> [PredictionRow] in
            var taken: [PredictionRow] = []
            for model in state.rows.keys.sorted() {
                guard let waiting = state.rows[model], taken.count < most else { continue }
                let part = waiting.prefix(most - taken.count)
                taken += part
                state.rows[model] = part.count == waiting.count ? nil : Array(waiting.dropFirst(part.count))
            }
            state.count -= taken.count
            return taken
        }
        var columns: [GatewayReport.Predictions] = []
        for row in rows {
            var place = columns.lastIndex { $0.model == row.model && $0.version == row.version }
            if place == nil {
                columns.append(GatewayReport.Predictions(model: row.model, version: row.version))
                place = columns.count - 1
            }
            if let place { columns[place].append(row) }
        }
        return columns
    }

    /// Adds the inputs of predictions of one model to the summary that goes with a later report.
    func sketch(
        _ batch: [ColumnBatch],
        of model: String,
        from: Instant,
        to: Instant,
        told: GatewayEndpoint.Reference,
        reference: DatasetProfile
    ) throws {
        try state.withLock { state in
            // A summary against another reference would be left out by the control plane.
            if state.windows[model]?.told != told {
                state.windows[model] = Open(told: told, from: from, to: to, profile: .emptyLike(reference))
            }
            try state.windows[model]?.profile.add(batch: batch)
            if let last = state.windows[model]?.to, to > last { state.windows[model]?.to = to }
        }
    }

    func takeWindows() -> [GatewayReport.Window] {
        let windows = state.withLock { state in
            defer { state.windows = [:] }
            return state.windows
        }
        return windows.sorted { $0.key < $1.key }.map { model, open in
            GatewayReport.Window(
                model: model,
                version: open.told.version,
                digest: open.told.digest,
                from: open.from,
                to: open.to,
                profile: open.profile
            )
        }
    }
}
