internal import Hummingbird
internal import SlipwayDomain
internal import SlipwayJSON
internal import SlipwayLedger
internal import SlipwayProgram
internal import SlipwayService
internal import SlipwayWire

/// Reading and proving the ledger, and what is computed from it.
struct LedgerRoutes {
    let services: NativeDoor.Services

    var routes: [Route] {
        [
            Route(.get, NativeDoor.root + "/ledger/verify") { _, _ in try await verify() },
            Route(.get, NativeDoor.root + "/ledger/entries") { _, _ in try await entries() },
            Route(.get, NativeDoor.root + "/ledger/entries/:entry/proof") { _, context in try await proof(context) },
            Route(.get, NativeDoor.root + "/scorecard") { request, _ in try await scorecard(request) },
        ]
    }

    private func verify() async throws -> Response {
        let key = services.ledger.verifierKey.description
        switch try await services.ledger.verify() {
        case .intact(let size, let root, let signed):
            return try .json([
                "intact": true, "size": .integer(Int64(size)), "root": .string(root.hex),
                "signedSize": .integer(Int64(signed)), "key": .string(key),
            ])
        case .broken(let findings):
            return try .json([
                "intact": false, "key": .string(key),
                "findings": .array(findings.map { .string($0.description) }),
            ])
        }
    }

    private func entries() async throws -> Response {
        try .json(["entries": .array(try await services.ledger.entries().map(\.json))])
    }

    private func proof(_ context: WireContext) async throws -> Response {
        let id = EntryID(try context.pathPart("entry"))
        let proof = try await services.ledger.proof(of: id)
        var members = proof.json.object ?? [:]
        members["key"] = .string(services.ledger.verifierKey.description)
        return try .json(.object(members))
    }

    private func scorecard(_ request: Request) async throws -> Response {
        let card = try await services.scorecards.scorecard(
            from: try Self.instant("from", request),
            to: try Self.instant("to", request)
        )
        return try .json([
            "text": .string(card.text),
            "scorecard": card.json,
        ])
    }

    private static func instant(_ name: String, _ request: Request) throws(ServiceError) -> Instant? {
        guard let text = request.uri.queryParameters.get(name) else { return nil }
        guard let instant = Instant(text) else {
            throw .invalid("\(name) must be an instant such as 2026-03-03T12:00:00Z, not '\(text.prefix(40))'")
        }
        return instant
    }
}
