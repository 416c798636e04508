import SlipwayService
import Synchronization

/// A Prometheus that answers what a test wants, and remembers what it was asked.
final class FakeMetrics: MetricSource {
    private let state = Mutex<(reply: MetricReply, asked: [String])>((.failure("nothing yet"), []))

    /// The queries so far.
    var asked: [String] { state.withLock { $0.asked } }

    func set(_ reply: MetricReply) { state.withLock { $0.reply = reply } }

    func ask(_ query: String) async -> MetricReply {
        state.withLock { state in
            state.asked.append(query)
            return state.reply
        }
    }
}
