import Foundation
import Hummingbird
import SlipwayDomain
import SlipwayMLflow
import SlipwayService
import SlipwayWire
import Testing

/// The answers that MLflow 3.18 gave to calls on webhooks, and what its 3.17.2 was asked besides.
@Suite struct WebhookGoldenTests {
    /// A network where every name is public and nothing is sent.
    private struct NoNetwork: WebhookTransport {
        func addresses(of host: String) async -> [HostAddress] { [HostAddress("1.1.1.1")].compactMap { $0 } }

        func post(_ message: WebhookMessage, to url: WebhookURL, at address: HostAddress) async -> DeliveryOutcome {
            .failed("there is no network here")
        }
    }

    private static func routes(_ server: RegistryServer) -> any RouteGroup {
        let runtime = Runtime.live()
        return WebhookRoutes(
            webhooks: Webhooks(
                database: server.database,
                ledger: server.entries,
                runtime: runtime,
                gate: WebhookGate(transport: NoNetwork()),
                secrets: WebhookSecrets(key: runtime.newKey(), runtime: runtime)
            )
        )
    }

    private static let root = "/api/2.0/mlflow/webhooks"

    @Test("every recorded call on webhooks answers as MLflow does, field by field")
    func golden() async throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../Fixtures/mlflow-webhook-golden.json")
        let exchanges = try #require(try JSONValue(parsing: Array(Data(contentsOf: file))).array)
        #expect(exchanges.count == 7)
        let server = try await RegistryServer()
        try await server.serving(also: Self.routes(server)) { client in
            var webhook = ""
            for exchange in exchanges {
                let label = exchange["label"]?.string ?? ""
                let line = try #require(exchange["req"]?.string).replacing("<wh>", with: webhook)
                let answer = try await client.send(
                    line,
                    headers: ["Content-Type": "application/json"],
                    body: exchange["body"]?.string.map { Array($0.utf8) }
                )
                #expect(answer.status == exchange["status"]?.integer.map { Int($0) }, "\(label): \(answer.text)")
                webhook = answer.json["webhook"]?["webhook_id"]?.string ?? webhook
                guard answer.status == 200 else {
                    #expect(answer.errorCode == exchange["resp"]?["error_code"]?.string, "\(label)")
                    #expect(answer.json["sqlstate"] == exchange["resp"]?["sqlstate"], "\(label)")
                    #expect(answer.json["error_class"] == exchange["resp"]?["error_class"], "\(label)")
                    continue
                }
                let recorded = exchange["resp"]?.string.map { Array($0.replacing("<ms>", with: "0").utf8) }
                let wanted = try recorded.map { try JSONValue(parsing: $0) } ?? exchange["resp"] ?? .null
                #expect(Self.masked(answer.json) == Self.masked(wanted), "\(label)")
            }
            #expect(
                webhook.wholeMatch(of: /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/) != nil
            )
        }
    }

    /// Ids and times are the server's own.
    private static func masked(_ value: JSONValue) -> JSONValue {
        switch value {
        case .array(let items): return .array(items.map(masked))
        case .object(let members):
            var output = members.mapValues(masked)
            for name in ["webhook_id", "creation_timestamp", "last_updated_timestamp"] where output[name] != nil {
                output[name] = 0
            }
            return .object(output)
        default: return value
        }
    }

    @Test("bad calls are refused with a code and a sentence, and change nothing")
    func refusals() async throws {
        let server = try await RegistryServer()
        try await server.serving(also: Self.routes(server)) { client in
            let event: JSONValue = ["entity": "MODEL_VERSION", "action": "CREATED"]
            let good: [String: JSONValue] = ["name": "w", "url": "https://h.example/", "events": [event]]
            let bad: [[String: JSONValue]] = [
                ["name": ""], ["name": 1], ["name": "a b"], ["url": ""], ["url": "http://h.example/"],
                ["url": "https://127.0.0.1/"], ["url": "https://u@h.example/"], ["url": "https://[::1]/"],
                ["events": nil], ["events": "x"], ["events": [["entity": "MODEL_VERSION"]]],
                ["events": [event, event]],
                ["events": [["entity": "BOGUS", "action": "CREATED"]]], ["status": "PAUSED"], ["status": true],
                ["secret": 5], ["description": .string(String(repeating: "d", count: 1001))],
            ]
            for change in bad {
                let answer = try await client.post(Self.root, .object(good.merging(change) { $1 }))
                #expect(answer.status == 400 && answer.errorCode == "INVALID_PARAMETER_VALUE", "\(change)")
                #expect((answer.json["message"]?.string?.count ?? 0) > 15)
            }
            #expect(try await client.send("GET \(Self.root)").text == "{}")
            for line in ["GET \(Self.root)/no", "DELETE \(Self.root)/no"] {
                #expect(try await client.send(line).errorCode == "RESOURCE_DOES_NOT_EXIST")
            }
            for query in ["max_results=-1", "max_results=1001", "max_results=x", "page_token=zzz"] {
                #expect(try await client.send("GET \(Self.root)?\(query)").status == 400, "\(query)")
            }
            let made = try await client.post(Self.root, .object(good))
            let id = try #require(made.json["webhook"]?["webhook_id"]?.string)
            let test = try await client.post("\(Self.root)/\(id)/test", [:])
            #expect(test.json["result"]?["success"] == false && test.json["result"]?["response_body"] == nil)
            let wrong = try await client.post(
                "\(Self.root)/\(id)/test",
                ["event": ["entity": "PROMPT", "action": "SET"]]
            )
            #expect(wrong.status == 400)
        }
    }

    @Test("pages go through all webhooks once, the newest first")
    func paging() async throws {
        let server = try await RegistryServer()
        try await server.serving(also: Self.routes(server)) { client in
            for index in 0..<7 {
                let events: JSONValue = [["entity": "PROMPT", "action": "CREATED"]]
                let hook: JSONValue = ["name": .string("w\(index)"), "url": "https://h.example/", "events": events]
                #expect(try await client.post(Self.root, hook).status == 200)
                try await Task.sleep(for: .milliseconds(2))
            }
            var names: [String] = []
            var token: String? = ""
            while let current = token {
                let page = try await client.send("GET \(Self.root)?max_results=3&page_token=\(current)").json
                names += (page["webhooks"]?.array ?? []).compactMap { $0["name"]?.string }
                token = page["next_page_token"]?.string
            }
            #expect(names == (0..<7).reversed().map { "w\($0)" })
        }
    }

    @Test("webhooks are for known people as soon as the server knows any")
    func access() async throws {
        let server = try await RegistryServer()
        let routes = Self.routes(server).routes
        #expect(routes.count == 12 && routes.allSatisfy { $0.access == .person })
    }
}
