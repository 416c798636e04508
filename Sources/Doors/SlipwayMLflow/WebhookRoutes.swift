internal import Hummingbird
internal import SlipwayDomain
internal import SlipwayJSON
package import SlipwayService
package import SlipwayWire

/// MLflow's calls on webhooks. Their URLs are passwords with some receivers, so even reading them is for known people.
package struct WebhookRoutes: RouteGroup {
    private let webhooks: Webhooks

    package init(webhooks: Webhooks) { self.webhooks = webhooks }

    package var routes: [Route] {
        let one = "/webhooks/:webhook_id"
        return [
            Route.mlflow(.post, "/webhooks", access: .person, answer: create),
            Route.mlflow(.get, "/webhooks", access: .person, answer: list),
            Route.mlflow(.get, one, access: .person, answer: get),
            Route.mlflow(.patch, one, access: .person, answer: update),
            Route.mlflow(.delete, one, access: .person, answer: delete),
            Route.mlflow(.post, one + "/test", access: .person, answer: test),
        ].flatMap { $0 }
    }

    private func create(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        var change = try Self.change(request)
        change.name = try request.requiredText("name")
        change.url = try request.requiredText("url")
        // A missing list is refused like an empty one.
        change.events = change.events ?? []
        return Self.answer(try await webhooks.create(caller: context.caller, change))
    }

    private func list(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        // Like MLflow, 0 means the default.
        let asked = try request.integer("max_results") ?? 0
        let limit = asked == 0 ? 100 : asked
        let offset = try PageToken.offset(request.text("page_token"))
        let page = try await webhooks.list(caller: context.caller, limit: limit, offset: offset)
        return Response.message { writer in
            writer.member("webhooks", unlessEmpty: page.items) { $0.write($1) }
            if page.hasMore { writer.member("next_page_token", PageToken(offset: offset + limit).text) }
        }
    }

    private func get(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        Self.answer(try await webhooks.webhook(caller: context.caller, request.pathText("webhook_id")))
    }

    private func update(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        let webhook = try await webhooks.update(
            caller: context.caller,
            request.pathText("webhook_id"),
            Self.change(request)
        )
        return Self.answer(webhook)
    }

    private func delete(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        try await webhooks.delete(caller: context.caller, request.pathText("webhook_id"))
        return .emptyMessage
    }

    private func test(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        let outcome = try await webhooks.test(
            caller: context.caller,
            request.pathText("webhook_id"),
            request.message("event").map(Self.event)
        )
        return Response.message { writer in
            writer.name("result")
            writer.object { $0.write(outcome) }
        }
    }

    /// What a request says of a webhook. As in MLflow, empty names, URLs and lists of events change nothing.
    private static func change(_ request: MLflowRequest) throws -> Webhooks.Change {
        let events = try request.messages("events").map(event)
        return Webhooks.Change(
            name: try unlessEmpty(request.text("name")),
            description: try request.text("description"),
            url: try unlessEmpty(request.text("url")),
            events: events.isEmpty ? nil : events,
            secret: try request.text("secret"),
            isActive: try request.oneOf(["ACTIVE", "DISABLED"], "status").map { $0 == "ACTIVE" }
        )
    }

    private static func event(_ request: MLflowRequest) throws -> WebhookEvent {
        try WebhookEvent(entity: request.requiredText("entity"), action: request.requiredText("action"))
    }

    private static func unlessEmpty(_ text: String?) -> String? { text.flatMap { $0.isEmpty ? nil : $0 } }

    private static func answer(_ webhook: Webhook) -> Response {
        Response.message { writer in
            writer.name("webhook")
            writer.write(webhook)
        }
    }
}

extension JSONWriter {
    /// Writes MLflow's Webhook; the secret is no part of it.
    fileprivate mutating func write(_ webhook: Webhook) {
        object { writer in
            writer.member("webhook_id", webhook.id)
            writer.member("name", webhook.name)
            writer.member("description", optional: webhook.description)
            writer.member("url", webhook.url)
            writer.member("events", unlessEmpty: webhook.events) { writer, event in
                writer.object { writer in
                    writer.member("entity", event.entity)
                    writer.member("action", event.action)
                }
            }
            writer.member("status", webhook.isActive ? "ACTIVE" : "DISABLED")
            writer.member("creation_timestamp", webhook.createdAt.milliseconds)
            writer.member("last_updated_timestamp", webhook.updatedAt.milliseconds)
        }
    }

    /// Writes the members of MLflow's WebhookTestResult. What the receiver said beyond its status is not passed on.
    fileprivate mutating func write(_ outcome: DeliveryOutcome) {
        switch outcome {
        case .answered(let status, _):
            member("success", (200...299).contains(status))
            member("response_status", status)
            if (300...399).contains(status) { member("error_message", "The receiver redirects: give its own URL") }
        case .failed(let reason), .refused(let reason):
            member("success", false)
            member("error_message", "Nothing arrived: \(reason)")
        }
    }
}
