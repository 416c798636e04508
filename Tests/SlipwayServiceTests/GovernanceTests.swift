import SlipwayDomain
import SlipwayLedger
import SlipwayPolicy
import SlipwayRelease
import SlipwayService
import SlipwayStatistics
import Testing

@Suite("What may go to production")
struct GovernanceTests {
    private func check(_ world: World, _ version: Int = 1, by caller: Caller = World.alice) async throws
        -> RecordedDecision
    {
        world.clock.advance(.seconds(1))
        return try await world.start().governance.check(
            model: World.model,
            version: version,
            environment: .production,
            caller: caller
        )
    }

    private func gates(_ recorded: RecordedDecision) -> [String: GateResult.Verdict] {
        Dictionary(uniqueKeysWithValues: recorded.decision.gates.map { ($0.gate, $0.verdict) })
    }

    @Test("a manifest is applied with the one contract that it names, and that one is what holds")
    func pinnedContract() async throws {
        let world = try await World()
        let governance = world.start().governance
        func apply(inputs: String, contract: String?) async throws -> Manifest {
            let manifest = World.manifest().replacing("  task:", with: "  inputs: {\(inputs)}\n  task:")
            return try await governance.apply(
                manifest: manifest,
                file: "slipway.yaml",
                contract: contract,
                caller: World.alice
            ).manifest
        }
        let (one, other) = (
            "sha256:" + String(repeating: "1", count: 64), "sha256:" + String(repeating: "2", count: 64)
        )
        for inputs in ["contract: c.yaml", "contract: c.yaml, contractDigest: '\(one)'"] {
            let manifest = try await apply(inputs: inputs, contract: one)
            #expect(manifest.spec.inputs == Manifest.Inputs(contract: "c.yaml", contractDigest: one))
        }
        #expect(try await apply(inputs: "contract: c.yaml", contract: nil).spec.inputs?.contractDigest == nil)
        for (inputs, contract) in [
            ("contract: c.yaml, contractDigest: '\(one)'", other), ("contract: c.yaml", "md5:1"),
        ] {
            let error = await #expect(throws: ServiceError.self) { try await apply(inputs: inputs, contract: contract) }
            #expect(error?.kind == .invalid)
        }
        let none = await #expect(throws: ServiceError.self) {
            try await governance.apply(
                manifest: World.manifest(),
                file: "slipway.yaml",
                contract: one,
                caller: World.alice
            )
        }
        #expect(none?.kind == .invalid)
    }

    @Test("a column that the manifest misspells is told when the manifest is applied and when a version is checked")
    func misspeltColumns() async throws {
        let world = try await World()
        let governance = world.start().governance
        try await world.register("fake one")
        let yaml = World.manifest().replacing("  task:", with: "  predictions: {redact: [kee, key]}\n  task:")
        let manifest = try await governance.apply(manifest: yaml, file: "slipway.yaml", caller: World.alice).manifest
        let effect = "nothing is left out by it; did you mean 'key'?"
        let checked = try await check(world)
        #expect(
            checked.decision.warnings == [
                "spec.predictions.redact names 'kee', which \(World.model)@1 does not have: \(effect)"
            ]
        )
        #expect(gates(checked)["artifact.verified"] == .pass, "another version may have it")
        // The one version is the newest: it is looked at whether somebody checked it or not.
        #expect(try await governance.warnings(on: manifest) == checked.decision.warnings)
        try await world.register("fake two")
        #expect(
            try await governance.warnings(on: manifest) == [
                "spec.predictions.redact names 'kee', which \(World.model)@2 does not have: \(effect)"
            ],
            "version 1 never served"
        )
    }

    @Test("from nothing to allowed: every missing thing is named, and another person has to approve")
    func story() async throws {
        let world = try await World()
        let server = world.start()
        try await world.register("fake one")
        await #expect(throws: ServiceError.self) { try await check(world) }
        _ = try await server.governance.apply(manifest: World.manifest(), file: "slipway.yaml", caller: World.alice)

        let first = try await check(world)
        #expect(!first.decision.allowed)
        #expect(gates(first)["registered"] == .pass && gates(first)["artifact.verified"] == .pass)
        for gate in ["evaluation.present", "reference.profile", "approvals"] { #expect(gates(first)[gate] == .missing) }
        let request = try #require(first.approval)
        for result in first.decision.gates {
            #expect(first.decision.text.contains("(\(result.gate))") && first.decision.text.contains(result.reason))
        }

        _ = try await server.evaluations.evaluate(
            model: World.model,
            version: 1,
            dataset: world.holdout(),
            caller: World.alice
        )
        _ = try await server.governance.record(
            reference: JSONValue(encoding: World.reference()),
            datasetDigest: "sha256:t",
            model: World.model,
            version: 1,
            caller: World.alice
        )
        let second = try await check(world)
        #expect(second.decision.obstacles.map(\.gate) == ["approvals"])
        #expect(second.approval == request, "the request stands and is not made again")

        let own = try await server.governance.answer(request, granted: true, reason: nil, caller: World.alice).gate
        #expect(own?.verdict == .missing && own?.reason.contains("alice registered the version") == true)
        let waiting = try #require(try await server.reports.history(of: World.model).versions.first)
        #expect(waiting.waitsFor == request && waiting.answeredBy == ["alice"])
        #expect(try await check(world).decision.obstacles.map(\.gate) == ["approvals"], "who registered has no say")
        let nobody = await #expect(throws: ServiceError.self) {
            try await server.governance.answer(request, granted: true, reason: nil, caller: .anonymous)
        }
        #expect(nobody?.kind == .unauthenticated)

        let other = try await server.governance.answer(request, granted: true, reason: nil, caller: World.bob).gate
        #expect(other?.verdict == .pass)
        let last = try await check(world)
        #expect(last.decision.allowed && last.approval == nil)
        #expect(try await server.reports.history(of: World.model).versions.first?.waitsFor == nil)
        #expect(last.decision.gates.filter { $0.verdict == .pass }.count >= 6)
        // Every entry that a gate rests on stands in the ledger.
        let known = Set(try await server.ledger.entries().map(\.id))
        #expect(last.decision.gates.flatMap(\.evidence).allSatisfy(known.contains))
        #expect(try await server.entries("approval.requested").count == 1)
        #expect(try await server.entries("decision.recorded").count == 4)
        #expect(try await server.ledger.verify().isIntact)
    }

    @Test("who asks for a version has no say in it, also when somebody else asked before; who only looks keeps it")
    func everyAsker() async throws {
        let world = try await World.qualified(["fake one"])
        let server = world.start()
        // The newer manifest asks for approvals anew.
        world.clock.advance(.seconds(1))
        let other = World.manifest().replacing("min: 0.6", with: "min: 0.5")
        _ = try await server.governance.apply(manifest: other, file: "slipway.yaml", caller: World.alice)
        let (carol, dave) = (Caller(user: "carol"), Caller(user: "dave"))
        guard
            case .denied(let denied) = try await server.releases.ship(
                model: World.model,
                version: 1,
                environment: .production,
                caller: carol
            )
        else { return #expect(Bool(false), "nobody approved yet") }
        let looked = try await server.governance.check(
            model: World.model,
            version: 1,
            environment: .production,
            caller: dave
        )
        let request = try #require(looked.approval)
        #expect(denied.approval == request, "there is one request")
        let own = try await server.governance.answer(request, granted: true, reason: nil, caller: carol)
        #expect(own.gate?.verdict == .missing && own.objection == "carol's approval does not count: carol asked for it")
        let given = try await server.governance.answer(request, granted: true, reason: nil, caller: dave)
        #expect(given.gate?.verdict == .pass && given.objection == nil)
        // The gate is open now; that the registrant's word changes nothing is said all the same.
        let late = try await server.governance.answer(request, granted: true, reason: nil, caller: World.alice)
        #expect(late.gate?.verdict == .pass && late.objection?.contains("alice registered the version") == true)
    }

    @Test("a refusal closes the gate, until the same person agrees")
    func refusal() async throws {
        let world = try await World.qualified(["fake one"])
        let server = world.start()
        #expect(try await check(world).decision.allowed)
        let request = try #require(try await server.entries("approval.requested").first?.data["approval"]?.string)
        let id = ApprovalID(request)
        _ = try await server.governance.answer(id, granted: false, reason: "smells", caller: Caller(user: "carol"))
        let denied = try await check(world)
        #expect(!denied.decision.allowed && denied.decision.text.contains("smells"))
        world.clock.advance(.seconds(1))
        _ = try await server.governance.answer(id, granted: true, reason: nil, caller: Caller(user: "carol"))
        #expect(try await check(world).decision.allowed)
    }

    @Test(
        "the last answer of a person counts, in the order of the ledger, also within one millisecond",
        arguments: 0..<8
    )
    func sameMillisecond(_ seed: Int) async throws {
        let world = try await World.qualified(["fake one"], seed: UInt64(seed))
        let server = world.start()
        let request = try #require(try await server.entries("approval.requested").first?.data["approval"]?.string)
        for granted in [true, false, true, false] {
            _ = try await server.governance.answer(
                ApprovalID(request),
                granted: granted,
                reason: nil,
                caller: Caller(user: "carol")
            )
        }
        #expect(try await !check(world).decision.allowed)
    }

    @Test("a file exchanged after the approval is denied again, whatever was shown of the other one")
    func exchanged() async throws {
        let world = try await World.qualified(["fake one"])
        #expect(try await check(world).decision.allowed)
        try await world.exchange(1, for: "fake other")
        let denied = try await check(world)
        #expect(!denied.decision.allowed)
        #expect(Set(denied.decision.obstacles.map(\.gate)).isSuperset(of: ["approvals", "evaluation.present"]))
        try await world.exchange(1, for: "fake one")
        #expect(try await check(world).decision.allowed, "the approved file may go again")
    }

    @Test("a file that is no model fails its gate with the reason, and is not served")
    func broken() async throws {
        let world = try await World()
        let server = world.start()
        _ = try await server.governance.apply(manifest: World.manifest(), file: "slipway.yaml", caller: World.alice)
        try await world.register("noise")
        let recorded = try await check(world)
        #expect(gates(recorded)["artifact.verified"] == .fail)
        #expect(recorded.decision.text.contains("this is no fake model"))
    }

    @Test("each column that the data to evaluate lacks is told with who asks for it")
    func missingColumns() async throws {
        let world = try await World.qualified(["fake one"])
        let evaluations = world.start().evaluations
        func refusal(_ columns: [String], label: String) async throws -> String? {
            world.tables.set("other", columns.map { ($0, .numbers([1, 0])) })
            return await #expect(throws: ServiceError.self) {
                try await evaluations.evaluate(
                    model: World.model,
                    version: 1,
                    dataset: Dataset(path: "other", digest: "sha256:other", label: label),
                    caller: World.alice
                )
            }?.message
        }
        let slice = try #require(try await refusal(["distance", "delay", "late"], label: "late"))
        #expect(
            slice.contains("lacks the column carrier;")
                && slice.hasSuffix(": spec.evaluation of the manifest measures carrier apart")
        )
        let label = try #require(try await refusal(["distance", "delay", "carrier"], label: "late"))
        #expect(label.hasSuffix(": the label's column is named with --label"))
        let feature = try #require(try await refusal(["distance", "late", "carrier"], label: "late"))
        #expect(
            feature.contains("lacks the column delay;") && feature.contains("slipway.features")
                && !feature.contains("--label")
        )
    }

    @Test("a challenger is compared with the champion on the same rows, scored at the same time")
    func champion() async throws {
        let world = try await World.qualified(["fake one", "fake two"])
        let server = world.start()
        let state = try await server.ship(1)
        #expect(try await server.finish(state.plan.release).outcome == .promoted)
        let before = try await server.entries("evaluation.recorded").count
        _ = try await server.evaluations.evaluate(
            model: World.model,
            version: 2,
            dataset: world.holdout(),
            caller: World.alice
        )
        let scored = try await server.entries("evaluation.recorded").dropFirst(before)
        #expect(scored.map { $0.data["version"]?.integer } == [2, 1])
        #expect(Set(scored.map { $0.data["datasetDigest"]?.string }) == ["sha256:holdout"])
        let recorded = try await check(world, 2)
        let gate = recorded.decision.gates.first { $0.title.contains("champion") }
        #expect(gate?.verdict == .pass, "\(recorded.decision.text)")
    }

    @Test("a challenger that is worse than the champion is denied")
    func worse() async throws {
        let world = try await World.qualified(["fake one"])
        let server = world.start()
        _ = try await server.finish(server.ship(1).plan.release)
        world.engine.set("fake upside down") { $0.disagrees = true }
        let version = try await world.register("fake upside down")
        try await world.qualify(version)
        let denied = try await check(world, version)
        #expect(!denied.decision.allowed)
        #expect(denied.decision.obstacles.contains { $0.title.contains("champion") && $0.verdict == .fail })
    }

    @Test("a version registered without a token can never show two different people")
    func anonymous() async throws {
        let world = try await World()
        let server = world.start()
        _ = try await server.governance.apply(manifest: World.manifest(), file: "slipway.yaml", caller: World.alice)
        try await world.register("fake one", by: .anonymous)
        try await world.qualify(1)
        #expect(try await check(world).decision.obstacles.map(\.gate) == ["approvals"])
    }

    @Test("a changed manifest asks the approvers again, and a refusal outlives it")
    func changedManifest() async throws {
        let world = try await World.qualified(["fake one"])
        let server = world.start()
        #expect(try await check(world).decision.allowed)
        let loose = World.manifest().replacing("min: 0.6", with: "min: 0.1")
        world.clock.advance(.seconds(1))
        _ = try await server.governance.apply(manifest: loose, file: "slipway.yaml", caller: World.alice)
        let denied = try await check(world).decision.obstacles
        #expect(denied.map(\.gate) == ["approvals"])
        #expect(denied.first?.reason.contains("does not count: the manifest changed after it") == true)
    }

    @Test("where people are known, a manifest needs one, and a laxer tier an administrator")
    func authority() async throws {
        let world = try await World()
        let server = world.start()
        _ = try await server.accounts.create(user: "root", caller: .anonymous)
        let admin = Caller(user: "root", isAdmin: true)
        _ = try await server.accounts.create(user: "mallory", caller: admin)
        let mallory = Caller(user: "mallory")
        for (tier, caller, kind) in [
            (2, Caller.anonymous, ServiceError.Kind.unauthenticated), (3, mallory, .forbidden), (2, mallory, nil),
            (1, mallory, nil), (2, mallory, .forbidden), (3, admin, nil),
        ] as [(Int, Caller, ServiceError.Kind?)] {
            if tier == 3, caller == mallory {
                _ = try await server.governance.apply(manifest: World.manifest(), file: "f", caller: admin)
            }
            var refused: ServiceError.Kind?
            do {
                _ = try await server.governance.apply(manifest: World.manifest(tier: tier), file: "f", caller: caller)
            } catch let error as ServiceError {
                refused = error.kind
            }
            #expect(refused == kind, "tier \(tier) by \(caller.actor)")
        }
    }

    @Test("applying the same manifest again is no event; a mistake changes nothing")
    func apply() async throws {
        let world = try await World()
        let server = world.start()
        for _ in 0..<2 {
            _ = try await server.governance.apply(manifest: World.manifest(), file: "slipway.yaml", caller: World.alice)
        }
        await #expect(throws: ManifestError.self) {
            try await server.governance.apply(
                manifest: World.manifest() + "nonsense: 1\n",
                file: "f",
                caller: World.alice
            )
        }
        #expect(try await server.entries("manifest.applied").count == 1)
        #expect(try await server.governance.manifest(of: World.model)?.metadata.owner == "team-ops")
    }
}
