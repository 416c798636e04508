internal import SlipwayService

/// Which outputs a client wants as binary data; the others are JSON.
struct AnswerForm: Equatable {
    /// For outputs about which nothing else was said.
    var isBinary = false
    /// What was said of single outputs.
    var byName: [String: Bool] = [:]

    func isBinary(_ output: String) -> Bool {
        byName.isEmpty ? isBinary : byName[output] ?? isBinary
    }
}

/// A decoded request: the question to the model, and the form of its answer.
struct InferenceQuestion {
    var request: InferenceRequest
    let form: AnswerForm
}
