import SlipwayDomain
import SlipwayLedger
import SlipwayProgram
import Testing

@Suite("Laws of the scorecard")
struct ScorecardPropertyTests {
    /// A ledger of random but possible events over about 1,000 hours.
    private func randomLedger(_ generator: inout SeededGenerator) -> [Entry] {
        var builder = LedgerBuilder()
        var time = 0.0
        for number in 0..<Int.random(in: 20...80, using: &generator) {
            time += Double(Int.random(in: 0...40, using: &generator))
            let model = ["m", "n", "o"][Int.random(in: 0..<3, using: &generator)]
            let version = Int64.random(in: 1...6, using: &generator)
            switch Int.random(in: 0..<9, using: &generator) {
            case 0, 1: builder.register(version, model: model, at: time)
            case 2: builder.ship("r\(number)", version, model: model, at: time)
            case 3:
                builder.decide("d\(number)", version, model: model, at: time, allowed: Bool.random(using: &generator))
                builder.start("r\(number)", version, model: model, at: time + 1, decision: "d\(number)")
                builder.complete("r\(number)", version, model: model, at: time + 2, outcome: "rolledBack")
            case 4: builder.start("b\(number)", version, model: model, at: time, kind: "rollback")
            case 5:
                builder.open("i\(Int.random(in: 0...9, using: &generator))", model: model, at: time, started: time - 3)
            case 6: builder.resolve("i\(Int.random(in: 0...9, using: &generator))", at: time, restored: time - 1)
            case 7: builder.alert("a\(number)", at: time, onset: Bool.random(using: &generator) ? time - 20 : nil)
            default: builder.observe(model, "\(version)", registered: Bool.random(using: &generator), at: time)
            }
        }
        return builder.entries
    }

    private func scorecard(_ entries: [Entry], _ from: Double, _ to: Double) -> Scorecard {
        Scorecard.compute(entries: entries, window: (from: LedgerBuilder.hour(from), to: LedgerBuilder.hour(to)))
    }

    @Test("Events that no figure is about change nothing, wherever they stand", arguments: 1...40)
    func irrelevantEvents(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let entries = randomLedger(&generator)
        var more = entries
        for number in 0..<10 {
            let name = [
                "user.created", "token.issued", "alias.set", "drift.recorded", "release.paused", "alert.resolved",
            ][number % 6]
            let noise = Entry(
                id: EntryID("noise\(number)"),
                source: "/s",
                name: name,
                subject: "models/m",
                time: LedgerBuilder.hour(Double(Int.random(in: -50...2000, using: &generator))),
                actor: "eve",
                data: ["model": "m", "release": "r1", "version": 1, "alert": "a1"]
            )
            more.insert(noise, at: Int.random(in: 0...more.count, using: &generator))
        }
        let plain = scorecard(entries, 100, 700)
        #expect(scorecard(more, 100, 700) == plain, "seed \(seed)")
        #expect(scorecard(more, 100, 700).json == plain.json, "seed \(seed)")
    }

    @Test("The counts of two adjoining windows add up to those of both together", arguments: 1...60)
    func splitWindows(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let entries = randomLedger(&generator)
        let middle = Double(Int.random(in: 10...1500, using: &generator))
        let parts = [scorecard(entries, 0, middle), scorecard(entries, middle, 2000)]
        let whole = scorecard(entries, 0, 2000)
        func expectSum(_ what: String, _ count: (Scorecard) -> Double?) {
            let sum = parts.reduce(0) { $0 + (count($1) ?? 0) }
            #expect(abs(sum - (count(whole) ?? 0)) < 1e-9, "seed \(seed), \(what)")
        }
        for id in ["lead-time", "deployment-frequency", "time-to-restore", "time-to-detect", "gate-compliance"] {
            expectSum(id) { Double($0[id]?.count ?? 0) }
        }
        for id in ["deployment-frequency", "gate-compliance"] {
            expectSum("\(id) numerator") { $0[id]?.numerator }
            expectSum("\(id) denominator") { $0[id]?.denominator }
        }
        expectSum("caught") { Double($0.caughtByCanary) }
        expectSum("without onset") { $0["time-to-detect"]?.detail("withoutOnset") }
        expectSum("reached 100 %") {
            guard let kpi = $0["change-failure-rate"], let immature = kpi.detail("immature") else { return nil }
            return Double(kpi.count) + immature
        }
    }

    @Test("What is open gets older with the window's end, by exactly the time that passed", arguments: 1...40)
    func openAge(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let entries = randomLedger(&generator)
        let last = entries.map(\.time).max() ?? LedgerBuilder.epoch
        for id in ["lead-time", "time-to-restore"] {
            var previous: Double?
            for days: Int64 in 1...5 {
                let card = Scorecard.compute(
                    entries: entries,
                    window: (from: LedgerBuilder.epoch, to: last + .days(days))
                )
                let age = card[id]?.durations?.oldestOpenAge
                if let previous, let age { #expect(age == previous + 86_400, "seed \(seed)") }
                #expect((previous == nil) == (age == nil) || days == 1, "seed \(seed)")
                previous = age
            }
        }
    }

    @Test(
        "Shares lie between 0 and 1, counts agree, and every used entry is in the ledger, once and in order",
        arguments: 1...40
    )
    func bounds(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let entries = randomLedger(&generator)
        let order = Dictionary(uniqueKeysWithValues: entries.enumerated().map { ($0.element.id, $0.offset) })
        for kpi in scorecard(entries, 200, 900).kpis {
            #expect((kpi.value == nil) == (kpi.reason != nil), "seed \(seed), \(kpi.id)")
            if kpi.unit == .ratio, let value = kpi.value { #expect((0...1).contains(value), "seed \(seed), \(kpi.id)") }
            let positions = try kpi.entryIDs.map { try #require(order[$0]) }
            #expect(positions == Set(positions).sorted(), "seed \(seed), \(kpi.id)")
        }
    }

    @Test("The same ledger gives the same bytes, as JSON and as text", arguments: 1...10)
    func deterministic(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let entries = randomLedger(&generator)
        let first = scorecard(entries, 0, 900)
        let second = scorecard(entries, 0, 900)
        #expect(try CanonicalJSON.bytes(of: first.json) == CanonicalJSON.bytes(of: second.json))
        #expect(first.text == second.text)
    }
}
