import SlipwayDomain
import SlipwayLedger
import Testing

@testable import SlipwayService

/// What is sent: signature, secrets and data.
@Suite("What webhooks are sent")
struct WebhookMessageTests {
    @Test(
        "the signature is Python's: hmac.new(secret, f'{id}.{seconds}.{body}', sha256)",
        arguments: [
            ("whsec", "3f2a", 1_364_774_400_999, #"{"a":1}"#, "aOCkoZ4S+3jVEBcAiF6HtnCJwMGevO9nv7bJKQnTk9Q="),
            ("ключ é", "00000000-0000-4000-8000-000000000000", 0, "", "v+b+RNfzxMiVCNumzA52RtGDZzb/HIg2ItuRkzcvofc="),
            (String(repeating: "s", count: 200), "x", 1000, "é\n", "n7GMJ/g/JwyhF1lgUxzu08WhpctgffhIm5jrZgqAhZ8="),
        ] as [(String, String, Int64, String, String)]
    )
    func signature(_ secret: String, _ id: String, _ time: Int64, _ body: String, _ expected: String) {
        let at = Instant(milliseconds: time)
        let message = WebhookSignature.message(id: id, at: at, body: body, secret: secret)
        let headers = Dictionary(message.headers.map { ($0.name, $0.value) }) { first, _ in first }
        #expect(headers["X-MLflow-Signature"] == "v1," + expected)
        #expect(headers["X-MLflow-Timestamp"] == String(time / 1000))
        #expect(headers["X-MLflow-Delivery-Id"] == id)
        #expect(message.body == Array(body.utf8))
        let unsigned = WebhookSignature.message(id: id, at: at, body: body, secret: nil)
        #expect(!unsigned.headers.contains { $0.name == "X-MLflow-Signature" })
    }

    @Test("a sealed secret opens with its key and for its webhook only, and never looks the same twice")
    func sealing() throws {
        let runtime = TestClock(seed: 5).runtime
        let secrets = WebhookSecrets(key: Array(repeating: 9, count: 32), runtime: runtime)
        let sealed = try secrets.seal("my secret", of: "hook")
        #expect(try secrets.open(sealed, of: "hook") == "my secret")
        #expect(try secrets.seal("my secret", of: "hook") != sealed)
        #expect(!String(decoding: sealed, as: UTF8.self).contains("secret"))
        #expect(throws: ServiceError.self) { try secrets.open(sealed, of: "other") }
        let otherKey = WebhookSecrets(key: Array(repeating: 8, count: 32), runtime: runtime)
        #expect(throws: ServiceError.self) { try otherKey.open(sealed, of: "hook") }
        for index in sealed.indices {
            var changed = sealed
            changed[index] ^= 1
            #expect(throws: ServiceError.self) { try secrets.open(changed, of: "hook") }
        }
        #expect(throws: ServiceError.self) { try secrets.open([], of: "hook") }
    }

    @Test("the pairs of entity and action are MLflow's, and no others")
    func events() throws {
        let all = WebhookEvent.all.map { "\($0.entity.lowercased()).\($0.action.lowercased())" }
        #expect(
            all == [
                "budget_policy.exceeded", "model_version.created", "model_version_alias.created",
                "model_version_alias.deleted", "model_version_tag.deleted", "model_version_tag.set", "prompt.created",
                "prompt_alias.created", "prompt_alias.deleted", "prompt_tag.deleted", "prompt_tag.set",
                "prompt_version.created", "prompt_version_tag.deleted", "prompt_version_tag.set",
                "registered_model.created",
            ]
        )
        let entities = Set(WebhookEvent.all.map(\.entity)).union(["WEBHOOK", "", "model_version"])
        for entity in entities {
            for action in ["CREATED", "UPDATED", "DELETED", "SET", "EXCEEDED", "", "created"] {
                let isKnown = WebhookEvent.all.contains { $0.entity == entity && $0.action == action }
                #expect((try? WebhookEvent(entity: entity, action: action)) != nil || !isKnown)
                if !isKnown { #expect(throws: ServiceError.self) { try WebhookEvent(entity: entity, action: action) } }
            }
        }
    }

    @Test("every event has an example, and what happens is told with the same members")
    func examples() throws {
        for event in WebhookEvent.all {
            let body = try WebhookNews(exampleOf: event).body(at: Instant(milliseconds: 0))
            let sent = try JSONValue(parsing: Array(body.utf8))
            #expect(sent["entity"]?.string == event.entity.lowercased())
            #expect(sent["timestamp"]?.string == "1970-01-01T00:00:00.000+00:00")
            guard let entry = Self.entries[event.description] else {
                #expect(event.entity == "BUDGET_POLICY", "\(event) is never told")
                continue
            }
            let news = try #require(WebhookNews(entry), "\(event)")
            #expect(news.event == event)
            #expect(news.data.object?.keys.sorted() == sent["data"]?.object?.keys.sorted(), "\(event)")
        }
    }

    @Test(
        "entries of other parts, and a model's own tags, are told to nobody",
        arguments: [
            ("model.renamed", ["model": "m", "newName": "n"]), ("model.deleted", ["model": "m"]),
            ("version.staged", ["model": "m", "version": 1]), ("tag.set", ["model": "m", "key": "k", "value": "v"]),
            ("alert.fired", ["model": "m", "version": 1]), ("server.started", [:]), ("tag.set", ["key": "k"]),
            ("webhook.created", ["webhook": "w", "name": "n"]),
        ] as [(String, JSONValue)]
    )
    func silence(_ name: String, _ data: JSONValue) { #expect(WebhookNews(Self.entry(name, data)) == nil) }

    private static let entries: [String: Entry] = [
        "REGISTERED_MODEL.CREATED": entry("model.registered", ["model": "m"]),
        "MODEL_VERSION.CREATED": entry("version.registered", ["model": "m", "version": 1, "source": "s3://b/m"]),
        "MODEL_VERSION_TAG.SET": entry("tag.set", ["model": "m", "version": 1, "key": "k", "value": "v"]),
        "MODEL_VERSION_TAG.DELETED": entry("tag.deleted", ["model": "m", "version": 1, "key": "k"]),
        "MODEL_VERSION_ALIAS.CREATED": entry("alias.set", ["model": "m", "version": 1, "alias": "a"]),
        "MODEL_VERSION_ALIAS.DELETED": entry("alias.deleted", ["model": "m", "alias": "a"]),
        "PROMPT.CREATED": entry("prompt.registered", ["prompt": "p"]),
        "PROMPT_VERSION.CREATED": entry("version.registered", ["prompt": "p", "version": 1, "source": "dummy-source"]),
        "PROMPT_TAG.SET": entry("tag.set", ["prompt": "p", "key": "k", "value": "v"]),
        "PROMPT_TAG.DELETED": entry("tag.deleted", ["prompt": "p", "key": "k"]),
        "PROMPT_VERSION_TAG.SET": entry("tag.set", ["prompt": "p", "version": 1, "key": "k", "value": "v"]),
        "PROMPT_VERSION_TAG.DELETED": entry("tag.deleted", ["prompt": "p", "version": 1, "key": "k"]),
        "PROMPT_ALIAS.CREATED": entry("alias.set", ["prompt": "p", "version": 1, "alias": "a"]),
        "PROMPT_ALIAS.DELETED": entry("alias.deleted", ["prompt": "p", "alias": "a"]),
    ]

    private static func entry(_ name: String, _ data: JSONValue) -> Entry {
        Entry(
            id: EntryID("e"),
            source: "/slipway/default",
            name: name,
            subject: "s",
            time: Instant(milliseconds: 1),
            actor: "alice",
            data: data
        )
    }
}
