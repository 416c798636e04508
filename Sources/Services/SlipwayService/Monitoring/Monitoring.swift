package import Logging
internal import SlipwayDomain
internal import SlipwayMonitor
internal import SlipwayPolicy
package import SlipwayStore

/// Watches live traffic: judges windows, lets few alerts through, opens one incident a model.
package actor Monitoring {
    private nonisolated let thread: ActorThread
    package nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }
    let database: any SQLDatabase
    let ledger: LedgerBook
    let runtime: Runtime
    let windows: LiveWindows
    let recorder: PredictionRecorder
    let routing: RoutingTable
    private let log: Logger

    /// Real time between two looks.
    private static let intervalMilliseconds: Int64 = 100
    /// Windows that are filling are stored every so many looks.
    private static let looksBetweenSaves = 20

    package init(
        database: any SQLDatabase,
        ledger: LedgerBook,
        runtime: Runtime,
        windows: LiveWindows,
        recorder: PredictionRecorder,
        routing: RoutingTable,
        log: Logger
    ) {
        self.database = database
        self.ledger = ledger
        self.runtime = runtime
        self.windows = windows
        thread = windows.thread
        self.recorder = recorder
        self.routing = routing
        self.log = log
    }

    /// Watches until the task is cancelled, then stores the windows that are filling.
    package func run() async throws {
        var looks = 0
        while !Task.isCancelled {
            do {
                try await look()
                looks += 1
                if looks % Self.looksBetweenSaves == 0 { try await windows.save() }
            } catch {
                // The next look tries again; what was not stored is still there.
                log.error("monitoring could not go on: \(error)")
            }
            // Cancellation ends the wait and with it the loop.
            try? await runtime.sleep(Self.intervalMilliseconds)
        }
        try await windows.save()
    }

    /// Judges what has become ready to be judged.
    package func look() async throws {
        let now = runtime.now()
        var failure: (any Error)?
        for window in try await windows.takeFull(now: now) {
            do {
                try await judge(window)
            } catch {
                await windows.putBack(window)
                failure = error
            }
        }
        if let failure { throw failure }
        for model in routing.models {
            try await observeServing(model, now: now)
            try await watchPerformance(model, now: now)
        }
    }

    /// Manifest or reference of a model changed.
    package func settingsChanged(of model: String) async throws {
        await recorder.forget(model)
        try await windows.forget(model)
    }

    /// Says once a day which file serves, so that the share of serving models that the registry knows can be computed.
    private func observeServing(_ model: String, now: Instant) async throws {
        guard let serving = routing.endpoint(model)?.stable else { return }
        let day = now.date
        guard lastObserved[model] != serving.digest + day else { return }
        try await database.write { [self] connection in
            guard try WatchTable.markServed(model: model, digest: serving.digest, day: day, in: connection) else {
                return
            }
            let known = try ModelVersionTable.version(Int64(serving.version), of: model, in: connection) != nil
            let data: JSONValue = [
                "model": .string(model), "version": .integer(Int64(serving.version)), "digest": .string(serving.digest),
                "registered": .bool(known),
            ]
            try ledger.record(
                EntryDraft(
                    type: "serving.observed",
                    subject: "models/\(model)",
                    actor: Caller.system.actor,
                    data: data
                ),
                at: now,
                in: connection
            )
        }
        lastObserved[model] = serving.digest + day
    }

    private var lastObserved: [String: String] = [:]

    static func window(_ from: Instant, _ to: Instant) -> JSONValue {
        ["from": .string(from.description), "to": .string(to.description)]
    }
}
