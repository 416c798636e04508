internal import GRPCCore
internal import SlipwayService

/// From gRPC's status to what it says of the upstream.
enum GRPCFailure {
    /// What grpc-swift says when a call found no connection: nothing was sent.
    private static let unsent = [
        "subchannel isn't ready", "subchannel is unavailable", "Channel isn't ready", "channel isn't ready",
        "Channel is in a transient failure state", "Failed to resolve server name", "Subchannel shutdown and",
        "Could not establish a connection", "The server accepted the TCP connection but closed",
    ]
    /// What it says when a connection ended under a call.
    private static let ended = [
        "Stream unexpectedly closed", "connection closed", "The TCP connection was dropped", "The channel was closed",
        "channel is closed", "channel is shutdown", "Transport is shut",
    ]

    static func failure(_ error: RPCError, isCancelled: Bool) -> UpstreamFailure {
        let words = UpstreamFailure.words(error.message)
        switch error.code {
        case .deadlineExceeded: return .late
        case .cancelled: return isCancelled ? .cancelled : .broken("the call was cancelled there")
        case .unavailable:
            if unsent.contains(where: { error.message.hasPrefix($0) }) { return .unreachable("it was refused") }
            if error.cause != nil || ended.contains(where: { error.message.hasPrefix($0) }) {
                return .broken("it was closed by the other side")
            }
            return .overloaded(words)
        case .resourceExhausted:
            return error.message.hasPrefix("Message has exceeded")
                ? .wrong("the answer is over the limit") : .overloaded(words)
        case .invalidArgument, .outOfRange: return .refused(words)
        default: return .failed("\(error.code), \(words)")
        }
    }
}
