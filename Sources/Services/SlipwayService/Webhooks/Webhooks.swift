package import SlipwayDomain
package import SlipwayStore
internal import Synchronization

/// A webhook as it is shown: everything but its secret.
package struct Webhook: Sendable, Equatable {
    package let id: String
    package let name: String
    package let description: String?
    package let url: String
    package let events: [WebhookEvent]
    package let isActive: Bool
    package let createdAt: Instant
    package let updatedAt: Instant

    init(_ row: WebhookRow) {
        id = row.id
        name = row.name
        description = row.description
        url = row.url
        events = row.events.compactMap { WebhookEvent($0) }
        isActive = row.isActive
        createdAt = row.createdAt
        updatedAt = row.updatedAt
    }
}

/// Webhooks as their owners see them: made, changed, listed, tested, removed. Who sends to them is `WebhookCourier`.
package struct Webhooks: StoreBacked, Sendable {
    let database: any SQLDatabase
    private let ledger: any EntryRecorder
    private let runtime: Runtime
    private let gate: WebhookGate
    private let secrets: WebhookSecrets
    private let tests = TestsUnderWay()

    /// The most webhooks that a server keeps; each has a lane of its own for what is sent.
    package static let most = 256
    /// The most webhooks that one page may hold.
    package static let mostOnPage: Int64 = 1000

    package init(
        database: any SQLDatabase,
        ledger: any EntryRecorder,
        runtime: Runtime,
        gate: WebhookGate,
        secrets: WebhookSecrets
    ) {
        self.database = database
        self.ledger = ledger
        self.runtime = runtime
        self.gate = gate
        self.secrets = secrets
    }

    /// What is said of a webhook that is made or changed; nil leaves it as it is.
    package struct Change: Sendable {
        package var name: String?
        package var description: String?
        package var url: String?
        package var events: [WebhookEvent]?
        /// An empty secret ends the signing.
        package var secret: String?
        package var isActive: Bool?

        package init(
            name: String? = nil,
            description: String? = nil,
            url: String? = nil,
            events: [WebhookEvent]? = nil,
            secret: String? = nil,
            isActive: Bool? = nil
        ) {
            self.name = name
            self.description = description
            self.url = url
            self.events = events
            self.secret = secret
            self.isActive = isActive
        }
    }

    /// Makes a webhook. What happened before is not sent to it.
    package func create(caller: Caller, _ change: Change) async throws -> Webhook {
        let now = runtime.now()
        let new = WebhookRow(
            id: runtime.newUniversalID(),
            name: "",
            description: nil,
            url: "",
            events: [],
            secret: nil,
            isActive: true,
            startsAt: 0,
            createdAt: now,
            updatedAt: now
        )
        try WebhookRules.checkComplete(change)
        try await checkURL(change)
        let sealed = try change.secret.map { try secrets.seal($0, of: new.id) }
        return try await write { connection in
            guard try WebhookTable.count(in: connection) < Self.most else {
                throw ServiceError.conflict("This server has \(Self.most) webhooks already: delete one first")
            }
            var webhook = new
            Self.apply(change, sealed: sealed, to: &webhook)
            try record("webhook.created", webhook, changed: nil, caller: caller, at: now, in: connection)
            webhook.startsAt = try LedgerTable.size(in: connection)
            try WebhookTable.save(webhook, in: connection)
            return Webhook(webhook)
        }
    }

    /// Changes what is given. A webhook that is made active again hears of what happens from then on.
    package func update(caller: Caller, _ id: String, _ change: Change) async throws -> Webhook {
        try WebhookRules.check(change)
        try await checkURL(change)
        let sealed = try change.secret.map { try secrets.seal($0, of: id) }
        let now = runtime.now()
        return try await write { connection in
            var webhook = try Self.webhook(id, in: connection)
            let wasActive = webhook.isActive
            Self.apply(change, sealed: sealed, to: &webhook)
            webhook.updatedAt = now
            try record("webhook.updated", webhook, changed: change, caller: caller, at: now, in: connection)
            if webhook.isActive, !wasActive { webhook.startsAt = try LedgerTable.size(in: connection) }
            try WebhookTable.save(webhook, in: connection)
            return Webhook(webhook)
        }
    }

    /// Removes a webhook and all that waits to be sent to it.
    package func delete(caller: Caller, _ id: String) async throws {
        let now = runtime.now()
        try await write { connection in
            let webhook = try Self.webhook(id, in: connection)
            try record("webhook.deleted", webhook, changed: nil, caller: caller, at: now, in: connection)
            _ = try WebhookTable.delete(id, in: connection)
        }
    }

    /// One webhook; its secret is never told.
    package func webhook(caller: Caller, _ id: String) async throws -> Webhook {
        Webhook(try await read { try Self.webhook(id, in: $0) })
    }

    /// One page of the webhooks, the newest first.
    package func list(caller: Caller, limit: Int64, offset: Int64) async throws -> Page<Webhook> {
        guard (1...Self.mostOnPage).contains(limit) else {
            throw ServiceError.invalid("max_results must be from 1 to \(Self.mostOnPage), not \(limit)")
        }
        guard (0...Int64(1 << 40)).contains(offset) else {
            throw ServiceError.invalid("page_token is not one that this server gave")
        }
        let rows = try await read { try WebhookTable.page(offset: offset, limit: limit + 1, in: $0) }
        return Page(items: rows.prefix(Int(limit)).map(Webhook.init), hasMore: rows.count > limit)
    }

    /// Sends a made-up event at once and once, and tells how that went; what the receiver answered stays with it.
    package func test(caller: Caller, _ id: String, _ event: WebhookEvent?) async throws -> DeliveryOutcome {
        let webhook = try await read { try Self.webhook(id, in: $0) }
        guard let event = event ?? webhook.events.first.flatMap({ WebhookEvent($0) }) else {
            throw ServiceError.invalid("The webhook has no events: name one to test it with")
        }
        let now = runtime.now()
        let message = WebhookSignature.message(
            id: runtime.newUniversalID(),
            at: now,
            body: try WebhookNews(exampleOf: event).body(at: now),
            secret: try webhook.secret.map { try secrets.open($0, of: id) }
        )
        let url = try gate.url(webhook.url)
        try tests.begin()
        defer { tests.end() }
        return await gate.post(message, to: url)
    }

    private func checkURL(_ change: Change) async throws {
        guard let text = change.url else { return }
        let url = try gate.url(text)
        do throws(WebhookRefusal) {
            _ = try await gate.address(of: url)
        } catch {
            throw ServiceError.invalid("The webhook's URL is refused: \(error)")
        }
    }

    private static func apply(_ change: Change, sealed: [UInt8]?, to webhook: inout WebhookRow) {
        webhook.name = change.name ?? webhook.name
        if let description = change.description { webhook.description = description.isEmpty ? nil : description }
        webhook.url = change.url ?? webhook.url
        webhook.events = change.events?.sorted().map(\.description) ?? webhook.events
        if let secret = change.secret { webhook.secret = secret.isEmpty ? nil : sealed }
        webhook.isActive = change.isActive ?? webhook.isActive
    }

    /// The ledger tells the host only: the rest of a URL is a password with some receivers.
    private func record(
        _ type: String,
        _ webhook: WebhookRow,
        changed: Change?,
        caller: Caller,
        at time: Instant,
        in connection: any SQLWriter
    ) throws {
        var data: [String: JSONValue] = ["webhook": .string(webhook.id), "name": .string(webhook.name)]
        if type != "webhook.deleted" {
            data["host"] = .string(try WebhookURL(webhook.url).host)
            data["events"] = .array(webhook.events.map { .string($0) })
            data["active"] = .bool(webhook.isActive)
            data["signed"] = .bool(webhook.secret != nil)
        }
        if let changed { data["changed"] = .array(changed.members.map { .string($0) }) }
        let draft = EntryDraft(
            type: type,
            subject: "webhooks/\(webhook.id)",
            actor: caller.actor,
            data: .object(data)
        )
        try ledger.record(draft, at: time, in: connection)
    }

    private static func webhook(_ id: String, in connection: any SQLReader) throws -> WebhookRow {
        guard let webhook = try WebhookTable.row(id, in: connection) else {
            throw ServiceError.notFound("There is no webhook '\(id.prefix(80))': list them to see which there are")
        }
        return webhook
    }
}

/// Counts the tests that wait for a receiver, so that not all requests end up waiting for strangers.
private final class TestsUnderWay: Sendable {
    private let count = Mutex(0)
    private static let most = 8

    func begin() throws(ServiceError) {
        let mayBegin = count.withLock { count in
            guard count < Self.most else { return false }
            count += 1
            return true
        }
        guard mayBegin else {
            throw .unavailable("\(Self.most) tests of webhooks wait for their receivers already: try again in a while")
        }
    }

    func end() { count.withLock { $0 -= 1 } }
}

extension Webhooks.Change {
    /// The names of what is changed.
    fileprivate var members: [String] {
        [
            ("name", name != nil), ("description", description != nil), ("url", url != nil), ("events", events != nil),
            ("secret", secret != nil), ("status", isActive != nil),
        ].filter(\.1).map(\.0)
    }
}
