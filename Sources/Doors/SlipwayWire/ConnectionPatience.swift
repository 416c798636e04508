package import NIOCore

/// How long a server waits for whoever is at the other end of a connection.
package struct ConnectionPatience: Sendable {
    /// Between requests.
    package var idle: TimeAmount
    /// From a request's first byte until its head is there.
    package var head: TimeAmount
    /// A body has to bring `bytesPerWindow` in each of these spans in which the server waits for it.
    package var window: TimeAmount
    package var bytesPerWindow = 5 << 10
    /// For a client that takes nothing of its answer.
    package var stall: TimeAmount

    /// The usual patience; it is shorter where idle connections are let go sooner.
    package init(idleSeconds: Int) {
        let idle = TimeAmount.seconds(Int64(idleSeconds))
        self.idle = idle
        head = min(.seconds(15), idle)
        window = min(.seconds(20), idle)
        stall = min(.seconds(60), idle)
    }

    /// How often a connection is looked at: every limit is kept to within this much.
    package var tick: TimeAmount {
        .nanoseconds(max(1_000_000, min(head, min(window, min(stall, idle))).nanoseconds / 4))
    }
}
