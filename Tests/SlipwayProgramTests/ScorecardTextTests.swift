import SlipwayDomain
import SlipwayProgram
import Testing

@Suite("The scorecard can be read by people and programs")
struct ScorecardTextTests {
    private func drill() -> Scorecard {
        var builder = LedgerBuilder()
        builder.add(
            "server.started",
            at: 0,
            ["version": "1", "clock": ["start": "2013-04-01T00:00:00Z", "rate": 3600]]
        )
        builder.register(1, at: 1)
        builder.register(2, at: 2)
        builder.decide("d1", 1, at: 3)
        builder.start("r1", 1, at: 4, decision: "d1")
        builder.complete("r1", 1, at: 5)
        builder.start("r2", 2, at: 6)
        builder.complete("r2", 2, at: 7, outcome: "rolledBack")
        builder.alert("a", at: 30, onset: 6)
        builder.open("i", at: 30, alert: "a")
        builder.observe("m", "x", registered: true, at: 31)
        return Scorecard.compute(
            entries: builder.entries,
            window: (from: LedgerBuilder.hour(0), to: LedgerBuilder.hour(24 * 30))
        )
    }

    @Test("The text has every figure, its notes, its formula and its entries")
    func text() {
        let lines = drill().text.split(separator: "\n", omittingEmptySubsequences: false)
        let table = [
            "Scorecard 2013-04-01T00:00:00.000Z to 2013-05-01T00:00:00.000Z",
            "DRILL: the server ran on a made-up clock, these are not production figures",
            "",
            "figure                   value                      n",
            "Lead time to production  4h                        1*  p90 4h, mean of closed 4h, 1 open (oldest 29d 22h), "
                + "median with open ones (Kaplan-Meier) 4h",
            "Deployment frequency     1.02 per model and month  1*  1 in 0.98 model-months, active models 1, "
                + "days with deployment 1",
            "Change failure rate      0.0 %                     1*  0 of 1, caught by canary 1",
            "Time to restore          none                      0*  nothing ended in the window, "
                + "1 open (oldest 28d 18h), median with open ones (Kaplan-Meier) not reached",
            "Time to detect           1d                        1*  p90 1d, mean of closed 1d, drift 1",
            "Models in registry       100.0 %                   1*  1 of 1, digests seen 1, digests registered 1",
            "Gate compliance          50.0 %                    2*  1 of 2, without decision 1",
            "Alert precision          none                      0*  no alert is marked yet: "
                + "`slipway incidents mark ID actionable|noise`, untriaged 1, highest percent 100",
        ]
        for (line, expected) in zip(lines, table) { #expect(line == expected) }
        #expect(lines.contains("  entries: e4 e5 e7"))
        #expect(lines.contains { $0.hasPrefix("Gate compliance: production releases") })
    }

    @Test("The JSON has null for what is unknown and numbers for the rest")
    func json() throws {
        let json = try JSONValue(parsing: CanonicalJSON.bytes(of: drill().json))
        #expect(json["drill"] == true)
        #expect(json["caughtByCanary"] == 1)
        let kpis = try #require(json["kpis"]?.array)
        #expect(
            kpis.compactMap { $0["id"]?.string } == [
                "lead-time", "deployment-frequency", "change-failure-rate", "time-to-restore", "time-to-detect",
                "models-in-registry", "gate-compliance", "alert-precision",
            ]
        )
        #expect(kpis[0]["value"] == 14_400)
        #expect(kpis[0]["durations"]?["open"] == 1)
        #expect(kpis[0]["lowSample"] == true)
        #expect(kpis[3]["value"] == .null)
        #expect(kpis[3]["reason"] == "nothing ended in the window")
        #expect(kpis[6]["entries"] == ["e4", "e5", "e7"])
        for kpi in kpis { #expect(kpi["formula"]?.string?.isEmpty == false) }
    }
}
