import SlipwayDomain
import Testing

@testable import SlipwayPolicy

@Suite("The release section of a manifest")
struct ReleaseRulesTests {
    private func rules(_ release: String) throws -> ReleaseRules {
        let section = release.split(separator: "\n").map { "    \($0)" }.joined(separator: "\n")
        return try Manifest(
            yaml: """
                apiVersion: slipway/v1
                kind: Model
                metadata: {name: m, owner: o, tier: 3}
                spec:
                  task: binary-classification
                  release:
                \(section)

                """
        ).spec.release
    }

    @Test("Everything that a release may say is read, and read back from its JSON")
    func whole() throws {
        let rules = try rules(
            """
            strategy: canary
            steps: [5, {percent: 25, pause: 10m}, {percent: 50, pause: person}, {percent: 100, approve: risk}]
            progressDeadline: 3d
            windows: ['mon-thu 09:00-16:00']
            approvers: {risk: [ana, ben]}
            onVerdict: {pass: ask, fail: roll-back, inconclusive: extend, notEnoughData: wait, extensions: 2}
            budget: {slowBelow: 0.5, freezeBelow: 0.1}
            limits: {queue: 16}
            exclude: {userAgents: [loadtest], headers: {x-synthetic: 'yes'}}
            """
        )
        #expect(rules.steps == [5, 25, 50, 100])
        #expect(rules.stepRules[1].pause == .time(.minutes(10)) && rules.stepRules[2].pause == .person)
        #expect(rules.stepRules[3].approve == "risk" && rules.approvers == ["risk": ["ana", "ben"]])
        #expect(rules.progressDeadline == .days(3) && rules.windows?.map(\.description) == ["mon-thu 09:00-16:00"])
        #expect(rules.onVerdict?.inconclusive == .extend && rules.onVerdict?.extensions == 2)
        #expect(rules.budget?.slowBelow == 0.5 && rules.limits?.queue == 16)
        #expect(rules.exclude?.headers == ["x-synthetic": "yes"])
        let bytes = try CanonicalJSON.bytes(encoding: rules)
        #expect(try JSONValue(parsing: bytes).decode(ReleaseRules.self) == rules)
    }

    @Test("Each strategy has its own steps and its own part")
    func strategies() throws {
        let shadow = try rules("strategy: shadow\nshadow: {sample: 20, then: promote}\nsteps: [10, 100]")
        #expect(shadow.strategy == .shadow && shadow.shadow?.sample == 20 && shadow.steps == [10, 100])
        let switching = try rules("strategy: blue-green")
        #expect(switching.strategy == .blueGreen && switching.steps == [100])
        let comparison = try rules(
            "strategy: ab\nab: {metric: label_rate, goal: higher, maxObservations: 900, undecided: ask, confirm: true}"
        )
        #expect(comparison.steps == [50, 100] && comparison.ab?.maxObservations == 900)
        #expect(comparison.ab?.undecided == .ask && comparison.ab?.confirm == true)
    }

    @Test("Each metric is read in its own form, and written so that it is read the same again")
    func metrics() throws {
        let lines = [
            "{metric: error_rate, against: stable, maxIncrease: 0.01}", "{metric: latency_p99_ms, max: 80}",
            "{metric: latency_p50_ms, against: stable, maxIncrease: 2}",
            "{metric: disagreement, slice: carrier, max: 0.2}", "{metric: disagreement, max: 0.1}",
            "{metric: score_distance, max: 0.05}", "{metric: score_drift, max: 0.1}",
            "{metric: accuracy, against: stable, maxDrop: 0.02, delay: 24h}", "{metric: accuracy, min: 0.8}",
            "{metric: prometheus, query: 'sum(rate(bad[5m]))', max: 0.5}", "{metric: prometheus, query: 'up', max: -1}",
        ]
        let read = try rules("strategy: canary\nblock: 1m\nanalysis: [\(lines.joined(separator: ", "))]")
        #expect(read.block == .minutes(1))
        #expect(read.analysis.count == lines.count)
        #expect(read.analysis[3].slice == "carrier" && read.analysis[7].delay == .hours(24))
        #expect(read.analysis[7].test == .maxDrop(0.02) && read.analysis[8].test == .min(0.8))
        #expect(read.analysis[9].query == "sum(rate(bad[5m]))")
        let again = try JSONValue(parsing: Array(CanonicalJSON.text(of: JSONValue(encoding: read)).utf8))
        #expect(try again.decode(ReleaseRules.self) == read)
    }

    @Test("A release that says nothing new has the bytes that it always had")
    func oldBytes() throws {
        let text = try CanonicalJSON.text(of: JSONValue(encoding: rules("strategy: canary\nsteps: [5, 100]")))
        let expected =
            #"{"analysis":[{"against":"stable","maxIncrease":0.01,"metric":"error_rate"}],"#
            + #""steps":[5,100],"strategy":"canary"}"#
        #expect(text == expected)
    }
}
