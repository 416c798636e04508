package import SlipwayDomain

/// When labels are due, and until when one is taken.
package struct LabelTiming: Codable, Hashable, Sendable {
    /// How long after a prediction its label is known.
    package let delay: Span
    /// How long after a prediction its label is still taken.
    package let horizon: Span

    /// What is taken when a manifest names no horizon; as long as evidence counts.
    package static let standardHorizon = Span.days(90)

    package init(delay: Span, horizon: Span? = nil) {
        self.delay = delay
        self.horizon = max(horizon ?? Self.standardHorizon, delay)
    }

    /// How long after its end a window waits for labels: half a delay longer than they should take.
    package var grace: Span { Span(milliseconds: delay.milliseconds * 3 / 2) }

    /// What was predicted before this instant has its labels, or will have none that count for its window.
    package func watermark(at now: Instant) -> Instant { now + Span(milliseconds: -grace.milliseconds) }

    /// Whether the label of a prediction is still taken.
    package func takes(labelOf time: Instant, at now: Instant) -> Bool { now - time <= horizon }

    /// How far a window is.
    package func stage(of to: Instant, at now: Instant) -> WindowStage {
        if now < to { return .filling }
        return watermark(at: now) >= to ? .due : .waiting
    }
}

/// How far a window of live answers is.
package enum WindowStage: String, Codable, Hashable, Sendable, CaseIterable {
    /// Predictions are still made.
    case filling
    /// All predictions are made, labels may still come.
    case waiting
    /// The watermark has passed: it is judged by the labels that are there.
    case due
}
