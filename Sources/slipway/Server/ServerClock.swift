import SlipwayDomain
import SlipwayLedger
import SlipwayService
import SlipwayStore

/// Chooses a server's clock, and keeps drills and production apart.
enum ServerClock {
    /// The runtime for a data folder: real time, or a drill that goes on where the folder's newest entry stands.
    static func runtime(_ clock: ClockArgument?, database: any SQLDatabase) async throws -> Runtime {
        let entries = try await database.read { connection -> (first: Entry?, newest: Instant?) in
            let first = try LedgerTable.rows(from: 0, limit: 1, in: connection).first
            let newest = try connection.row("SELECT MAX(time) FROM ledger_entries")?.optionalInteger(0)
            return (try first.map { try Entry(canonicalBytes: $0.bytes) }, newest.map { Instant(milliseconds: $0) })
        }
        if let first = entries.first {
            let wasDrill = first.data["clock"]?.object != nil
            if wasDrill, clock == nil {
                throw CommandError(
                    "this data folder belongs to a drill (began \(first.time)): add --clock, or use another --data"
                )
            }
            if !wasDrill, clock != nil {
                throw CommandError("this data folder holds real records: a drill (--clock) needs another --data")
            }
        }
        guard let clock else { return .live() }
        return .drill(start: max(clock.start, entries.newest ?? clock.start), rate: clock.rate)
    }

    /// The ledger entry that says a server started, and on which clock.
    static func startEntry(_ runtime: Runtime) -> EntryDraft {
        let clock: JSONValue =
            runtime.drill.map { ["start": .string($0.start.description), "rate": .number($0.rate)] } ?? .null
        return EntryDraft(
            type: "server.started",
            subject: "server",
            actor: Caller.system.actor,
            data: ["version": .string(Slipway.version), "clock": clock]
        )
    }
}
