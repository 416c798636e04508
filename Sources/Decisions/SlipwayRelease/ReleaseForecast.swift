package import SlipwayDomain

/// How long each rule needs at each step of a plan, told before the plan begins.
package struct ReleaseForecast: Sendable {
    /// The traffic that is expected, and what is usual in it.
    package struct Traffic: Hashable, Sendable {
        /// Requests a second to the endpoint, both versions together.
        package let rate: Double
        /// The usual share of errors, of slow answers and so on, where it was measured.
        package let usual: [String: Double]
        /// Where the numbers come from, as a sentence.
        package let source: String

        package init(rate: Double, usual: [String: Double] = [:], source: String) {
            self.rate = rate
            self.usual = usual
            self.source = source
        }
    }

    /// One rule at one step.
    package struct Line: Hashable, Sendable {
        package let step: Int
        package let percent: Int
        package let rule: AnalysisRule
        /// The usual share that was assumed.
        package let usual: Double
        /// How far over the usual share the harm lies whose proof is told.
        package let excess: Double
        /// Until a version with that much harm is failed, with `ReleasePower.power`; nil for never.
        package let toFail: Span?
        /// Until a version that is as usual is passed, with the same power; nil for never.
        package let toPass: Span?
        /// The step's deadline.
        package let deadline: Span

        /// Whether the deadline comes before a proof that was to be expected.
        package var isTooShort: Bool { [toFail, toPass].contains { $0.map { $0 > deadline } ?? true } }
    }

    package let traffic: Traffic
    package let alphaShare: Double
    package let lines: [Line]
    /// Rules of which nothing can be told beforehand, with why.
    package let untold: [String]

    /// More than the limit allows by a point: what is told as harm when nobody states another size.
    package static let point = 0.01

    /// Forecasts all judged steps of a plan; `excess` is how far over the usual share the harm lies, and a point over what
    /// the limit allows when it is not given.
    package init(
        steps: [Int],
        rules: [AnalysisRule],
        alphaShare: Double,
        deadline: Span,
        traffic: Traffic,
        excess: Double? = nil
    ) {
        self.traffic = traffic
        self.alphaShare = alphaShare
        var lines: [Line] = []
        var untold: [String] = []
        for rule in rules {
            if let reason = ReleasePower.untold(rule) { untold.append("\(rule.statement): \(reason)") }
        }
        for (step, percent) in steps.enumerated() {
            for rule in rules where ReleasePower.untold(rule) == nil {
                let usual = traffic.usual[rule.metric.rawValue] ?? ReleasePower.assumed(rule)
                let harm = excess ?? ReleasePower.harm(rule, usual: usual)
                let expected = ReleasePower.Traffic(rate: traffic.rate, usual: usual)
                lines.append(
                    Line(
                        step: step,
                        percent: percent,
                        rule: rule,
                        usual: usual,
                        excess: harm,
                        toFail: ReleasePower.timeToFail(
                            rule,
                            excess: harm,
                            traffic: expected,
                            percent: percent,
                            alphaShare: alphaShare
                        ),
                        toPass: ReleasePower.timeToPass(
                            rule,
                            traffic: expected,
                            percent: percent,
                            alphaShare: alphaShare
                        ),
                        deadline: deadline
                    )
                )
            }
        }
        self.lines = lines
        self.untold = untold
    }

    /// The forecast of a plan.
    package init(_ plan: ReleasePlan, traffic: Traffic) {
        let isJudged = !plan.isStraight
        self.init(
            steps: isJudged ? Array(plan.steps.dropLast()) : [],
            rules: isJudged ? plan.analysis : [],
            alphaShare: plan.alphaShare,
            deadline: plan.stepDeadline,
            traffic: traffic
        )
    }
}

extension ReleaseForecast {
    /// The forecast for people.
    package var text: [String] {
        var text = ["traffic: \(Percent.plain(traffic.rate)) requests/s (\(traffic.source))"]
        if lines.isEmpty, untold.isEmpty { text.append("no step is judged: there is nothing to wait for") }
        text += lines.map { $0.sentence(rate: traffic.rate) }
        text += untold.map { "nothing can be told of \($0)" }
        text += lines.compactMap { $0.warning }
        if !lines.isEmpty {
            text.append(
                "each is said with \(Percent.text(ReleasePower.power)) power for independent requests, at an alpha of "
                    + "\(Percent.text(alphaShare)) a rule and step; requests that come in clusters take longer by their "
                    + "design effect"
            )
        }
        return text
    }

    /// The forecast for machines.
    package var json: JSONValue {
        let rows = lines.map { line -> JSONValue in
            var row: [String: JSONValue] = [
                "step": .integer(Int64(line.step)), "percent": .integer(Int64(line.percent)),
                "rule": .string(line.rule.statement), "usual": .number(line.usual), "excess": .number(line.excess),
                "deadline": .string(line.deadline.description), "isTooShort": .bool(line.isTooShort),
                "sentence": .string(line.sentence(rate: traffic.rate)),
            ]
            row["toFailSeconds"] = line.toFail.map { .number(Double($0.milliseconds) / 1000) }
            row["toPassSeconds"] = line.toPass.map { .number(Double($0.milliseconds) / 1000) }
            row["warning"] = line.warning.map { .string($0) }
            return .object(row)
        }
        return [
            "rate": .number(traffic.rate), "source": .string(traffic.source), "alphaShare": .number(alphaShare),
            "power": .number(ReleasePower.power), "lines": .array(rows),
            "untold": .array(untold.map(JSONValue.string)), "text": .array(text.map(JSONValue.string)),
        ]
    }
}

extension ReleaseForecast.Line {
    /// E.g. `at 40 requests/s and 5 % you need about 12 min to see +2 points of error_rate with 80 % power`.
    func sentence(rate: Double) -> String {
        let harm =
            "+\(Percent.plain(excess * 100)) points of \(rule.metric.rawValue) over the usual \(Percent.text(usual))"
        let place = "step \(step + 1): at \(Percent.plain(rate)) requests/s and \(percent) % you need"
        let seeing = toFail.map { "about \($0.rough) to see \(harm)" } ?? "more than ten years to see \(harm)"
        let passing = toPass.map { "about \($0.rough)" } ?? "more than ten years"
        return
            "\(place) \(seeing) with \(Percent.text(ReleasePower.power)) power, and \(passing) to prove that a version "
            + "as good as stable keeps: \(rule.statement)"
    }

    /// Said when the deadline is too short.
    var warning: String? {
        guard isTooShort else { return nil }
        let seen = toFail.map { $0 > deadline } ?? true
        let what = seen ? "to see such harm" : "to let a good version pass"
        return "warning: step \(step + 1) has \(deadline.spoken), too short \(what) by \(rule.statement): give it more "
            + "traffic, a later `deadline` or a wider limit"
    }
}

extension Span {
    /// The time to two digits or so, as forecasts are no better.
    fileprivate var rough: String {
        let step: Int64 = milliseconds < 60_000 ? 1000 : milliseconds < 7_200_000 ? 60_000 : 3_600_000
        return Span(milliseconds: (milliseconds + step - 1) / step * step).spoken
    }
}
