import ArgumentParser
import SlipwayDomain
import SlipwayMonitor

struct Skew: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "skew",
        abstract: "Compare the same entities' features offline and online, value by value.",
        discussion: """
            The offline side is a table, such as what the model was trained from. The online side is the prediction \
            log of a model (the key that requests carry names the entity), or another table. Numbers are the same \
            within a relative tolerance, categories when their texts are. Exits with 2 when a column is skewed.

            Examples:
              slipway skew features.parquet --model flight-delay --key flight_id
              slipway skew offline.csv --online online.csv --key customer --absolute age=0.5
            """
    )

    @Argument(help: "The offline features: a Parquet, CSV or JSON-lines file.")
    var offline: String

    @Option(help: "The model whose prediction log is the online side.")
    var model: String?

    @Option(help: "A table that is the online side, in place of a model's log.")
    var online: String?

    @Option(help: "The column that names the entity.")
    var key: String

    @Option(help: "The folder of the prediction log, on this machine.")
    var predictions = "slipway-data/predictions"

    @Option(help: "Difference of two numbers that is accepted, as a share of the larger one.")
    var relative = 1e-6

    @Option(help: ArgumentHelp("Difference that is accepted in one column at any size.", valueName: "column=value"))
    var absolute: [String] = []

    @Option(help: "The share of a column's values that may differ.")
    var maxShare = 0.0

    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (model == nil) != (online == nil) else {
            throw ValidationError("give either --model, for its prediction log, or --online, for a table")
        }
        guard relative >= 0, relative < 1 else { throw ValidationError("--relative is a share from 0 to 1") }
        guard (0...1).contains(maxShare) else { throw ValidationError("--max-share is a share from 0 to 1") }
    }

    func run() async throws {
        let tolerances = try tolerances()
        let side: SkewSide
        if let online {
            side = SkewSide(files: [online], key: key, prefix: "", categories: [:])
        } else {
            let name = model ?? ""
            side = SkewSide(
                files: try SkewSide.log(of: name, in: predictions),
                key: "key",
                prefix: "input_",
                categories: try await SkewSide.categories(of: name)
            )
        }
        let comparison = SkewComparison(
            offline: SkewSide(files: [offline], key: key, prefix: "", categories: [:]),
            online: side,
            relative: relative,
            absolute: tolerances
        )
        let verdict = try comparison.verdict()
        guard verdict.joined > 0 else {
            throw CommandError(
                "no entity is on both sides: \(verdict.unknown) online rows have a key that \(offline) has not, "
                    + "\(verdict.withoutKey) have none, \(verdict.ambiguous) have several offline rows"
            )
        }
        let text = SkewText(verdict: verdict, maxShare: maxShare)
        if output.json { try say(json: text.json) } else { for line in text.lines { say(line) } }
        if !verdict.skewed(above: maxShare).isEmpty { throw ExitCode.no }
    }

    private func tolerances() throws -> [String: Double] {
        var tolerances: [String: Double] = [:]
        for text in absolute {
            guard let place = text.lastIndex(of: "="), let value = Double(text[text.index(after: place)...]),
                value >= 0,
                value.isFinite
            else { throw CommandError("--absolute is COLUMN=VALUE, such as age=0.5, not '\(text)'") }
            tolerances[String(text[..<place])] = value
        }
        return tolerances
    }
}
