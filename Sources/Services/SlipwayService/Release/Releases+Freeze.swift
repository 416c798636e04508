package import SlipwayDomain
package import SlipwayPolicy
internal import SlipwayRelease
internal import SlipwayStore

/// Freezes: an operator's word that nothing grows in an environment.
extension Releases {
    /// Freezes an environment; a second freeze replaces the reason.
    package func freeze(_ environment: ReleaseEnvironment, reason: String, caller: Caller) async throws
        -> FrozenEnvironment
    {
        let reason = reason.prefix(Self.longestReason)
        guard reason.contains(where: { !$0.isWhitespace }) else {
            throw ServiceError.invalid("say why: `slipway freeze \(environment.rawValue) --reason '...'`")
        }
        let row = FreezeRow(
            environment: environment.rawValue,
            reason: String(reason),
            by: caller.actor,
            since: runtime.now()
        )
        try await database.write { connection in
            try FreezeTable.set(row, in: connection)
            try note("environment.frozen", row, caller, ["reason": .string(row.reason)], in: connection)
        }
        return FrozenEnvironment(row)
    }

    /// Ends a freeze; releases that waited go on.
    package func thaw(_ environment: ReleaseEnvironment, caller: Caller) async throws -> FrozenEnvironment {
        let time = runtime.now()
        return try await database.write { connection in
            guard let row = try FreezeTable.row(environment.rawValue, in: connection) else {
                throw ServiceError.conflict("\(environment.rawValue) is not frozen")
            }
            try FreezeTable.remove(environment.rawValue, in: connection)
            let now = FreezeRow(environment: row.environment, reason: row.reason, by: caller.actor, since: time)
            try note("environment.thawed", now, caller, [:], in: connection)
            return FrozenEnvironment(row)
        }
    }

    /// The freeze of an environment, if it has one.
    package func freeze(of environment: ReleaseEnvironment) async throws -> FrozenEnvironment? {
        try await database.read { try FreezeTable.row(environment.rawValue, in: $0).map(FrozenEnvironment.init(_:)) }
    }

    private static let longestReason = 1000

    private func note(
        _ type: String,
        _ row: FreezeRow,
        _ caller: Caller,
        _ more: [String: JSONValue],
        in connection: any SQLWriter
    ) throws {
        var data: [String: JSONValue] = ["environment": .string(row.environment), "by": .string(row.by)]
        data.merge(more) { mine, _ in mine }
        try ledger.record(
            EntryDraft(
                type: type,
                subject: "environments/\(row.environment)",
                actor: caller.actor,
                data: .object(data)
            ),
            at: row.since,
            in: connection
        )
    }
}

/// An environment whose releases must not go on.
package struct FrozenEnvironment: Sendable, Equatable {
    package let environment: String
    package let reason: String
    package let by: String
    package let since: Instant

    init(_ row: FreezeRow) {
        (environment, reason, by, since) = (row.environment, row.reason, row.by, row.since)
    }

    /// Why and by whom, as part of a sentence.
    var sentence: String { "\(reason) (\(by), \(since.date))" }
}
