/// What is kept of a model's answers in files: how many of them, and what is left out.
package struct PredictionRules: Codable, Hashable, Sendable {
    /// The share of predictions that is kept, 0...1; which ones is told by their ids.
    package let sample: Double
    /// Columns whose values are never kept: features, tensors by name, or `key`.
    package let redact: [String]

    /// Everything is kept, as when a manifest says nothing.
    package static let standard = PredictionRules()

    package init(sample: Double = 1, redact: [String] = []) {
        self.sample = sample
        self.redact = redact
    }
}
