import SlipwayDomain
import SlipwayRelease
import SlipwaySQLite
import SlipwayService
import SlipwayStatistics
import SlipwayStore
import Testing

@Suite struct GatewayTests {
    /// A server on which version 1 serves, and version 2 may.
    private func serving(_ manifest: String = World.manifest()) async throws -> Server {
        let world = try await World.qualified(["fake 1", "fake 2"], manifest: manifest)
        let server = world.start()
        try await server.boot()
        let first = try await server.ship(1)
        #expect(try await server.finish(first.plan.release).outcome == .promoted)
        return server
    }

    /// Looks, traffic at the gateways only, and time, until the release is over.
    private func finish(_ id: ReleaseID, _ server: Server, _ nodes: [GatewayNode]) async throws -> ReleaseState {
        for round in 0..<40 {
            try await server.controller.lookAfterAll()
            for node in nodes { try await node.catchUp(server) }
            if try await server.releases.state(id).isTerminal { break }
            for (place, node) in nodes.enumerated() { try await node.traffic(120, named: "\(place)-\(round)") }
            try await server.controller.lookAfterAll()
            server.world.clock.advance(.minutes(2))
        }
        return try await server.releases.state(id)
    }

    private func versions(_ node: GatewayNode) async throws -> Set<Int> {
        var seen: Set<Int> = []
        for index in 0..<50 { seen.insert(try await node.ask("who-\(index)").version) }
        return seen
    }

    @Test func `a canary that only gateways serve goes to all traffic by the sum of what they saw`() async throws {
        let server = try await serving()
        let nodes = [GatewayNode(server, name: "a"), GatewayNode(server, name: "b")]
        for node in nodes { try await node.catchUp(server) }
        #expect(nodes.allSatisfy { $0.readiness.isReady })
        let release = try await server.ship(2).plan.release
        let state = try await finish(release, server, nodes)
        #expect(state.outcome == .promoted, "\(state.explanation)")
        for node in nodes { #expect(try await versions(node) == [2]) }
        #expect(try await server.gateways.seen().map(\.name) == ["a", "b"])
    }

    @Test func `a candidate that fails at gateways is rolled back, and they ask it nothing more`() async throws {
        let server = try await serving()
        let nodes = [GatewayNode(server, name: "a"), GatewayNode(server, name: "b")]
        for node in nodes { try await node.catchUp(server) }
        server.world.engine.set("fake 2") { $0.failsEvery = 1 }
        let release = try await server.ship(2).plan.release
        let state = try await finish(release, server, nodes)
        #expect(state.outcome == .rolledBack, "\(state.explanation)")
        let calls = server.world.engine.calls("fake 2")
        for node in nodes { #expect(try await versions(node) == [1]) }
        #expect(server.world.engine.calls("fake 2") == calls)
    }

    @Test func `the table is never one that the gateway has not: a withdrawn version is not asked, whoever asks`()
        async throws
    {
        let server = try await serving(World.manifest(steps: "[100]"))
        let node = GatewayNode(server)
        try await node.catchUp(server)
        let release = try await server.ship(2).plan.release
        #expect(try await finish(release, server, [node]).outcome == .promoted)
        #expect(try await versions(node) == [2])
        let back = try await server.releases.rollback(model: World.model, reason: "test", caller: World.alice)
        for _ in 0..<6 { try await server.controller.lookAfterAll() }
        #expect(try await server.releases.state(back.plan.release).isTerminal)
        // The version before is in memory, so nothing has to be loaded first.
        try await server.controller.tellGateways()
        await node.gateway.follow(waitMilliseconds: 0)
        #expect(try await versions(node) == [1])
    }

    @Test(arguments: [DirectLink.Weather.fine, .deaf])
    func `a report counts once, also when its answer was lost and it came again`(_ weather: DirectLink.Weather)
        async throws
    {
        let server = try await serving()
        let node = GatewayNode(server)
        try await node.catchUp(server)
        let before = try await counted(server)
        node.link.set(weather)
        try await node.traffic(25, named: "first")
        node.link.set(.fine)
        await node.gateway.report()
        try await node.traffic(15, named: "second")
        // Once more, as a network may do it.
        for report in node.link.reports { try await node.link.deliver(report) }
        let after = try await counted(server)
        #expect(after.predictions - before.predictions == 40)
        #expect(after.requests - before.requests == 40)
    }

    @Test(arguments: [
        ("multiclass", "accuracy, min: 0.1", "fake three classes"), ("regression", "mae, max: 9", "fake one"),
    ])
    func `gateways note what the server notes: classes, groups and expected losses`(
        _ task: String,
        _ metric: String,
        _ file: String
    ) async throws {
        let manifest = """
            apiVersion: slipway/v1
            kind: Model
            metadata: {name: \(World.model), owner: team-ops, tier: 3}
            spec:
              task: \(task)
              release: {strategy: canary, steps: [100], stepDuration: 1m, minRequests: 10}
              monitors:
                performance: {metric: \(metric), labels: {delay: 6h}, slices: [distance]}
            """
        let world = try await World(seed: 7)
        _ = try await world.start().governance.apply(manifest: manifest, file: "slipway.yaml", caller: World.alice)
        let version = try await world.register(file)
        let server = world.start()
        try await server.boot()
        let rows = 0..<400
        world.tables.set(
            "table",
            [
                ("distance", .numbers(rows.map { Double($0 % 50) })),
                ("delay", .numbers(rows.map { Double($0 % 100) / 100 })),
                ("truth", .numbers(rows.map { Double($0 % 3) * 10 })),
            ]
        )
        _ = try await server.evaluations.evaluate(
            model: World.model,
            version: version,
            dataset: Dataset(path: "table", digest: "sha256:table", label: "truth"),
            caller: World.alice
        )
        _ = try await server.finish(server.ship(version).plan.release)
        let node = GatewayNode(server)
        try await node.catchUp(server)
        let there = try await node.ask("k", delay: 0.5)
        await node.recorder.flush()
        await node.gateway.report()
        let here = try await server.ask("k", delay: 0.5)
        try await server.recorder.flush()
        let end = world.clock.now + .days(1)
        var noted: [String] = []
        for id in [there.predictionID, here.predictionID] {
            let text = try await world.database.read { connection in
                let row = try PredictionTable.row(id, model: World.model, in: connection)?.row
                return "\(row?.answer ?? "-") \(row?.score ?? -1)"
            }
            noted.append(text)
        }
        let answers = try await world.database.read { connection in
            var answers: [AnswerRow] = []
            try AnswerTable.eachAnswer(
                model: World.model,
                from: Instant(milliseconds: 0),
                to: end,
                in: connection
            ) { answers.append($0) }
            return answers.suffix(2)
        }
        #expect(noted[0] == noted[1] && noted[0].hasPrefix(task == "multiclass" ? "10 0.69" : "- 0.5"), "\(noted)")
        #expect(answers.allSatisfy { $0.featureGroups == #"{"distance":"10"}"# })
        #expect(answers.allSatisfy { ($0.expectedError != nil) == (task == "regression") })
        #expect(Set(answers.map(\.expectedError)).count == 1)
    }

    @Test func `a report without notes is an older gateway's, and one with notes that nobody can read is refused`()
        async throws
    {
        let server = try await serving()
        try await server.controller.tellGateways()
        let row = #"{"model":"\#(World.model)","version":1,"ids":["a"],"times":[1],"scores":[0.5],"excluded":[]MORE}"#
        func report(_ more: String) throws -> GatewayReport {
            let text =
                #"{"life":"0123456789abcdef","name":"n","sequence":1,"counted":[],"traffic":[],"windows":[],"predictions":["#
                + row.replacing("MORE", with: more) + "]}"
            return try JSONValue(parsing: Array(text.utf8)).decode(GatewayReport.self)
        }
        #expect(try await server.gateways.accept(report("")))
        for bad in [#","answers":[]"#, #","groups":["["]"#, #","groups":["{\"a\":1}"]"#, #","expectedErrors":[1,2]"#] {
            await #expect(throws: ServiceError.self, "\(bad)") { try await server.gateways.accept(report(bad)) }
        }
    }

    private func counted(_ server: Server) async throws -> (predictions: Int, requests: Int) {
        let (start, end) = (Instant(milliseconds: 0), server.world.clock.now + .days(1))
        return try await server.world.database.read { connection in
            let sums = try EndpointHourTable.sums(model: World.model, from: start, to: end, in: connection)
            let rows = try PredictionTable.labelled(model: World.model, from: start, to: end, in: connection)
            return (rows.predictions, sums.requests)
        }
    }

    @Test func `a gateway that dies leaves what it told, and its next life is added to it`() async throws {
        let server = try await serving()
        let (first, files) = (GatewayNode(server, name: "a"), MemoryFiles())
        let dying = GatewayNode(server, files: files, name: "b")
        let release = try await server.ship(2).plan.release
        for _ in 0..<5 { try await server.controller.lookAfterAll() }
        for node in [first, dying] { try await node.catchUp(server) }
        try await first.traffic(100, named: "a")
        try await dying.traffic(40, named: "b")
        // What it did after its last word is lost with it.
        for index in 0..<10 { try await dying.ask("lost-\(index)") }
        let next = GatewayNode(server, files: files, link: dying.link, name: "b")
        await next.gateway.restore()
        try await next.catchUp(server)
        try await next.traffic(30, named: "b2")
        // A verdict that says the same as the one before is written down once a second.
        server.world.clock.advance(.seconds(2))
        try await server.controller.lookAfterAll()
        let state = try await server.releases.state(release)
        let evidence = try #require(state.lastVerdict?.evidence)
        #expect(evidence.candidate.requests + (evidence.stable?.requests ?? 0) == 170)
    }

    @Test func `a gateway starts from its disk when nobody answers, and only with the files that were decided about`()
        async throws
    {
        let server = try await serving()
        let files = MemoryFiles()
        try await GatewayNode(server, files: files).catchUp(server)
        let alone = GatewayNode(server, files: files)
        alone.link.set(.down)
        #expect(!alone.readiness.isReady)
        // Before it has a table it knows neither what it serves nor who may ask, and says just that.
        let model = await #expect(throws: ServiceError.self) { try await alone.ask("k") }
        let caller = #expect(throws: ServiceError.self) { try alone.callers.caller(token: "t") }
        for error in [model, caller] {
            #expect(error?.kind == .unavailable && error?.retryAfterSeconds == 1, "\(String(describing: error))")
        }
        await alone.gateway.restore()
        while await alone.gateway.loadNext() {}
        #expect(alone.readiness.isReady)
        #expect(try await versions(alone) == [1])

        files.spoil()
        let spoiled = GatewayNode(server, files: files)
        spoiled.link.set(.down)
        await spoiled.gateway.restore()
        while await spoiled.gateway.loadNext() {}
        await #expect(throws: ServiceError.self) { try await spoiled.ask("k") }
        // With the control plane back the right file is fetched.
        spoiled.link.set(.fine)
        server.world.clock.advance(.seconds(2))
        try await spoiled.catchUp(server)
        #expect(try await versions(spoiled) == [1])
    }

    @Test func `a disk that takes no table leaves none, so that no start goes back behind it`() async throws {
        let server = try await serving(World.manifest(steps: "[100]"))
        let files = MemoryFiles()
        let node = GatewayNode(server, files: files)
        try await node.catchUp(server)
        #expect(files.routes() != nil)
        files.fill()
        let release = try await server.ship(2).plan.release
        #expect(try await finish(release, server, [node]).outcome == .promoted)
        #expect(try await versions(node) == [2])
        #expect(files.routes() == nil)
    }

    @Test func `files that no version needs any more are removed`() async throws {
        let server = try await serving(World.manifest(steps: "[100]"))
        let files = MemoryFiles()
        try await GatewayNode(server, files: files).catchUp(server)
        let known = files.digests
        #expect(!known.isEmpty)
        try files.keep([1, 2, 3], digest: "sha256:" + String(repeating: "0", count: 64))
        let release = try await server.ship(2).plan.release
        let node = GatewayNode(server, files: files)
        #expect(try await finish(release, server, [node]).outcome == .promoted)
        #expect(files.digests.isSuperset(of: known) && !files.digests.contains { $0.hasSuffix("0000") })
    }

    @Test func `live inputs of gateways fill the window that drift is judged on`() async throws {
        let server = try await serving(World.manifest(drift: "{features: all, window: 1h, minRows: 100}"))
        let node = GatewayNode(server)
        try await node.catchUp(server)
        server.world.clock.advance(.hours(3))
        try await server.monitoring.look()
        let before = try await server.entries("drift.recorded").count
        server.world.clock.advance(.seconds(10))
        try await node.traffic(160, named: "w")
        server.world.clock.advance(.hours(2))
        try await server.monitoring.look()
        #expect(try await server.entries("drift.recorded").count > before)
    }

    @Test func `what no gateway says is refused and changes nothing`() async throws {
        let server = try await serving()
        let before = try await counted(server)
        let good: JSONValue = [
            "life": "00112233445566778899aabbccddeeff", "sequence": 1, "name": "g", "counted": [], "traffic": [],
            "predictions": [], "windows": [],
        ]
        #expect(try await server.gateways.accept(good.decode(GatewayReport.self)))
        let bad: [(String, JSONValue)] = [
            ("life", "../etc"), ("life", ""), ("sequence", 0), ("sequence", -1), ("name", ""), ("name", "a b"),
            ("traffic", [["model": .string(World.model), "requests": -1, "errors": 0, "slow": 0]]),
            ("traffic", [["model": .string(World.model), "requests": 9_000_000_000_000_000, "errors": 0, "slow": 0]]),
            (
                "predictions",
                [
                    [
                        "model": .string(World.model), "version": 1, "ids": ["a"], "times": [], "scores": [],
                        "excluded": [],
                    ]
                ]
            ),
            (
                "predictions",
                [
                    [
                        "model": .string(World.model), "version": 0, "ids": ["a"], "times": [1], "scores": [1],
                        "excluded": [],
                    ]
                ]
            ),
            (
                "predictions",
                [
                    [
                        "model": .string(World.model), "version": 1, "ids": ["a"], "times": [1], "scores": [1],
                        "excluded": [7],
                    ]
                ]
            ),
        ]
        for (member, value) in bad {
            var members = try #require(good.object)
            members["sequence"] = 2
            members[member] = value
            let report = try JSONValue.object(members).decode(GatewayReport.self)
            await #expect(throws: ServiceError.self, "\(member): \(value)") {
                _ = try await server.gateways.accept(report)
            }
        }
        let after = try await counted(server)
        #expect(after.predictions == before.predictions && after.requests == before.requests)
    }

    @Test func `only files that the table names are handed out`() async throws {
        let server = try await serving()
        try await server.controller.tellGateways()
        let sheet = try #require(try await server.gateways.routes(after: nil, waitMilliseconds: 0))
        let version = try #require(try GatewayRoutes.read(sheet.bytes).endpoints.first?.stable)
        #expect(
            try await server.gateways.file(model: World.model, version: 1, digest: version.digest)
                == Array("fake 1".utf8)
        )
        for (number, digest) in [(2, version.digest), (1, "sha256:00"), (3, version.digest)] {
            await #expect(throws: ServiceError.self) {
                _ = try await server.gateways.file(model: World.model, version: number, digest: digest)
            }
        }
        #expect(try await server.gateways.routes(after: sheet.tag, waitMilliseconds: 0) == nil)
    }

    @Test func `a gateway's token proves a gateway and no administrator, and only an administrator makes one`()
        async throws
    {
        let world = try await World()
        let accounts = world.start().accounts
        let first = try await accounts.create(user: "alice", caller: .anonymous)
        let alice = try #require(await accounts.authenticate(token: first))
        _ = try await accounts.create(user: "bob", caller: alice)
        let token = try await accounts.createToken(user: "alice", purpose: .gateway, caller: alice)
        let gateway = try #require(await accounts.authenticate(token: token))
        #expect(gateway.isGateway && !gateway.isAdmin)
        try await accounts.demandGateway(gateway)
        for caller in [alice, .anonymous, Caller(user: "bob")] {
            await #expect(throws: ServiceError.self) { try await accounts.demandGateway(caller) }
        }
        await #expect(throws: ServiceError.self) {
            _ = try await accounts.createToken(user: "bob", purpose: .gateway, caller: Caller(user: "bob"))
        }
        await #expect(throws: ServiceError.self) {
            _ = try await accounts.createToken(user: "alice", caller: Caller(user: nil, isGateway: true))
        }
    }
}
