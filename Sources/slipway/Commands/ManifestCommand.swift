import ArgumentParser
import SlipwayPolicy

struct ManifestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "manifest",
        abstract: "Print a first manifest for a model, with all that a manifest can say.",
        discussion: "Example: slipway manifest churn --task binary-classification > slipway.yaml"
    )

    @Argument(help: "The model's name in the registry.")
    var model: String

    @Option(help: "What the model answers.")
    var task = ModelTask.binaryClassification

    func validate() throws {
        guard ModelName.isValid(model) else { throw ValidationError("'\(model)' cannot be a name: \(ModelName.rule)") }
    }

    func run() throws { say(String(ManifestTemplate(model: model, task: task).text.dropLast())) }
}

extension ModelTask: ExpressibleByArgument {}
