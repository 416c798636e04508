internal import SlipwayDomain
internal import SlipwayStore

extension Registry {
    /// The tag that marks a registered model as a prompt.
    static let promptTag = "mlflow.prompt.is_prompt"

    /// Whether a name of the registry stands for a prompt; false for a name that stands for nothing.
    static func isPrompt(_ name: String, in connection: any SQLReader) throws -> Bool {
        try RegisteredModelTable.tag(promptTag, of: name, in: connection) == "true"
    }
}

/// What sets prompts apart: MLflow keeps them in the registry, as models that are marked by a tag and have no files.
enum PromptRules {
    /// What MLflow's page and client give as the source of a text that stands in tags.
    static let placeholders: Set<String> = ["dummy-source", "prompt-template"]
    /// The tag with the text, or with the messages of a chat as JSON.
    static let textTag = "mlflow.prompt.text"
    /// The tag that tells texts from chats.
    static let typeTag = "_mlflow_prompt_type"

    /// The mark says yes or no; MLflow's own readers differ on every other spelling.
    static func checkMark(_ tags: [Tag]) throws(ServiceError) {
        for tag in tags where tag.key == Registry.promptTag {
            guard tag.value == "true" || tag.value == "false" else {
                throw .invalid("The tag \(Registry.promptTag) is 'true' for a prompt and left out for a model")
            }
        }
    }

    /// A version is of the same kind as its name, and a prompt's source is a placeholder.
    static func check(_ new: NewModelVersion, isPrompt: Bool) throws(ServiceError) {
        try checkMark(new.tags)
        let name = new.model.prefix(256)
        // As in MLflow, the last of several tags of one key counts.
        let isMarked = new.tags.last { $0.key == Registry.promptTag }?.value == "true"
        switch (isPrompt, isMarked) {
        case (true, true):
            guard placeholders.contains(new.source) else {
                throw .invalid(
                    "The source of a prompt's version is 'dummy-source', because its text stands in its tags"
                )
            }
        case (true, false):
            throw .invalid("'\(name)' is a prompt and takes no model: use mlflow.genai.register_prompt")
        case (false, true):
            throw .invalid("'\(name)' is a registered model and takes no prompt: choose another name for the prompt")
        case (false, false): break
        }
    }

    /// A name stays what it is: what the ledger says of a model would otherwise be said of a text, or the other way.
    static func checkKeeps(_ tag: Tag, isPrompt: Bool) throws(ServiceError) {
        guard tag.key == Registry.promptTag else { return }
        try checkMark([tag])
        guard (tag.value == "true") == isPrompt else {
            throw .invalid(
                "A registered model does not become a prompt, nor a prompt a model: register it under another name"
            )
        }
    }
}
