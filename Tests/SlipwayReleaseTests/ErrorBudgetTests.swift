import SlipwayDomain
import SlipwayRelease
import Testing

@Suite("Error budgets, exclusions and comparisons")
struct ErrorBudgetTests {
    @Test(
        "Budget left is 1 - bad / ((1 - objective) x valid), the worse of both objectives",
        arguments: [
            (BudgetCounts(requests: 100_000, errors: 50, slow: 0), 0.999, false, 0.5),
            (BudgetCounts(requests: 100_000, errors: 150, slow: 0), 0.999, false, -0.5),
            (BudgetCounts(requests: 1000, errors: 0, slow: 40), 0.999, true, 0.2),
            (BudgetCounts(requests: 1000, errors: 1, slow: 0), 1.0, false, -1.0),
        ]
    )
    func left(counts: BudgetCounts, availability: Double, hasLatency: Bool, expected: Double) throws {
        let left = try #require(ErrorBudget.left(counts, availability: availability, hasLatency: hasLatency))
        #expect(abs(left - expected) < 1e-9)
    }

    @Test("The pace follows the budget, and a handful of errors concludes nothing")
    func pace() {
        func pace(_ requests: Int, _ errors: Int) -> BudgetPace {
            ErrorBudget.pace(
                BudgetCounts(requests: requests, errors: errors, slow: 0),
                availability: 0.99,
                hasLatency: false,
                policy: BudgetPolicy()
            )
        }
        #expect(pace(10, 9) == .normal)
        #expect(pace(10_000, 50) == .normal)
        #expect(pace(10_000, 80) == .slow)
        #expect(pace(10_000, 100) == .frozen)
        #expect(pace(0, 0) == .normal)
    }

    @Test("Probes, bots and what a manifest names are no evidence; everybody else is")
    func exclusions() {
        let rule = TrafficExclusions(userAgents: ["LoadTest"], headers: ["X-Synthetic": "1", "x-any": "*"])
        func excludes(_ headers: [String: String]) -> Bool { rule.excludes { headers[$0] } }
        for headers in [
            ["slipway-probe": "true"], ["user-agent": "kube-probe/1.29"], ["user-agent": "Googlebot/2.1"],
            ["user-agent": "my loadtest 3"], ["x-synthetic": "1"], ["x-any": "what"],
        ] {
            #expect(excludes(headers), "\(headers)")
        }
        for headers in [[:], ["user-agent": "python-requests/2"], ["x-synthetic": "0"]] {
            #expect(!excludes(headers), "\(headers)")
        }
    }

    @Test("With nothing between the versions an A/B release names a winner no oftener than alpha, at every look")
    func falseWinners() throws {
        var random = SplitMix(state: 20_130_401)
        let (releases, looks, alpha) = (400, 40, 0.1)
        let rule = ComparisonRule(metric: .labelRate, goal: .higher)
        var wins = 0
        for _ in 0..<releases {
            var hits = [0, 0]
            for look in 1...looks {
                for arm in 0...1 {
                    for _ in 0..<25 where random.unit() < 0.2 { hits[arm] += 1 }
                }
                let evidence = ComparisonEvidence(
                    step: 0,
                    from: Fixture.start,
                    to: Fixture.start + .minutes(10),
                    candidate: try ComparisonArm(observations: look * 25, hits: hits[0]),
                    stable: try ComparisonArm(observations: look * 25, hits: hits[1])
                )
                let verdict = ComparisonVerdict.judge(evidence, by: rule, alpha: alpha, leastObservations: 25)
                #expect(verdict.recomputed == verdict)
                if verdict.winner != .open {
                    wins += 1
                    break
                }
            }
        }
        #expect(Double(wins) / Double(releases) <= alpha, "\(wins) of \(releases)")
    }

    private struct SplitMix {
        var state: UInt64

        mutating func unit() -> Double {
            state &+= 0x9E37_79B9_7F4A_7C15
            var word = state
            word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
            word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
            return Double((word ^ (word >> 31)) >> 11) / 9_007_199_254_740_992
        }
    }

    @Test("A comparison in the ledger can be read back and computed again")
    func record() throws {
        for winner in ComparisonWinner.allCases {
            let verdict = Fixture.comparison(winner)
            #expect(verdict.winner == winner)
            let data = ReleaseRecord(revision: 4, body: .comparison(verdict)).data(of: Fixture.ab)
            let read = try #require(data["comparison"]).decode(ComparisonVerdict.self)
            #expect(read == verdict && read.recomputed == verdict)
        }
    }
}

@Suite("Windows of the week")
struct WeeklyWindowTests {
    @Test(
        "A window is read, written and asked",
        arguments: [
            ("mon-thu 09:00-16:00", "2013-04-01T09:00:00Z", true),
            ("mon-thu 09:00-16:00", "2013-04-01T16:00:00Z", false),
            ("mon-thu 09:00-16:00", "2013-04-05T10:00:00Z", false),
            ("fri-mon 00:00-24:00", "2013-04-07T23:59:59Z", true),
            ("fri-mon 00:00-24:00", "2013-04-02T00:00:00Z", false), ("sun 22:00-23:30", "2013-04-07T23:29:00Z", true),
            ("thu 00:00-01:00", "1969-12-25T00:30:00Z", true),
        ]
    )
    func contains(text: String, time: String, isOpen: Bool) throws {
        let window = try #require(WeeklyWindow(text))
        let instant = try #require(Instant(time))
        #expect(window.description == text)
        #expect(window.contains(instant) == isOpen)
        let opening = window.opening(from: instant)
        #expect(opening >= instant && window.contains(opening))
        #expect(opening - instant <= .days(7))
        if opening > instant { #expect(!window.contains(Instant(milliseconds: opening.milliseconds - 1))) }
    }

    @Test(
        "What is no window is refused",
        arguments: [
            "", "mon", "mon 9:00-10:00", "mon 10:00-09:00", "mon 09:00-25:00", "mon-tue-wed 09:00-10:00",
            "moon 09:00-10:00", "mon 09:00-10:60", "mon 24:01-24:02", "mon  ", "mon 09:00-09:00",
        ]
    )
    func refused(text: String) { #expect(WeeklyWindow(text) == nil) }
}
