import SlipwayDomain
import SlipwayStatistics
import Testing

@testable import SlipwayMonitor

@Suite("Drift")
struct DriftAnalystTests {
    /// A change of the data, the columns that must be found, and the statistic that must lead.
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let rows: SyntheticRows
        let found: [String: DriftTest.Statistic]
    }

    static let kinds: [Case] = [
        Case(
            testDescription: "mean moved by 0.3 sd",
            rows: SyntheticRows(shift: 0.3),
            found: ["delay": .kolmogorovSmirnov]
        ),
        Case(testDescription: "sd times 1.5", rows: SyntheticRows(spread: 1.5), found: ["delay": .kolmogorovSmirnov]),
        Case(
            testDescription: "10 % contamination",
            rows: SyntheticRows(contamination: 0.12),
            found: ["delay": .kolmogorovSmirnov]
        ),
        Case(testDescription: "categories tilted", rows: SyntheticRows(categoryTilt: 1), found: ["carrier": .cramersV]),
        Case(
            testDescription: "flag from 30 % to 60 %",
            rows: SyntheticRows(flagShare: 0.6),
            found: ["night": .cramersV]
        ),
        Case(
            testDescription: "missing from 2 % to 8 %",
            rows: SyntheticRows(missing: 0.08),
            found: ["delay": .missingShare]
        ),
        Case(
            testDescription: "5 % unseen categories",
            rows: SyntheticRows(unseen: 0.05),
            found: ["carrier": .cramersV]
        ),
        Case(
            testDescription: "5 % type failures",
            rows: SyntheticRows(failed: 0.05),
            found: ["delay": .typeFailureShare]
        ),
        Case(
            testDescription: "3 % far out of range",
            rows: SyntheticRows(contamination: 0.03, outlier: 9),
            found: ["delay": .outOfRangeShare]
        ),
    ]

    @Test("is found in the column that changed, with its effect, and in no other", arguments: kinds)
    func changes(_ change: Case) throws {
        let seed = Seeded.announced("drift: \(change.testDescription)")
        var random = Seeded(seed)
        let reference = try SyntheticRows.shared.get()
        let current = try change.rows.profile(rows: 1500, like: reference, &random)
        let verdict = try DriftAnalyst.judge(reference: reference, current: current)
        let found = Dictionary(uniqueKeysWithValues: verdict.drifted.map { ($0.name, $0.leading?.statistic) })
        #expect(found == change.found.mapValues { $0 }, "seed \(seed): \(verdict.columns.map(\.sentence))")
        #expect(verdict.verdict == .drifted)
        #expect(verdict.columns.first?.verdict == .drifted)
        for column in verdict.drifted {
            let test = try #require(column.leading)
            #expect(test.effect >= test.floor && (test.adjustedP ?? 1) <= 0.01 && test.bound >= test.effect)
            #expect(column.sentence.hasPrefix("\(column.name) drifted: "))
        }
    }

    @Test("is not seen where nothing changed: no episode in 60 windows, hardly a flagged column")
    func nothingChanged() throws {
        let seed = Seeded.announced("no drift")
        var random = Seeded(seed)
        let reference = try SyntheticRows.shared.get()
        var state = AlertState()
        var flagged = 0
        for index in 0..<60 {
            let current = try SyntheticRows().profile(rows: 400, like: reference, &random)
            let verdict = try DriftAnalyst.judge(reference: reference, current: current)
            flagged += verdict.drifted.count
            let window = WindowVerdict(from: Self.hour(index), to: Self.hour(index + 1), drift: verdict)
            let step = AlertMachine.step(state, window, now: Self.hour(index + 1))
            state = step.state
            #expect(step.signals.isEmpty, "seed \(seed), window \(index): \(verdict.sentence)")
        }
        #expect(flagged <= 2, "seed \(seed): \(flagged) of 360 column windows")
    }

    @Test("that begins is alerted within three windows, with the start of the first bad window")
    func timeToDetect() throws {
        let seed = Seeded.announced("time to detect")
        var random = Seeded(seed)
        let reference = try SyntheticRows.shared.get()
        var state = AlertState()
        for index in 0..<10 {
            let rows = index < 5 ? SyntheticRows() : SyntheticRows(shift: 0.3)
            let verdict = try DriftAnalyst.judge(
                reference: reference,
                current: try rows.profile(rows: 1000, like: reference, &random)
            )
            let window = WindowVerdict(from: Self.hour(index), to: Self.hour(index + 1), drift: verdict)
            let step = AlertMachine.step(state, window, now: Self.hour(index + 1))
            state = step.state
            if let signal = step.signals.first {
                #expect(signal == .fired(onset: Self.hour(5), at: Self.hour(7), columns: ["delay"]), "seed \(seed)")
            }
        }
        #expect(state.phase == .firing)
    }

    @Test("cannot be told from too few rows")
    func tooFew() throws {
        var random = Seeded(Seeded.announced("too few rows"))
        let reference = try SyntheticRows.shared.get()
        let current = try SyntheticRows(shift: 3).profile(rows: 199, like: reference, &random)
        let verdict = try DriftAnalyst.judge(reference: reference, current: current)
        #expect(verdict.verdict == .cannotTell)
        #expect(verdict.tests == 0)
        #expect(verdict.sentence == "199 rows are too few to tell: a verdict needs 200 on both sides.")
        let empty = try DriftAnalyst.judge(reference: reference, current: .emptyLike(reference))
        #expect(empty.verdict == .cannotTell)
    }

    @Test("of a column that lost all of its values is found by their absence")
    func allMissing() throws {
        var random = Seeded(Seeded.announced("all missing"))
        let reference = try SyntheticRows.shared.get()
        let current = try SyntheticRows(missing: 1).profile(rows: 500, like: reference, &random)
        let verdict = try DriftAnalyst.judge(reference: reference, current: current)
        #expect(verdict.drifted.map(\.name) == ["delay"])
        #expect(verdict.drifted.first?.leading?.statistic == .missingShare)
        #expect(verdict.drifted.first?.psi == nil)
    }

    @Test("below the floor does not count, however significant")
    func floor() throws {
        var random = Seeded(Seeded.announced("floor"))
        let reference = try SyntheticRows.shared.get()
        let current = try SyntheticRows(shift: 0.3).profile(rows: 1500, like: reference, &random)
        let strict = try DriftAnalyst.judge(
            reference: reference,
            current: current,
            policy: DriftPolicy(minEffect: 0.05)
        )
        let loose = try DriftAnalyst.judge(reference: reference, current: current, policy: DriftPolicy(minEffect: 0.3))
        #expect(strict.drifted.map(\.name) == ["delay"])
        #expect(loose.drifted.isEmpty && loose.verdict == .stable)
    }

    @Test("is looked for in the watched columns only, and all of their tests are corrected together")
    func features() throws {
        var random = Seeded(Seeded.announced("features"))
        let reference = try SyntheticRows.shared.get()
        let current = try SyntheticRows(shift: 1).profile(rows: 1000, like: reference, &random)
        let all = try DriftAnalyst.judge(reference: reference, current: current)
        #expect(all.columns.count == 6)
        #expect(all.tests == 3 * 4 + 2 * 4 + 3)
        let watched = DriftPolicy(minEffect: 0.05, features: ["carrier", "hour"])
        let some = try DriftAnalyst.judge(reference: reference, current: current, policy: watched)
        #expect(some.columns.map(\.name).sorted() == ["carrier", "hour"] && some.verdict == .stable)
    }

    @Test("has the same bytes for the same inputs, whatever the order in which the data were merged")
    func bytes() throws {
        var random = Seeded(Seeded.announced("bytes"))
        let reference = try SyntheticRows.shared.get()
        let parts = try (0..<4).map { _ in try SyntheticRows(shift: 0.5).profile(rows: 300, like: reference, &random) }
        func verdict(_ order: [Int]) throws -> [UInt8] {
            var merged = DatasetProfile.emptyLike(reference)
            for index in order { try merged.merge(parts[index]) }
            return try CanonicalJSON.bytes(encoding: DriftAnalyst.judge(reference: reference, current: merged))
        }
        #expect(try verdict([0, 1, 2, 3]) == verdict([3, 1, 0, 2]))
        let value = try JSONValue(parsing: verdict([0, 1, 2, 3]))
        #expect(try CanonicalJSON.bytes(encoding: value.decode(DriftVerdict.self)) == verdict([0, 1, 2, 3]))
    }

    @Test("is refused between profiles that were counted against different references")
    func differentReferences() throws {
        var random = Seeded(Seeded.announced("different references"))
        let first = try SyntheticRows.reference(rows: 500, &random)
        let second = try SyntheticRows.reference(rows: 500, &random)
        let counted = try SyntheticRows().profile(rows: 300, like: second, &random)
        #expect(throws: StatisticsError.self) { try DriftAnalyst.judge(reference: first, current: counted) }
        let both = try DriftAnalyst.judge(reference: first, current: second)
        #expect(both.verdict == .stable, "two that were made without a reference can be compared: \(both.sentence)")
    }

    private static func hour(_ index: Int) -> Instant { Instant(milliseconds: Int64(index) * 3_600_000) }
}
