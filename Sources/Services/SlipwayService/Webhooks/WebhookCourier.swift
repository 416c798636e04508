package import Logging
internal import SlipwayDomain
internal import SlipwayLedger
package import SlipwayStore

/// Reads the ledger from its own saved offset and sends what webhooks are told of, until it has arrived or is given up.
///
/// It may die at any point: what is to be sent stands in the database, so everything is sent at least once, and what is
/// sent again carries the same id. Each webhook has a lane of its own, so that a slow receiver delays only itself.
package actor WebhookCourier {
    private let database: any SQLDatabase
    private let ledger: any EntryRecorder
    private let runtime: Runtime
    private let gate: WebhookGate
    private let secrets: WebhookSecrets
    private let log: Logger
    /// Webhooks whose lane is at work.
    private var busy: Set<String> = []

    /// The name under which the offset is saved.
    package static let consumer = "webhooks"
    private static let intervalMilliseconds: Int64 = 200
    private static let entriesAtOnce = 500
    /// How long it can be looked up how a delivery ended.
    private static let memory = Span.days(7)

    package init(
        database: any SQLDatabase,
        ledger: any EntryRecorder,
        runtime: Runtime,
        gate: WebhookGate,
        secrets: WebhookSecrets,
        log: Logger
    ) {
        self.database = database
        self.ledger = ledger
        self.runtime = runtime
        self.gate = gate
        self.secrets = secrets
        self.log = log
    }

    /// Delivers until the task is cancelled.
    package func run() async throws {
        await withDiscardingTaskGroup { group in
            while !Task.isCancelled {
                do {
                    try await readLedger()
                    for webhook in try await lanesToOpen() {
                        group.addTask { await self.drain(webhook) }
                    }
                } catch is CancellationError {
                    // The server is stopping.
                } catch {
                    // Nothing is lost: the next round reads on from the saved offset.
                    log.error("webhooks could not be looked after: \(error)")
                }
                // Cancellation ends the wait and with it the loop.
                try? await runtime.sleep(Self.intervalMilliseconds)
            }
        }
    }

    /// One round: reads what is new and sends all that is due, each webhook beside the others.
    package func deliverDue() async throws {
        try await readLedger()
        let lanes = try await lanesToOpen()
        await withDiscardingTaskGroup { group in
            for webhook in lanes { group.addTask { await self.drain(webhook) } }
        }
    }

    /// Turns new ledger entries into deliveries, in the transaction that moves the offset.
    private func readLedger() async throws {
        while let from = try await newsFrom() {
            let time = runtime.now()
            let log = log
            let isDone = try await database.write { [runtime] connection in
                let webhooks = try WebhookTable.active(in: connection)
                let rows = try LedgerTable.rows(from: from, limit: Self.entriesAtOnce, in: connection)
                var deliveries: [DeliveryRow] = []
                for row in rows where WebhookNews.types.contains(row.type) {
                    guard let entry = try? Entry(canonicalBytes: row.bytes) else {
                        // `slipway ledger verify` reports it; the other entries must not wait for that.
                        log.error("webhooks: ledger entry \(row.position) is unreadable and is not delivered")
                        continue
                    }
                    guard let news = WebhookNews(entry) else { continue }
                    let body = try news.body(at: entry.time)
                    for webhook in webhooks
                    where webhook.startsAt <= row.position && webhook.events.contains(news.event.description) {
                        deliveries.append(
                            DeliveryRow(
                                id: runtime.newUniversalID(),
                                webhook: webhook.id,
                                position: row.position,
                                entry: row.id,
                                event: news.event.description,
                                body: body,
                                nextAt: time
                            )
                        )
                    }
                }
                if !deliveries.isEmpty {
                    try DeliveryTable.insert(deliveries, in: connection)
                    try DeliveryTable.forget(
                        endedBefore: time + Span(milliseconds: -Self.memory.milliseconds),
                        in: connection
                    )
                }
                let next = (rows.last?.position).map { $0 + 1 } ?? from
                try LedgerOffsetTable.set(next, for: Self.consumer, in: connection)
                return rows.count < Self.entriesAtOnce
            }
            if isDone { return }
        }
    }

    /// Where to read on, or nil when there is nothing to read or nobody to tell.
    private func newsFrom() async throws -> Int? {
        try await database.read { connection in
            let webhooks = try WebhookTable.active(in: connection)
            // What no webhook may hear of need not be read at all.
            guard let first = webhooks.map(\.startsAt).min() else { return nil }
            let from = max(first, try LedgerOffsetTable.position(of: Self.consumer, in: connection))
            return from < (try LedgerTable.size(in: connection)) ? from : nil
        }
    }

    private func lanesToOpen() async throws -> [String] {
        let now = runtime.now()
        let due = try await database.read { try DeliveryTable.dueWebhooks(at: now, in: $0) }
        let lanes = due.filter { !busy.contains($0) }
        busy.formUnion(lanes)
        return lanes
    }

    /// Sends what is due for one webhook, one after the other.
    private func drain(_ webhook: String) async {
        defer { busy.remove(webhook) }
        do {
            while !Task.isCancelled, let (delivery, hook) = try await next(for: webhook) {
                let outcome = await send(delivery, to: hook)
                // The server is stopping: an attempt that was cut off is none, and is made again after the start.
                guard !Task.isCancelled else { return }
                try await settle(delivery, outcome)
            }
        } catch {
            // The delivery waits in the database; the next round opens the lane again.
            log.error("webhook \(webhook): \(error)")
        }
    }

    private func next(for webhook: String) async throws -> (DeliveryRow, WebhookRow)? {
        let now = runtime.now()
        return try await database.read { connection in
            guard let hook = try WebhookTable.row(webhook, in: connection), hook.isActive,
                let delivery = try DeliveryTable.due(for: webhook, at: now, in: connection)
            else { return nil }
            return (delivery, hook)
        }
    }

    private func send(_ delivery: DeliveryRow, to webhook: WebhookRow) async -> DeliveryOutcome {
        do {
            let secret = try webhook.secret.map { try secrets.open($0, of: webhook.id) }
            let message = WebhookSignature.message(
                id: delivery.id,
                at: runtime.now(),
                body: delivery.body,
                secret: secret
            )
            return try await gate.post(message, to: gate.url(webhook.url))
        } catch let error as ServiceError {
            return .refused(error.message)
        } catch {
            return .refused("the delivery could not be made")
        }
    }

    /// Stores how the attempt ended; what is given up goes into the ledger, where it is seen.
    private func settle(_ delivery: DeliveryRow, _ outcome: DeliveryOutcome) async throws {
        let now = runtime.now()
        let after = DeliveryRule.after(outcome, delivery, at: now, random: runtime.random())
        if after.state == .failed {
            log.error("webhook \(delivery.webhook): delivery \(delivery.id) is given up: \(after.reason ?? "")")
        }
        try await database.write { [ledger] connection in
            guard try DeliveryTable.settle(after, in: connection), after.state == .failed else { return }
            try ledger.record(
                EntryDraft(
                    type: "delivery.failed",
                    subject: "webhooks/\(after.webhook)",
                    actor: Caller.system.actor,
                    data: [
                        "webhook": .string(after.webhook), "delivery": .string(after.id),
                        "event": .string(after.event), "entry": .string(after.entry.text),
                        "attempts": .integer(Int64(after.attempts)), "reason": .string(after.reason ?? ""),
                    ]
                ),
                at: now,
                in: connection
            )
        }
    }
}
