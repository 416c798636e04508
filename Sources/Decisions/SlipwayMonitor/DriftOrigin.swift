/// Where a change came in: before the model, in the model, or after it.
package enum DriftOrigin: String, Codable, Hashable, Sendable, CaseIterable {
    /// The inputs no longer look like the reference: something upstream of the model changed.
    case upstream
    /// The answers changed though the inputs did not: the model or how it is served.
    case model
    /// Answers that were right are wrong while inputs and answers look as ever: what they mean has changed.
    case outcome

    /// Tells by what has moved; inputs come first, because answers and errors follow them.
    package init(inputsMoved: Bool, outputsMoved: Bool) {
        self = inputsMoved ? .upstream : outputsMoved ? .model : .outcome
    }
}

/// Judges the answers of one window beside its inputs.
package enum OutputJudge {
    /// What the alert machine of the answers is told: nothing when the inputs moved too, for then answers have to.
    package static func window(_ outputs: StreamVerdict, inputs: StreamVerdict) -> WindowVerdict {
        let seen = outputs.window
        guard inputs.window.isClean, inputs.window.raised == nil else {
            return WindowVerdict(from: seen.from, to: seen.to, flagged: nil)
        }
        return seen
    }
}
