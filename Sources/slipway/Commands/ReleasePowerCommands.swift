import ArgumentParser
import SlipwayDomain
import SlipwayRelease

extension ReleaseGroup {
    struct PlanRelease: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "plan",
            abstract: "How long each step of the next release needs, by the manifest and the measured traffic.",
            discussion: "Example: slipway release plan flight-delay --rate 40"
        )

        @Argument(help: "The model's name.")
        var model: String

        @Option(help: "Requests a second to expect, instead of what the endpoint had in the last day.")
        var rate: Double?

        @OptionGroup var output: OutputOptions

        func run() async throws {
            let query = rate.map { "?rate=\($0)" } ?? ""
            let answer = try await Client().get("/models/\(model.urlPart)/power\(query)")
            if output.json { return try say(json: answer) }
            for line in answer["text"]?.array ?? [] { say(line.string ?? "") }
        }
    }

    struct Power: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "power",
            abstract: "Compute how long rules need at a rate and a share of traffic; asks no server.",
            discussion: """
                A rule is what stands in a manifest, without its braces. Several rules and several shares divide \
                alpha.

                Example:
                  slipway release power --rate 40 --percent 5 --usual 0.005 \\
                    --rule metric=error_rate,against=stable,maxIncrease=0.01
                """
        )

        @Option(help: "Requests a second to the endpoint, both versions together.")
        var rate: Double

        @Option(help: "The candidate's share of the traffic, 0 for copies; may be given again.")
        var percent: [Int]

        @Option(help: "A rule such as metric=disagreement,max=0.1; may be given again.")
        var rule: [String]

        @Option(help: "The usual share of errors (or of slow or different answers).")
        var usual: Double?

        @Option(
            help: "How much more harm is to be seen, as a share: 0.01 for a point; a point over the limit by default."
        )
        var excess: Double?

        @Option(help: "The accepted risk of a false rollback, over all rules and shares.")
        var alpha = 0.05

        @Option(help: "The deadline of a step, such as 24h.")
        var deadline = "24h"

        @OptionGroup var output: OutputOptions

        func validate() throws {
            func demand(_ holds: Bool, _ sentence: String) throws { if !holds { throw ValidationError(sentence) } }
            try demand(rate > 0 && rate <= 1e9, "--rate is a number of requests a second over 0")
            try demand(percent.count <= 50 && !percent.isEmpty, "give 1 to 50 shares of traffic, such as --percent 5")
            try demand(percent.allSatisfy { (0...100).contains($0) }, "--percent is from 0 to 100")
            try demand(
                rule.count <= 50 && !rule.isEmpty,
                "give 1 to 50 rules, such as --rule metric=error_rate,max=0.03"
            )
            try demand(usual.map { (0..<1).contains($0) } ?? true, "--usual is a share from 0 up to 1")
            try demand(excess.map { $0 > 0 && $0 <= 1 } ?? true, "--excess is a share over 0 and up to 1")
            try demand(alpha > 0 && alpha <= 0.5, "--alpha is over 0 and up to 0.5")
            try demand((Span(deadline)?.milliseconds ?? 0) > 0, "--deadline is a time such as 30m or 24h")
        }

        func run() throws {
            let rules = try rule.map(Self.rule)
            var usual: [String: Double] = [:]
            if let share = self.usual { for rule in rules { usual[rule.metric.rawValue] = share } }
            let forecast = ReleaseForecast(
                steps: percent,
                rules: rules,
                alphaShare: alpha / Double(rules.count * percent.count),
                deadline: Span(deadline) ?? .hours(24),
                traffic: ReleaseForecast.Traffic(rate: rate, usual: usual, source: "as stated"),
                excess: excess
            )
            if output.json { return try say(json: forecast.json) }
            for line in forecast.text { say(line) }
        }

        private static func rule(_ text: String) throws -> AnalysisRule {
            var members: [String: JSONValue] = [:]
            for part in text.split(separator: ",") {
                let pair = part.split(separator: "=", maxSplits: 1).map(String.init)
                guard pair.count == 2, members[pair[0]] == nil else {
                    throw CommandError(
                        "'\(text.prefix(200))' is no rule: write metric=error_rate,against=stable,maxIncrease=0.01"
                    )
                }
                members[pair[0]] = Double(pair[1]).map { .number($0) } ?? .string(pair[1])
            }
            do {
                return try JSONValue.object(members).decode(AnalysisRule.self)
            } catch let error as ReleaseError {
                throw CommandError("\(error)")
            } catch {
                throw CommandError(
                    "'\(text.prefix(200))' is no rule: write metric=error_rate,against=stable,maxIncrease=0.01"
                )
            }
        }
    }
}
