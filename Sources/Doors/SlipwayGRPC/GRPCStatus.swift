internal import GRPCCore
internal import NIOCore
internal import NIOHTTP2
internal import SlipwayService

/// From what went wrong to gRPC's status and sentence.
enum GRPCStatus {
    static func error(for error: any Error, method: String) -> RPCError {
        switch error {
        case let error as ServiceError:
            RPCError(code: error.kind.rpcCode, message: error.message, metadata: pushback(error.retryAfterSeconds))
        case let error as RPCError: translated(error, method: method)
        case is CancellationError, is NIOHTTP2Errors.StreamClosed, is ChannelError:
            RPCError(code: .cancelled, message: "the call was cancelled")
        default: RPCError(code: .internalError, message: "internal error: the server's log says more")
        }
    }

    /// How gRPC says when asking again makes sense.
    private static func pushback(_ seconds: Int?) -> Metadata {
        seconds.map { ["grpc-retry-pushback-ms": "\($0 * 1000)"] } ?? [:]
    }

    /// What gRPC's own code found wrong with a call is told in a way that helps its sender.
    private static func translated(_ error: RPCError, method: String) -> RPCError {
        guard error.cause != nil || error.code == .internalError else { return error }
        switch error.code {
        case .invalidArgument:
            return .invalid(
                "the message is not what \(method) takes: generate the client from the Open Inference Protocol's .proto"
            )
        case .internalError where error.message == "Empty stream.":
            return .invalid("the call has no message: \(method) takes one")
        case .internalError where error.message == "Too many messages.":
            return .invalid("the call has several messages: \(method) takes one")
        default: return error
        }
    }
}

extension ServiceError.Kind {
    /// The code of `open-inference.md`: the client's fault, ours, or nobody's.
    var rpcCode: RPCError.Code {
        switch self {
        case .invalid: .invalidArgument
        case .notFound: .notFound
        case .alreadyExists: .alreadyExists
        case .conflict: .failedPrecondition
        case .unauthenticated: .unauthenticated
        case .forbidden: .permissionDenied
        case .unavailable: .unavailable
        case .timedOut: .deadlineExceeded
        case .upstream, .internal: .internalError
        }
    }
}
