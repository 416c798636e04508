import SlipwayDomain
import SlipwayRelease
import Testing

@Suite("How long a release will take, told before it begins")
struct ForecastTests {
    private static func forecast(rate: Double, deadline: Span = .hours(24), excess: Double? = nil) -> ReleaseForecast {
        ReleaseForecast(
            steps: [0, 5, 50],
            rules: Fixture.certain {
                [
                    try AnalysisRule(metric: .errorRate, against: .stable, maxIncrease: 0.01),
                    try AnalysisRule(metric: .latencyP95, max: 50), try AnalysisRule(metric: .disagreement, max: 0.1),
                    try AnalysisRule(metric: .scoreDrift, max: 0.1),
                    try AnalysisRule(metric: .accuracy, against: .stable, maxDrop: 0.02, delay: .hours(1)),
                    try AnalysisRule(metric: .prometheus, max: 3, query: "up"),
                ]
            },
            alphaShare: 0.05 / 18,
            deadline: deadline,
            traffic: ReleaseForecast.Traffic(rate: rate, usual: ["error_rate": 0.005], source: "as stated"),
            excess: excess
        )
    }

    @Test("Each rule at each step has both times, and more traffic or a greater share makes them shorter")
    func monotone() throws {
        let (slow, fast) = (Self.forecast(rate: 10), Self.forecast(rate: 40))
        #expect(slow.lines.count == 15 && slow.untold.count == 1)
        for (here, there) in zip(slow.lines, fast.lines) {
            let (late, early) = try (#require(here.toFail), #require(there.toFail))
            #expect(early < late, "\(here.rule.statement)")
            #expect(try #require(there.toPass) < #require(here.toPass), "\(here.rule.statement)")
        }
        let errors = fast.lines.filter { $0.rule.metric == .errorRate }
        #expect(try #require(errors[2].toFail) < #require(errors[1].toFail))
        // Pairs come at the rate of all traffic, whatever the candidate's share.
        let pairs = fast.lines.filter { $0.rule.metric == .disagreement }
        #expect(Set(pairs.map(\.toFail)).count == 1)
        for line in fast.lines where line.rule.metric == .accuracy {
            #expect(try #require(line.toFail) > .hours(1), "labels are an hour late")
        }
    }

    @Test("A deadline that comes before the proof is warned of")
    func warning() {
        #expect(!Self.forecast(rate: 10_000).text.contains { $0.hasPrefix("warning") })
        let short = Self.forecast(rate: 10, deadline: .minutes(5))
        #expect(short.text.count { $0.hasPrefix("warning: step") } == 15)
        // What the limit allows is never seen.
        #expect(Self.forecast(rate: 40, excess: 0.005).lines[0].toFail == nil)
    }

    @Test("The sentence is the one that people were promised")
    func sentence() {
        let text = Self.forecast(rate: 40).text.joined(separator: "\n")
        #expect(text.contains("step 2: at 40 requests/s and 5 % you need about "))
        #expect(text.contains("to see +2 points of error_rate over the usual 0.5 % with 80 % power"))
        #expect(text.contains("nothing can be told of prometheus up at most 3"))
    }
}
