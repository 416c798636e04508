internal import SlipwayDomain
internal import SlipwayLedger

/// What webhooks are told of one ledger entry: an event, and its data as MLflow's payload classes name them.
struct WebhookNews: Equatable {
    let event: WebhookEvent
    let data: JSONValue

    /// The types of entries that tell something.
    static let types: Set<String> = Set(
        [
            "model.registered", "prompt.registered", "version.registered", "tag.set", "tag.deleted", "alias.set",
            "alias.deleted",
        ].map { Entry.typePrefix + $0 }
    )

    /// Nil for an entry that no webhook can be told of.
    init?(_ entry: Entry) {
        let facts = entry.data
        let prompt = facts["prompt"]?.string
        guard let name = prompt ?? facts["model"]?.string else { return nil }
        let isPrompt = prompt != nil
        let version = facts["version"]?.integer.map { JSONValue.string(String($0)) }
        var data: [String: JSONValue] = ["name": .string(name)]
        for key in ["key", "value", "alias"] { data[key] = facts[key] }
        data["version"] = version
        let subject = isPrompt ? "PROMPT" : "MODEL_VERSION"
        switch (entry.name, isPrompt, version != nil) {
        case ("model.registered", false, _):
            event = WebhookEvent(known: "REGISTERED_MODEL", "CREATED")
            data["description"] = facts["description"] ?? ""
            data["tags"] = facts["tags"] ?? [:]
        case ("prompt.registered", true, _):
            event = WebhookEvent(known: "PROMPT", "CREATED")
            data["description"] = facts["description"] ?? ""
            data["tags"] = Self.tags(facts)
        case ("version.registered", _, true):
            event = WebhookEvent(known: isPrompt ? "PROMPT_VERSION" : "MODEL_VERSION", "CREATED")
            data["description"] = facts["description"] ?? .null
            data["tags"] = isPrompt ? Self.tags(facts) : facts["tags"] ?? [:]
            if isPrompt {
                data["template"] = facts["tags"]?[PromptRules.textTag] ?? .null
            } else {
                data["source"] = facts["source"]
                data["run_id"] = facts["runId"] ?? .null
            }
        case ("tag.set", _, true):
            event = WebhookEvent(known: isPrompt ? "PROMPT_VERSION_TAG" : "MODEL_VERSION_TAG", "SET")
        case ("tag.deleted", _, true):
            event = WebhookEvent(known: isPrompt ? "PROMPT_VERSION_TAG" : "MODEL_VERSION_TAG", "DELETED")
        case ("tag.set", true, false): event = WebhookEvent(known: "PROMPT_TAG", "SET")
        case ("tag.deleted", true, false): event = WebhookEvent(known: "PROMPT_TAG", "DELETED")
        case ("alias.set", _, _): event = WebhookEvent(known: subject + "_ALIAS", "CREATED")
        case ("alias.deleted", _, _): event = WebhookEvent(known: subject + "_ALIAS", "DELETED")
        default: return nil
        }
        self.data = .object(data)
    }

    /// A made-up one, for a test of a webhook.
    init(exampleOf event: WebhookEvent) {
        self.event = event
        if event.entity == "BUDGET_POLICY" {
            data = [
                "budget_policy_id": "bp-example", "budget_unit": "USD", "budget_amount": 100, "current_spend": 105.5,
                "duration_unit": "MONTHS", "duration_value": 1, "target_scope": "GLOBAL", "workspace": "default",
                "target_value": nil, "window_start": 1_704_067_200_000,
            ]
            return
        }
        var data: [String: JSONValue] = ["name": "an-example"]
        let isVersion = event.entity.contains("VERSION")
        if event.entity.hasSuffix("_TAG") {
            data["key"] = "stage"
            if event.action == "SET" { data["value"] = "checked" }
        } else if event.entity.hasSuffix("_ALIAS") {
            data["alias"] = "champion"
        } else {
            data["tags"] = ["stage": "checked"]
            data["description"] = "A test of this webhook: nothing has happened"
            if event.entity == "MODEL_VERSION" {
                data["source"] = "models:/m-example"
                data["run_id"] = "0123456789abcdef0123456789abcdef"
            } else if isVersion {
                data["template"] = "Hello {{name}}!"
            }
        }
        let isAliasMade = event.entity.hasSuffix("_ALIAS") && event.action == "CREATED"
        if isVersion && !event.entity.hasSuffix("_ALIAS") || isAliasMade { data["version"] = "1" }
        self.data = .object(data)
    }

    /// The body that is sent: the same bytes however often.
    func body(at time: Instant) throws -> String {
        try CanonicalJSON.text(
            of: [
                "entity": .string(event.entity.lowercased()), "action": .string(event.action.lowercased()),
                // Python before 3.11 does not read the "Z" that stands for UTC.
                "timestamp": .string(time.description.dropLast() + "+00:00"), "data": data,
            ]
        )
    }

    /// A prompt's tags without those that say that it is one, and what.
    private static func tags(_ facts: JSONValue) -> JSONValue {
        let own = [Registry.promptTag, PromptRules.typeTag, PromptRules.textTag]
        return .object((facts["tags"]?.object ?? [:]).filter { !own.contains($0.key) })
    }
}
