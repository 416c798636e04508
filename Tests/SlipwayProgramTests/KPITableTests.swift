import SlipwayDomain
import SlipwayLedger
import SlipwayProgram
import Testing

private func hours(_ count: Double) -> Double { count * 3600 }

@Suite("The figures are those computed by hand")
struct KPITableTests {
    private func kpi(_ id: String, from: Double = 0, to: Double, _ fill: (inout LedgerBuilder) -> Void) throws -> KPI {
        var builder = LedgerBuilder()
        fill(&builder)
        let window = (from: LedgerBuilder.hour(from), to: LedgerBuilder.hour(to))
        return try #require(Scorecard.compute(entries: builder.entries, window: window)[id])
    }

    @Test("Lead time: two shipped, one abandoned, one open, one without registration")
    func leadTime() throws {
        let kpi = try kpi("lead-time", to: 200) {
            $0.register(1, at: 0)
            $0.register(2, at: 10)
            $0.register(3, at: 20)
            $0.ship("r1", 1, at: 9)
            $0.ship("r3", 3, at: 49)
            $0.register(4, at: 100)
            $0.ship("r9", 9, model: "other", at: 60)
        }
        // Version 1: 10 h, version 3: 30 h; version 2 was overtaken at 50 h; version 4 is 100 h old.
        #expect(kpi.value == hours(20))
        #expect(kpi.count == 2)
        #expect(kpi.isLowSample)
        #expect(kpi.durations?.meanClosedOnly == hours(20))
        #expect(kpi.durations?.percentile90 == hours(28))
        #expect(kpi.durations?.openCount == 1)
        #expect(kpi.durations?.oldestOpenAge == hours(100))
        // Survival is 2/3 after 10 h and 1/3 after 30 h.
        #expect(kpi.durations?.kaplanMeierMedian == hours(30))
        #expect(kpi.detail("abandoned") == 1)
        #expect(kpi.detail("invalid") == 1)
        #expect(kpi.detail("medianSecondsToFirstTraffic") == hours(19.5))
    }

    @Test("Lead time: a version's second release, a rollback and another environment do not count")
    func leadTimeFirstOnly() throws {
        let kpi = try kpi("lead-time", to: 200) {
            $0.register(1, at: 0)
            $0.start("s", 1, at: 1, environment: "staging")
            $0.complete("s", 1, at: 2, environment: "staging")
            $0.start("b", 1, at: 3, kind: "rollback")
            $0.complete("b", 1, at: 4, kind: "rollback")
            $0.ship("r1", 1, at: 4)
            $0.ship("r2", 1, at: 90)
        }
        #expect(kpi.value == hours(5))
        #expect(kpi.count == 1)
    }

    @Test("Without anything closed the value is null, and what is open says so")
    func leadTimeOpenOnly() throws {
        let kpi = try kpi("lead-time", to: 50) { $0.register(1, at: 20) }
        #expect(kpi.value == nil)
        #expect(kpi.reason == "nothing ended in the window")
        #expect(kpi.durations?.kaplanMeierMedian == nil)
    }

    @Test("Deployment frequency: promotions per model-month; a model without one counts with its months")
    func frequency() throws {
        let month = 30.436875 * 24
        let kpi = try kpi("deployment-frequency", from: 0, to: month) {
            $0.ship("before", 1, model: "quiet", at: -100)
            $0.ship("r1", 1, at: month / 2 - 1)
            $0.ship("r2", 2, at: month / 2 + 5)
            $0.ship("r3", 3, at: month / 2 + 50)
            $0.start("bad", 4, at: month / 2 + 60)
            $0.complete("bad", 4, at: month / 2 + 61, outcome: "rolledBack")
            $0.start("back", 2, at: month / 2 + 62, kind: "rollback")
            $0.complete("back", 2, at: month / 2 + 63, kind: "rollback")
        }
        #expect(kpi.numerator == 3)
        // One model all month, the other for half of it.
        #expect(abs((kpi.denominator ?? 0) - 1.5) < 1e-6)
        #expect(abs((kpi.value ?? 0) - 2) < 1e-5)
        #expect(kpi.detail("activeModels") == 2)
        #expect(kpi.detail("daysWithDeployment") == 2)
        #expect(kpi.entryIDs.map(\.text) == ["e8", "e12", "e16"])
    }

    @Test("Change failure rate: named incident, incident in time, late incident, rollback, and what the canary caught")
    func changeFailure() throws {
        let kpi = try kpi("change-failure-rate", to: 3000) {
            $0.ship("named", 1, at: 0)
            $0.ship("inTime", 2, at: 300)
            $0.open("i1", at: 400)
            $0.ship("late", 3, at: 600)
            $0.open("i2", at: 601 + 169)
            $0.ship("back", 4, at: 900)
            $0.start("rb", 3, at: 950, kind: "rollback")
            $0.ship("fine", 5, at: 1300)
            $0.start("same", 5, at: 1310, kind: "rollback")
            $0.start("canary", 6, at: 1500)
            $0.step("canary", 6, at: 1501, percent: 25)
            $0.complete("canary", 6, at: 1502, outcome: "rolledBack")
            $0.start("aborted", 6, at: 1600)
            $0.complete("aborted", 6, at: 1601, outcome: "aborted")
            $0.start("full", 7, at: 1700)
            $0.step("full", 7, at: 1701, percent: 100)
            $0.complete("full", 7, at: 1702, outcome: "rolledBack")
            $0.ship("young", 8, at: 2990)
            $0.alert("drift", at: 1301, onset: 1301)
            $0.open("i4", at: 1303, alert: "drift")
            $0.open("i3", at: 2999, release: "named")
        }
        // Failed: named (i3), inTime (i1), back (rb), full. Not: late (169 h after), fine (rolled "back" to itself, drifted), canary.
        #expect(kpi.numerator == 4)
        #expect(kpi.denominator == 6)
        #expect(kpi.value == 4.0 / 6)
        #expect(kpi.detail("caughtByCanary") == 1)
        #expect(kpi.detail("immature") == 1)
        #expect(kpi.detail("immatureFailed") == 0)
    }

    @Test("Change failure rate has no value while every deployment is young")
    func changeFailureYoung() throws {
        let kpi = try kpi("change-failure-rate", to: 100) { $0.ship("r", 1, at: 50) }
        #expect(kpi.value == nil)
        #expect(kpi.reason == "no deployment is 7 days old yet, 1 younger")
    }

    @Test("Time to restore: impact start, reopening, open ones and those that a deployment caused")
    func restore() throws {
        let kpi = try kpi("time-to-restore", to: 100) {
            $0.open("a", at: 10, started: 8, release: "r")
            $0.resolve("a", at: 13, restored: 12)
            $0.open("b", at: 20)
            $0.resolve("b", at: 21)
            $0.open("b", at: 22)
            $0.resolve("b", at: 26)
            $0.open("c", at: 90)
            $0.open("d", at: 110)
        }
        // a: 8 to 12, b: 20 to 26 because it was reopened; c is open for 10 h; d is after the window.
        #expect(kpi.value == hours(5))
        #expect(kpi.durations?.openCount == 1)
        #expect(kpi.durations?.oldestOpenAge == hours(10))
        #expect(kpi.durations?.kaplanMeierMedian == hours(6))
        #expect(kpi.detail("causedByDeployment") == 1)
        #expect(kpi.detail("medianSecondsCausedByDeployment") == hours(4))
        #expect(kpi.entryIDs.map(\.text) == ["e1", "e2", "e3", "e4", "e5", "e6", "e7"])
    }

    @Test("Time to detect: known onsets only, the others are counted")
    func detect() throws {
        let kpi = try kpi("time-to-detect", to: 100) {
            $0.alert("a", at: 30, onset: 6)
            $0.alert("b", at: 50, onset: 20, kind: "performance")
            $0.alert("a", at: 60, onset: 6)
            $0.alert("c", at: 70, onset: nil)
            $0.alert("d", at: 80, onset: 90)
            $0.open("i", at: 31, alert: "a")
            $0.open("j", at: 40)
        }
        #expect(kpi.value == hours(27))
        #expect(kpi.count == 2)
        #expect(
            kpi.details.map(\.name) == ["drift", "performance", "withoutOnset", "invalid", "incidentsWithoutAlert"]
        )
        #expect(kpi.details.map(\.value) == [1, 1, 1, 1, 1])
    }

    @Test("Models in registry: every digest of a model must be known, and the last sight counts")
    func registry() throws {
        let kpi = try kpi("models-in-registry", to: 100) {
            $0.observe("a", "1", registered: true, at: 1)
            $0.observe("a", "2", registered: false, at: 2)
            $0.observe("a", "2", registered: true, at: 3)
            $0.observe("b", "3", registered: true, at: 4)
            $0.observe("b", "4", registered: false, at: 5)
            $0.observe("c", "5", registered: false, at: 500)
        }
        #expect(kpi.value == 0.5)
        #expect(kpi.numerator == 1)
        #expect(kpi.denominator == 2)
        #expect(kpi.detail("digestsSeen") == 4)
        #expect(kpi.detail("digestsRegistered") == 3)
    }

    @Test("Gate compliance: an allowed decision for this version and place must stand before the release")
    func gates() throws {
        let kpi = try kpi("gate-compliance", to: 100) {
            $0.decide("d1", 1, at: 1)
            $0.start("good", 1, at: 2, decision: "d1")
            $0.decide("d2", 2, at: 3, allowed: false)
            $0.start("denied", 2, at: 4, decision: "d2")
            $0.start("early", 3, at: 5, decision: "d3")
            $0.decide("d3", 3, at: 5)
            $0.start("none", 4, at: 6)
            $0.start("other", 5, at: 7, decision: "d1")
            $0.decide("d4", 6, at: 8, environment: "staging")
            $0.start("place", 6, at: 9, decision: "d4")
            $0.start("staging", 7, at: 10, environment: "staging")
            $0.start("back", 1, at: 11, kind: "rollback")
        }
        #expect(kpi.numerator == 1)
        #expect(kpi.denominator == 6)
        #expect(kpi.detail("withoutDecision") == 4)
        #expect(kpi.detail("denied") == 1)
        #expect(kpi.entryIDs.map(\.text) == ["e1", "e2", "e3", "e4", "e5", "e7", "e8", "e10"])
    }

    @Test("Without events every value is null with its reason, never 0 or 100 %")
    func empty() {
        let window = (from: LedgerBuilder.hour(0), to: LedgerBuilder.hour(100))
        for kpi in Scorecard.compute(entries: [], window: window).kpis {
            #expect(kpi.value == nil)
            #expect(kpi.reason == "no events")
            #expect(kpi.isLowSample)
            #expect(kpi.entryIDs.isEmpty)
        }
    }

    @Test("Alert precision: actionable of what is marked; alerts of one incident count once, by the last mark")
    func alertPrecision() throws {
        let kpi = try kpi("alert-precision", to: 100) {
            $0.alert("a", at: 1, onset: 1)
            $0.open("i1", at: 1, alert: "a")
            $0.mark("i1", "noise", at: 2)
            $0.mark("i1", "actionable", at: 3)
            // A second alert of the same incident says so itself.
            $0.alert("b", at: 4, onset: 4, incident: "i1")
            $0.alert("c", at: 5, onset: 5)
            $0.open("i2", at: 5, alert: "c")
            $0.mark("i2", "noise", at: 6)
            $0.alert("d", at: 7, onset: 7, incident: "i3")
            $0.alert("e", at: 200, onset: 200, incident: "i4")
            $0.mark("i4", "noise", at: 201)
            $0.mark("i3", "perhaps", at: 8)
        }
        #expect(kpi.value == 0.5 && kpi.count == 2)
        #expect(kpi.detail("noise") == 1 && kpi.detail("untriaged") == 1)
        #expect(abs((kpi.detail("coveragePercent") ?? 0) - 200 / 3) < 1e-9)
        #expect(abs((kpi.detail("lowestPercent") ?? 0) - 100 / 3) < 1e-9)
        #expect(abs((kpi.detail("highestPercent") ?? 0) - 200 / 3) < 1e-9)
        #expect(kpi.entryIDs.count == 6)
        let unmarked = try self.kpi("alert-precision", to: 100) { $0.alert("a", at: 1, onset: 1) }
        #expect(unmarked.value == nil && unmarked.reason?.contains("slipway incidents mark") == true)
    }

    @Test("The first start of the server says whether it is a drill; the simulator counts only when asked for")
    func drillAndSimulator() {
        let window = (from: LedgerBuilder.hour(0), to: LedgerBuilder.hour(100))
        for (clock, isDrill) in [(JSONValue.null, false), (["start": "2013-04-01T00:00:00Z", "rate": 3600], true)] {
            var builder = LedgerBuilder()
            builder.add("server.started", at: 0, ["version": "1", "clock": clock])
            builder.add("server.started", at: 1, ["version": "1", "clock": ["rate": 1]])
            builder.register(1, at: 2, actor: "simulator")
            let usual = Scorecard.compute(entries: builder.entries, window: window)
            #expect(usual.isDrill == isDrill)
            #expect(usual["lead-time"]?.durations?.openCount == 0)
            let asked = Scorecard.compute(entries: builder.entries, window: window, includingSimulator: true)
            #expect(asked["lead-time"]?.durations?.openCount == 1)
        }
    }
}

@Suite("Durations count what is open")
struct DurationSummaryTests {
    private func summary(_ closed: [Int64], _ open: [Int64]) -> DurationSummary {
        DurationSummary(closed: closed.map { .seconds($0) }, open: open.map { .seconds($0) })
    }

    @Test("The Kaplan-Meier median of Freireich's remission times (1963) is 23 weeks")
    func freireich() {
        let summary = summary(
            [6, 6, 6, 7, 10, 13, 16, 22, 23],
            [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
        )
        #expect(summary.kaplanMeierMedian == 23)
        #expect(summary.closedCount == 9)
        #expect(summary.openCount == 12)
        // The placebo group has no open ones: the ordinary median.
        let placebo: [Int64] = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]
        #expect(self.summary(placebo, []).kaplanMeierMedian == 8)
        #expect(self.summary(placebo, []).median == 8)
    }

    @Test("Small cases by hand")
    func small() {
        #expect(summary([], []).median == nil)
        #expect(summary([], [5]).kaplanMeierMedian == nil)
        #expect(summary([4], []).kaplanMeierMedian == 4)
        #expect(summary([1, 2, 3, 4], []).kaplanMeierMedian == 2)
        #expect(summary([1, 2, 3, 4], []).median == 2.5)
        #expect(abs((summary([1, 2, 3, 4], []).percentile90 ?? 0) - 3.7) < 1e-12)
        // At 2 the survival is 3/4, at 5 it is 3/4 * 1/2: what was censored at 3 and 4 has left.
        #expect(summary([2, 5], [3, 6]).kaplanMeierMedian == 5)
        #expect(summary([2], [9, 9, 9]).kaplanMeierMedian == nil)
    }
}
