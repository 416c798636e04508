internal import GRPCCore

extension RPCError {
    /// The request itself is wrong.
    static func invalid(_ message: String) -> RPCError { RPCError(code: .invalidArgument, message: message) }
    /// The protocol knows it, this server does not do it.
    static func unsupported(_ message: String) -> RPCError { RPCError(code: .unimplemented, message: message) }
}
