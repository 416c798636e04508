import ArgumentParser
import SlipwayDomain

struct PerformanceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "performance",
        abstract: "How good live answers are: by their labels, and estimated before labels come.",
        discussion: """
            Window by window: the metric with its interval once labels are there, the estimate that was made without \
            them, and how far the two were apart; then slices, groups, what decisions were worth, and what became of \
            labels. What is watched stands in the manifest under spec.monitors.performance. Exits with 2 when the \
            newest judged window broke its bound.

            Example: slipway performance flight-delay
            """
    )

    @Argument(help: "The model's name.")
    var model: String

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let report = try await Client().get("/models/\(model.urlPart)/performance")
        if output.json {
            try say(json: report)
        } else {
            for line in PerformanceText(report: report).lines { say(line) }
        }
        let judged = report["windows"]?.array?.last { $0["stage"]?.string == "judged" }
        if judged?["verdict"]?.string == "breached" { throw ExitCode.no }
    }
}
