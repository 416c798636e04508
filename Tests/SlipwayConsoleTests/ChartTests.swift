import SlipwayDomain
import Testing

@testable import SlipwayConsole

@Suite("Charts")
struct ChartTests {
    private func at(_ text: String) -> Instant { Story.instant(text) }

    @Test("the steps of a release")
    func steps() throws {
        let chart = StepChart(
            title: "Share of <v2>",
            from: at("2013-05-01T08:00:00Z"),
            to: at("2013-05-09T08:00:00Z"),
            steps: [
                (5, at("2013-05-01T08:00:00Z")), (25, at("2013-05-03T08:00:00Z")), (50, at("2013-05-05T08:00:00Z")),
                (100, at("2013-05-07T08:00:00Z")), (0, at("2013-05-08T08:00:00Z")),
            ],
            analyses: [
                (at("2013-05-02T20:00:00Z"), "pass"), (at("2013-05-04T20:00:00Z"), "inconclusive"),
                (at("2013-05-08T07:00:00Z"), "fail"), (at("2013-05-08T07:30:00Z"), nil),
            ]
        ).html.text
        #expect(MarkupCheck(chart).problems == [])
        try expectGolden(chart, "step-chart.svg")
    }

    @Test("a value with its interval, with a gap and a breach")
    func interval() throws {
        let values: [(Double?, Bool)] = [(0.71, false), (0.70, false), (nil, false), (0.66, false), (0.61, true)]
        let points = values.enumerated().map { index, value in
            let from = at("2013-04-01") + .days(Int64(7 * index))
            return IntervalChart.Point(
                from: from,
                to: from + .days(7),
                value: value.0,
                lower: value.0.map { $0 - 0.02 },
                upper: value.0.map { $0 + 0.02 },
                isBreached: value.1
            )
        }
        let chart = IntervalChart(title: "roc_auc", metric: "roc_auc", points: points, threshold: 0.65).html.text
        #expect(MarkupCheck(chart).problems == [])
        try expectGolden(chart, "interval-chart.svg")
    }

    @Test("a window is named by days, or by times within them")
    func windows() {
        func window(_ from: String, _ to: String) -> String {
            IntervalChart.Point(from: at(from), to: at(to), value: nil, lower: nil, upper: nil, isBreached: false)
                .window
        }
        #expect(window("2013-04-01", "2013-04-08") == "2013-04-01 to 2013-04-08")
        #expect(window("2013-04-01T10:15:00Z", "2013-04-01T10:30:00Z") == "2013-04-01 10:15 to 10:30")
        #expect(window("2013-04-01T23:45:00Z", "2013-04-02") == "2013-04-01 23:45 to 2013-04-02 00:00")
    }

    @Test("the drift of each column")
    func heat() throws {
        let strengths: [Double?] = [0.2, 1.5, 3, 8, nil]
        let cells = strengths.enumerated().map { index, strength in
            let from = at("2013-04-01") + .days(Int64(14 * index))
            return HeatStrip.Cell(from: from, to: from + .days(14), strength: strength, isDrifted: (strength ?? 0) > 2)
        }
        let chart = HeatStrip(
            title: "Drift",
            rows: [
                HeatStrip.Row(name: "temp", newest: "0.420", cells: cells),
                HeatStrip.Row(name: "a<name>that_is_far_too_long", newest: "0.010", cells: Array(cells.prefix(2))),
            ]
        ).html.text
        #expect(MarkupCheck(chart).problems == [])
        try expectGolden(chart, "heat-strip.svg")
    }

    @Test("nothing, one moment and numbers that are none make no broken picture")
    func edges() {
        #expect(IntervalChart(title: "", metric: "", points: [], threshold: nil).html.text == "")
        #expect(HeatStrip(title: "", rows: []).html.text == "")
        let now = at("2013-04-01")
        for value in [nil, Double.nan, .infinity, -1e300, 0] {
            let point = IntervalChart.Point(
                from: now,
                to: now,
                value: value,
                lower: value,
                upper: value,
                isBreached: false
            )
            let chart = IntervalChart(title: "t", metric: "m", points: [point], threshold: value).html.text
            #expect(MarkupCheck(chart).problems == [])
            #expect(!chart.contains("nan\"") && !chart.contains("inf"))
        }
        let steps = StepChart(title: "t", from: now, to: now, steps: [(-3, now), (400, now)], analyses: []).html.text
        #expect(MarkupCheck(steps).problems == [])
    }

    @Test("time marks are round, inside, and at most a handful")
    func ticks() {
        let from = at("2012-12-17T21:13:04Z")
        let short = [Span.seconds(1), .seconds(90), .minutes(47), .hours(5)]
        for span in short + [.hours(70), .days(20), .days(300), .days(9000)] {
            let axis = TimeAxis(from: from, to: from + span, left: 0, right: 100)
            #expect((1...9).contains(axis.ticks.count), "\(span): \(axis.ticks.map(\.label))")
            #expect(axis.ticks.allSatisfy { $0.at >= from && $0.at <= from + span })
        }
        let year = TimeAxis(from: at("2013-01-15"), to: at("2013-12-20"), left: 0, right: 100)
        #expect(year.ticks.map(\.label) == ["2013-02", "2013-04", "2013-06", "2013-08", "2013-10", "2013-12"])
        let night = TimeAxis(from: at("2013-01-15T22:00:00Z"), to: at("2013-01-16T02:00:00Z"), left: 0, right: 100)
        #expect(night.ticks.first?.label == "01-15 22:00")
    }

    @Test("a scale holds all values and has few round marks")
    func scale() {
        for values in [[0.5], [0.61, 0.73], [0, 1], [-4, 900], [], [.nan]] {
            let scale = ValueScale(values: values, top: 10, bottom: 110)
            #expect((2...12).contains(scale.ticks.count), "\(values): \(scale.ticks)")
            for value in values where value.isFinite { #expect(value >= scale.low && value <= scale.high) }
        }
    }
}
