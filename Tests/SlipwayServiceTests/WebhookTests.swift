import Foundation
import Logging
import SlipwayDomain
import SlipwayLedger
import SlipwaySQLite
import SlipwayService
import SlipwayStore
import Testing

/// Webhooks from their making to what arrives, on a real database with a made-up network and a clock that stands still.
@Suite("Webhooks")
struct WebhookTests {
    private static let secret = "a-secret-that-nobody-sees"

    @Test("what happens after a webhook was made arrives once, signed, in order, and nothing older does")
    func delivery() async throws {
        let scene = try await WebhookScene()
        try await scene.tag("before")
        let hook = try await scene.hook("one", secret: Self.secret)
        for value in ["1", "2", "3"] { try await scene.tag(value) }
        try await scene.courier().deliverDue()
        try await scene.courier().deliverDue()
        let posts = scene.network.posts
        #expect(posts.map(\.url.host) == ["one.example", "one.example", "one.example"])
        let values = try posts.map { try JSONValue(parsing: $0.message.body)["data"]?["value"]?.string }
        #expect(values == ["1", "2", "3"])
        #expect(posts.allSatisfy { $0.header("X-MLflow-Signature")?.hasPrefix("v1,") == true })
        #expect(Set(posts.map(\.delivery)).count == 3)
        let rows = try await scene.deliveries(hook.id)
        #expect(rows.allSatisfy { $0.state == .delivered && $0.attempts == 1 })
    }

    @Test("a receiver that fails gets the same delivery again under the same id, later and later, until it arrives")
    func retries() async throws {
        let scene = try await WebhookScene()
        let hook = try await scene.hook("one")
        scene.network.answer(
            "one.example",
            .answered(status: 500, retryAfter: nil),
            .failed("no connection"),
            .answered(status: 429, retryAfter: "120")
        )
        try await scene.tag("x")
        var times: [Int64] = []
        for _ in 0..<400 {
            let before = scene.network.posts.count
            try await scene.courier().deliverDue()
            if scene.network.posts.count > before { times.append(scene.clock.now.milliseconds) }
            scene.clock.advance(.seconds(1))
        }
        #expect(times.count == 4)
        let waits = zip(times, times.dropFirst()).map { ($1 - $0) / 1000 }
        #expect((1...3).contains(waits[0]) && (2...5).contains(waits[1]) && waits[2] == 120, "\(waits)")
        #expect(Set(scene.network.posts.map(\.delivery)).count == 1)
        #expect(Set(scene.network.posts.map(\.body)).count == 1)
        #expect(Set(scene.network.posts.compactMap { $0.header("X-MLflow-Timestamp") }).count == 4)
        #expect(try await scene.deliveries(hook.id).first?.state == .delivered)
        #expect(try await scene.entries("delivery.failed").isEmpty)
    }

    @Test("what never arrives is given up, once, where it is seen: in the ledger")
    func givingUp() async throws {
        let scene = try await WebhookScene()
        let hook = try await scene.hook("one")
        try await scene.hook("two")
        scene.network.answer("two.example", .answered(status: 410, retryAfter: nil))
        scene.network.set("one.example", ["10.0.0.1"])
        try await scene.tag("x")
        for _ in 0..<5 {
            try await scene.courier().deliverDue()
            scene.clock.advance(.hours(1))
        }
        let failures = try await scene.entries("delivery.failed")
        #expect(failures.count == 2)
        #expect(failures.contains { $0.data["webhook"]?.string == hook.id })
        #expect(failures.allSatisfy { $0.data["attempts"]?.integer == 1 && $0.actor == "slipway" })
        #expect(scene.network.posts(to: "one.example").isEmpty, "an address inside was asked")
        #expect(scene.network.posts(to: "two.example").count == 1)
        #expect(try await scene.book.verify().isIntact)
    }

    @Test("a receiver that hangs delays no other")
    func slowReceiver() async throws {
        let scene = try await WebhookScene()
        try await scene.hook("slow")
        try await scene.hook("quick")
        scene.network.hold("slow.example")
        for value in ["1", "2", "3"] { try await scene.tag(value) }
        let courier = scene.courier()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await courier.deliverDue() }
            while scene.network.posts(to: "quick.example").count < 3 || scene.network.posts(to: "slow.example").isEmpty
            {
                try await Task.sleep(for: .milliseconds(1))
            }
            // While the first hangs, a second round sends the quick one's news and leaves the slow lane alone.
            try await scene.tag("4")
            try await courier.deliverDue()
            #expect(scene.network.posts(to: "quick.example").count == 4)
            #expect(scene.network.posts(to: "slow.example").count == 1)
            scene.network.release()
            try await group.waitForAll()
        }
        #expect(scene.network.posts(to: "slow.example").count == 4)
    }

    @Test("a webhook that is off hears nothing, and later nothing of that time")
    func disabling() async throws {
        let scene = try await WebhookScene()
        let hook = try await scene.hook("one")
        _ = try await scene.webhooks.update(caller: World.alice, hook.id, .init(isActive: false))
        try await scene.tag("unheard")
        let on = try await scene.webhooks.update(caller: World.alice, hook.id, .init(isActive: true))
        #expect(on.isActive)
        try await scene.tag("heard")
        try await scene.courier().deliverDue()
        #expect(scene.network.posts.count == 1)
        #expect(scene.network.posts.first?.body.contains(#""heard""#) == true)
    }

    @Test("a change keeps what is not named, and a removed webhook takes its deliveries along")
    func changes() async throws {
        let scene = try await WebhookScene()
        let hook = try await scene.hook("one", secret: Self.secret)
        scene.clock.advance(.seconds(5))
        let changed = try await scene.webhooks.update(caller: World.alice, hook.id, .init(name: "other"))
        #expect(changed.url == hook.url && changed.events == hook.events && changed.createdAt == hook.createdAt)
        #expect(changed.updatedAt > hook.updatedAt)
        try await scene.tag("1")
        try await scene.courier().deliverDue()
        #expect(scene.network.posts.last?.header("X-MLflow-Signature") != nil)
        _ = try await scene.webhooks.update(caller: World.alice, hook.id, .init(secret: ""))
        try await scene.tag("2")
        try await scene.courier().deliverDue()
        #expect(scene.network.posts.count == 2 && scene.network.posts.last?.header("X-MLflow-Signature") == nil)
        try await scene.webhooks.delete(caller: World.alice, hook.id)
        #expect(try await scene.deliveries(hook.id).isEmpty)
        let names = try await scene.book.entries().filter { $0.subject == "webhooks/\(hook.id)" }.map(\.name)
        #expect(names == ["webhook.created", "webhook.updated", "webhook.updated", "webhook.deleted"])
    }

    @Test("neither secret nor URL is in the ledger, and the secret is nowhere in the data folder")
    func secrecy() async throws {
        let scene = try await WebhookScene()
        try await scene.hook("one", secret: Self.secret)
        try await scene.tag("x")
        try await scene.courier().deliverDue()
        for entry in try await scene.book.entries() {
            let text = try CanonicalJSON.text(of: entry.json)
            #expect(!text.contains(Self.secret) && !text.contains("/path?token="), "\(text)")
        }
        try scene.world.database.checkpoint()
        for file in try FileManager.default.contentsOfDirectory(atPath: scene.world.folder.path) {
            let bytes = FileManager.default.contents(atPath: scene.world.folder.appending(path: file).path) ?? Data()
            #expect(bytes.range(of: Data(Self.secret.utf8)) == nil, "\(file)")
        }
    }

    @Test("a new key opens no old secret: what cannot be signed is not sent unsigned")
    func lostKey() async throws {
        let scene = try await WebhookScene()
        try await scene.hook("one", secret: Self.secret)
        try await scene.tag("x")
        try await scene.courier(key: 1).deliverDue()
        #expect(scene.network.posts.isEmpty)
        #expect(try await scene.entries("delivery.failed").first?.data["reason"]?.string?.contains("secret") == true)
    }

    @Test("limits of names, texts, events and their number")
    func limits() async throws {
        let scene = try await WebhookScene()
        let good = Webhooks.Change(name: "n", url: "https://one.example", events: [WebhookEvent.all[1]])
        scene.network.set("one.example", ["1.1.1.1"])
        func refused(_ change: (inout Webhooks.Change) -> Void) async {
            var bad = good
            change(&bad)
            let asked = bad
            await #expect(throws: ServiceError.self) {
                try await scene.webhooks.create(caller: World.alice, asked)
            }
        }
        for name in ["", "-a", "a-", "_a", "a b", "é", "a/b", String(repeating: "a", count: 64)] {
            await refused { $0.name = name }
        }
        await refused { $0.description = String(repeating: "d", count: 1001) }
        await refused { $0.secret = String(repeating: "s", count: 1001) }
        await refused { $0.events = [] }
        await refused { $0.events = [WebhookEvent.all[1], WebhookEvent.all[1]] }
        await refused { $0.url = "https://unknown.example" }
        await refused { $0.url = nil }
        let longest = Webhooks.Change(
            name: "a" + String(repeating: "-", count: 61) + "z",
            description: String(repeating: "d", count: 1000),
            url: "https://one.example",
            events: WebhookEvent.all,
            secret: String(repeating: "s", count: 1000)
        )
        _ = try await scene.webhooks.create(caller: World.alice, longest)
        for _ in 1..<Webhooks.most { _ = try await scene.webhooks.create(caller: World.alice, good) }
        await refused { $0.name = "one-too-many" }
        let page = try await scene.webhooks.list(caller: World.alice, limit: 100, offset: 200)
        #expect(page.items.count == 56 && !page.hasMore)
    }

    @Test("a process that dies at any write loses no delivery, and sends nothing under a second id")
    func crashes() async throws {
        for lastWrite in FaultyDatabase.LastWrite.allCases {
            for writes in 0..<12 {
                let scene = try await WebhookScene()
                for name in ["one", "two"] { try await scene.hook(name) }
                scene.network.answer("one.example", .answered(status: 503, retryAfter: nil))
                for value in ["1", "2", "3"] { try await scene.tag(value) }
                let dying = FaultyDatabase(scene.world.database, dyingAfter: writes, lastWrite)
                let courier = scene.courier(on: dying)
                for _ in 0..<3 {
                    // A dead process delivers nothing more; what it left is the next one's.
                    try? await courier.deliverDue()
                    scene.clock.advance(.seconds(10))
                }
                // The same file, opened anew, as a new process does.
                let reopened = try SQLiteDatabase(path: scene.world.folder.appending(path: "slipway.sqlite").path)
                for _ in 0..<3 {
                    try await scene.courier(on: reopened).deliverDue()
                    scene.clock.advance(.seconds(10))
                }
                let place = "after \(writes) writes, the last \(lastWrite)"
                for host in ["one.example", "two.example"] {
                    let posts = scene.network.posts(to: host)
                    let ids = Dictionary(grouping: posts, by: \.body).mapValues { Set($0.map(\.delivery)) }
                    #expect(ids.count == 3, "\(place): \(host) heard of \(ids.count)")
                    #expect(ids.values.allSatisfy { $0.count == 1 }, "\(place): one event under two ids")
                    #expect(Set(posts.map(\.delivery)).count == 3, "\(place)")
                }
                #expect(try await scene.book.verify().isIntact, "\(place)")
            }
        }
    }
}

/// A world with a registered model, and the parts that webhooks are made of.
struct WebhookScene: Sendable {
    let world: World
    let network = FakeNetwork()
    let registry: Registry
    let webhooks: Webhooks
    let book: LedgerBook

    var clock: TestClock { world.clock }

    init() async throws {
        world = try await World()
        let runtime = world.clock.runtime
        book = LedgerBook(database: world.database, runtime: runtime, signer: world.signer)
        registry = Registry(database: world.database, artifacts: world.store, recorder: book, runtime: runtime)
        webhooks = Webhooks(
            database: world.database,
            ledger: book,
            runtime: runtime,
            gate: WebhookGate(transport: network),
            secrets: WebhookSecrets(key: Array(repeating: 3, count: 32), runtime: runtime)
        )
        _ = try await registry.createModel(caller: World.alice, name: "m", description: nil, tags: [])
        _ = try await registry.createVersion(caller: World.alice, NewModelVersion(model: "m", source: "s3://b/m"))
    }

    func courier(on database: (any SQLDatabase)? = nil, key: UInt8 = 3) -> WebhookCourier {
        var quiet = Logger(label: "test")
        quiet.logLevel = .critical
        let runtime = world.clock.runtime
        return WebhookCourier(
            database: database ?? world.database,
            ledger: book,
            runtime: runtime,
            gate: WebhookGate(transport: network),
            secrets: WebhookSecrets(key: Array(repeating: key, count: 32), runtime: runtime),
            log: quiet
        )
    }

    /// A webhook on tags of versions, at a public host of this name.
    @discardableResult
    func hook(_ name: String, secret: String? = nil) async throws -> Webhook {
        network.set("\(name).example", ["1.1.1.1"])
        return try await webhooks.create(
            caller: World.alice,
            .init(
                name: name,
                url: "https://\(name).example/path?token=1",
                events: [WebhookEvent(entity: "MODEL_VERSION_TAG", action: "SET")],
                secret: secret
            )
        )
    }

    /// Something that webhooks are told of.
    func tag(_ value: String) async throws {
        try await registry.setVersionTag(caller: World.alice, 1, of: "m", Tag(key: "k", value: value))
    }

    func deliveries(_ webhook: String) async throws -> [DeliveryRow] {
        try await world.database.read { try DeliveryTable.newest(of: webhook, limit: 100, in: $0) }
    }

    func entries(_ name: String) async throws -> [Entry] { try await book.entries().filter { $0.name == name } }
}
