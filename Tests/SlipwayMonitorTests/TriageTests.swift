import SlipwayDomain
import Testing

@testable import SlipwayMonitor

@Suite("Triage")
struct TriageTests {
    private static let symptom = Instant(milliseconds: 1_372_636_800_000)  // 2013-07-01T00:00:00Z

    private static func ago(hours: Int64) -> Instant { symptom + Span(milliseconds: -hours * 3_600_000) }
    private static func release(hours: Int64, rollback: Bool = false) -> TriageFacts.Release {
        .init(
            entry: EntryID("r\(hours)"),
            time: ago(hours: hours),
            release: ReleaseID("rel\(hours)"),
            version: 3,
            isRollback: rollback
        )
    }
    private static func drift(_ column: String, _ strength: Double, hours: Int64 = 0) -> TriageFacts.Drift {
        .init(entry: EntryID("d\(hours)"), time: ago(hours: hours), column: column, strength: strength)
    }
    private static func breach(hours: Int64 = 0) -> TriageFacts.Performance {
        .init(entry: EntryID("p\(hours)"), time: ago(hours: hours), verdict: .breached, value: 0.61, threshold: 0.65)
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let kinds: [Suspect.Kind]
        let edit: @Sendable (inout TriageFacts) -> Void

        init(_ name: String, _ kinds: [Suspect.Kind], _ edit: @escaping @Sendable (inout TriageFacts) -> Void) {
            testDescription = name
            self.kinds = kinds
            self.edit = edit
        }
    }

    private static let cases: [Case] = [
        Case("nothing known", []) { _ in },
        Case("a release an hour before, and drift", [.release, .data]) {
            $0.releases = [release(hours: 1)]
            $0.drifted = [drift("temp", 2)]
        },
        Case("a release ten days before, and drift", [.data, .release]) {
            $0.releases = [release(hours: 240)]
            $0.drifted = [drift("temp", 2)]
        },
        Case("a release after the symptom", []) { $0.releases = [release(hours: -1)] },
        Case("a release beyond the horizon", []) { $0.releases = [release(hours: 24 * 31)] },
        Case("breach with no other fact", [.concept]) { $0.performance = [breach()] },
        Case("breach with drift", [.data, .concept]) {
            $0.performance = [breach()]
            $0.drifted = [drift("temp", 2)]
        },
        Case("an upstream change the day before", [.upstream, .data]) {
            $0.upstream = [.init(entry: "u1", time: ago(hours: 12), change: "manifest applied by ana")]
            $0.drifted = [drift("temp", 1.5)]
        },
        Case("half of the requests fail", [.service, .data]) {
            $0.errors = [.init(entry: nil, time: ago(hours: -1), failed: 50, requests: 100)]
            $0.drifted = [drift("temp", 3)]
        },
        Case("no request fails", []) { $0.errors = [.init(entry: nil, time: symptom, failed: 0, requests: 100)] },
        Case("a good window", []) {
            $0.performance = [.init(entry: "p", time: symptom, verdict: .ok, value: 0.7, threshold: 0.65)]
        },
    ]

    @Test("names what came before the symptom, the likeliest first", arguments: cases)
    func table(_ example: Case) {
        var facts = TriageFacts()
        example.edit(&facts)
        let suspects = Triage.rank(model: "flight-delay", symptom: Symptom(at: Self.symptom), facts: facts)
        #expect(suspects.map(\.kind) == example.kinds, "\(suspects.map { "\($0.title) \($0.score)" })")
        #expect(
            suspects.allSatisfy {
                (0...1).contains($0.score) && $0.reason.hasSuffix(".") && $0.command.hasPrefix("slipway ")
            }
        )
    }

    @Test("says what to run and why")
    func words() throws {
        var facts = TriageFacts()
        facts.releases = [Self.release(hours: 260), Self.release(hours: 26)]
        facts.drifted = [Self.drift("temp", 3.2), Self.drift("temp", 2, hours: 24), Self.drift("visib", 4)]
        let suspects = Triage.rank(model: "flight-delay", symptom: Symptom(at: Self.symptom), facts: facts)
        let releases = suspects.filter { $0.title.hasPrefix("Release") }
        let release = try #require(releases.first)
        #expect(releases.map(\.command) == ["slipway rollback flight-delay", "slipway status flight-delay"])
        #expect(
            release.reason
                == "Release of version 3 began 1d 2h before the symptom; most failures follow a change of version."
        )
        let data = try #require(suspects.first { $0.kind == .data })
        #expect(
            data.reason
                == "The inputs no longer look like the reference: visib (4 times the floor), temp (3.2 times the floor)."
        )
        #expect(data.evidence == ["d0"])
    }

    @Test("only the newest release that stands is to be taken back, and only when one came before it")
    func returnable() throws {
        func commands(_ releases: [TriageFacts.Release]) -> [String] {
            var facts = TriageFacts()
            facts.releases = releases
            return Triage.rank(model: "m", symptom: Symptom(at: Self.symptom), facts: facts).map(\.command)
        }
        var over = Self.release(hours: 2)
        over.stands = false
        #expect(commands([Self.release(hours: 26)]) == ["slipway status m"])
        #expect(commands([Self.release(hours: 26), over]) == ["slipway status m", "slipway status m"])
        #expect(commands([Self.release(hours: 50), Self.release(hours: 26), over])[1] == "slipway rollback m")
        let back = Self.release(hours: 1, rollback: true)
        #expect(!commands([Self.release(hours: 50), Self.release(hours: 26), back]).contains("slipway rollback m"))
    }

    @Test("without an incident nobody is told to roll back")
    func healthy() throws {
        var facts = TriageFacts()
        facts.releases = [Self.release(hours: 26)]
        let suspects = Triage.rank(model: "m", symptom: Symptom(at: Self.symptom, isKnown: false), facts: facts)
        let release = try #require(suspects.first)
        #expect(release.command == "slipway status m")
        #expect(release.reason == "Release of version 3 began 1d 2h ago.")
    }

    @Test("does not depend on the order of the facts")
    func order() {
        let seed = Seeded.announced("triage order")
        var random = Seeded(seed)
        for round in 0..<300 {
            var facts = TriageFacts()
            facts.releases = (0..<4).map { _ in Self.release(hours: Int64.random(in: -10...900, using: &random)) }
            facts.drifted = (0..<6).map { _ in
                Self.drift(
                    ["a", "b", "c"].randomElement(using: &random) ?? "a",
                    Double.random(in: 1...5, using: &random),
                    hours: Int64.random(in: -10...900, using: &random)
                )
            }
            facts.performance = (0..<3).map { _ in Self.breach(hours: Int64.random(in: -10...900, using: &random)) }
            var mixed = facts
            mixed.releases.shuffle(using: &random)
            mixed.drifted.shuffle(using: &random)
            mixed.performance.shuffle(using: &random)
            #expect(
                Triage.rank(model: "m", symptom: Symptom(at: Self.symptom), facts: facts)
                    == Triage.rank(model: "m", symptom: Symptom(at: Self.symptom), facts: mixed),
                "seed \(seed), round \(round)"
            )
        }
    }
}

extension Identifier: ExpressibleByStringLiteral {
    package init(stringLiteral value: String) { self.init(value) }
}
