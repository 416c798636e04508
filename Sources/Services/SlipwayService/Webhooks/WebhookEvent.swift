/// What a webhook can be told of: MLflow's closed list of pairs of an entity and an action.
package struct WebhookEvent: Sendable, Hashable, Comparable, CustomStringConvertible {
    package let entity: String
    package let action: String

    private static let pairs: [String: [String]] = [
        "REGISTERED_MODEL": ["CREATED"], "MODEL_VERSION": ["CREATED"], "MODEL_VERSION_TAG": ["SET", "DELETED"],
        "MODEL_VERSION_ALIAS": ["CREATED", "DELETED"], "PROMPT": ["CREATED"], "PROMPT_VERSION": ["CREATED"],
        "PROMPT_TAG": ["SET", "DELETED"], "PROMPT_VERSION_TAG": ["SET", "DELETED"],
        "PROMPT_ALIAS": ["CREATED", "DELETED"], "BUDGET_POLICY": ["EXCEEDED"],
    ]

    /// All pairs, sorted.
    package static let all = pairs.flatMap { entity, actions in
        actions.map { WebhookEvent(known: entity, $0) }
    }.sorted()

    package init(entity: String, action: String) throws(ServiceError) {
        guard let actions = Self.pairs[entity] else {
            throw .invalid(
                "A webhook's entity is one of \(Self.pairs.keys.sorted().joined(separator: ", ")), not "
                    + "'\(entity.prefix(80))'"
            )
        }
        guard actions.contains(action) else {
            throw .invalid(
                "The action of \(entity) is \(actions.joined(separator: " or ")), not '\(action.prefix(80))'"
            )
        }
        self.init(known: entity, action)
    }

    init(known entity: String, _ action: String) {
        self.entity = entity
        self.action = action
    }

    /// `ENTITY.ACTION`, as it is stored.
    package var description: String { "\(entity).\(action)" }

    /// The event that is stored as `text`.
    init?(_ text: String) {
        let parts = text.split(separator: ".").map(String.init)
        guard parts.count == 2, Self.pairs[parts[0]]?.contains(parts[1]) == true else { return nil }
        self.init(known: parts[0], parts[1])
    }

    package static func < (left: WebhookEvent, right: WebhookEvent) -> Bool {
        (left.entity, left.action) < (right.entity, right.action)
    }
}
