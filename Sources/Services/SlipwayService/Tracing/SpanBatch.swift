package import SlipwayDomain

/// Spans as they arrive, with what their sender says of itself.
package struct SpanBatch: Sendable {
    package var spans: [TraceSpan]
    /// The sender's attributes by trace; they become tags of the traces.
    package var resources: [String: [SpanAttribute]]

    package init(spans: [TraceSpan], resources: [String: [SpanAttribute]] = [:]) {
        self.spans = spans
        self.resources = resources
    }
}
