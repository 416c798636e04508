import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import SlipwayInference
import SlipwayWire

/// An HTTP/1 connection whose requests are answered on the event loop that reads its socket.
///
/// What was waiting for another thread (a commit, a model) else goes on at any loop, and wakes the socket's own one for
/// the answer: two threads are woken where one would do (ADR 7).
struct LoopChannel: ServerChildChannel {
    private let connection: HTTP1Channel
    private let patience: ConnectionPatience
    private let budget: ConnectionBudget
    private let immediate: ImmediateInference

    init(
        _ responder: @escaping HTTPChannelHandler.Responder,
        _ patience: ConnectionPatience,
        _ budget: ConnectionBudget,
        _ immediate: ImmediateInference
    ) {
        connection = HTTP1Channel(responder: responder)
        self.patience = patience
        self.budget = budget
        self.immediate = immediate
    }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<HTTP1Channel.Value> {
        let (patience, budget, immediate) = (patience, budget, immediate)
        return connection.setup(channel: channel, logger: logger).flatMapThrowing { value in
            try budget.admit(channel, farewell: ConnectionBudget.httpFarewell)
            let pipeline = channel.pipeline.syncOperations
            let terms = ConnectionTerms(Self.decoder)
            let decoder = try terms.installDecoder(in: pipeline)
            let watch = ConnectionWatch(patience)
            let shortcut = InferenceShortcut(immediate, behind: watch)
            try RepeatedHeads.install(shortcut, watch, around: decoder, in: pipeline)
            // The shortcut takes no request that says anything of its connection.
            try pipeline.addHandler(terms, position: .after(shortcut))
            return value
        }
    }

    /// With the limits that Hummingbird has.
    private static func decoder() -> ConnectionTerms.Decoder {
        let limits = HTTP1Channel.Configuration.DecoderConfiguration()
        var configuration = NIOHTTPDecoderLimitConfiguration()
        configuration.maxHeaderFieldSize = limits.maxHeaderFieldSize
        configuration.maxHeaderListSize = limits.maxHeaderListSize
        configuration.maxHeaderFieldCount = limits.maxHeaderFieldCount
        return ByteToMessageHandler(
            HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes, limitConfiguration: configuration)
        )
    }

    @concurrent
    func handle(value: HTTP1Channel.Value, logger: Logger) async {
        await withTaskExecutorPreference(LoopExecutor(value.channel.eventLoop)) {
            await connection.handle(value: value, logger: logger)
        }
    }
}

/// Runs tasks on an event loop's thread.
private final class LoopExecutor: TaskExecutor {
    private let loop: any EventLoop

    init(_ loop: any EventLoop) { self.loop = loop }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        loop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
