internal import GRPCCore
internal import GRPCNIOTransportHTTP2Posix
package import Logging
internal import NIOCore
internal import ServiceLifecycle
package import SlipwayService
package import SlipwayWire

/// The Open Inference Protocol V2 over gRPC, with gRPC's health service; a port of its own.
package struct GRPCDoor: Sendable {
    private let calls: InferenceCalls
    private let health: HealthCalls
    private let access: AccessRule
    private let address: Address
    private let log: Logger
    private let onListening: @Sendable (_ port: Int) -> Void

    /// The longest message that is read.
    package static let messageLimit = 64 << 20
    /// Calls under way at once on one connection; more wait at the client.
    private static let mostCalls = 256

    /// Where the door may listen.
    package struct Address: Sendable {
        /// A name or number of this machine.
        package let host: String
        /// Ports to try in this order; 0 is any free one.
        package let ports: [Int]
        /// Connections without calls are closed after so many seconds.
        package let idleSeconds: Int
        let budget: ConnectionBudget

        package init(host: String, ports: [Int], idleSeconds: Int, budget: ConnectionBudget) {
            self.host = host
            self.ports = ports
            self.idleSeconds = idleSeconds
            self.budget = budget
        }
    }

    package init(
        inference: Inference,
        repository: any ModelRepository,
        access: AccessRule,
        address: Address,
        version: String,
        readiness: Readiness = .always,
        log: Logger,
        onListening: @escaping @Sendable (_ port: Int) -> Void
    ) {
        calls = InferenceCalls(
            inference: inference,
            repository: repository,
            serverVersion: version,
            readiness: readiness
        )
        health = HealthCalls(readiness: readiness)
        self.access = access
        self.address = address
        self.log = log
        self.onListening = onListening
    }

    /// Serves until the server is asked to stop, then lets the calls under way end.
    package func run() async throws {
        var failure: (any Error)?
        for port in address.ports {
            let server = try server(port: port)
            async let serving: Void = serve(server)
            // Not to be had when the port could not be taken: then serving has failed and says why.
            if let port = try? await server.transport.listeningAddress.port {
                onListening(port)
                return try await serving
            }
            do {
                try await serving
            } catch {
                failure = error
            }
        }
        throw PortError(host: address.host, port: address.ports.last ?? 0, reason: failure)
    }

    private func serve(_ server: GRPCServer<HTTP2ServerTransport.Posix>) async throws {
        try await withGracefulShutdownHandler {
            try await server.serve()
        } onGracefulShutdown: {
            server.beginGracefulShutdown()
        }
    }

    private func server(port: Int) throws -> GRPCServer<HTTP2ServerTransport.Posix> {
        let resolved = try NIOCore.SocketAddress.makeAddressResolvingHost(address.host, port: port)
        let ip = resolved.ipAddress ?? address.host
        let transport = HTTP2ServerTransport.Posix(
            address: resolved.protocol == .inet6 ? .ipv6(host: ip, port: port) : .ipv4(host: ip, port: port),
            transportSecurity: .plaintext,
            config: .defaults { config in
                config.compression.enabledAlgorithms = .all
                config.connection.maxIdleTime = .seconds(address.idleSeconds)
                // Who does not hang up when asked to is cut off after a while.
                config.connection.maxGraceTime = .seconds(min(60, address.idleSeconds))
                // A peer that has gone without a word is found out; until then it also holds up the end of the server.
                config.connection.keepalive.time = .seconds(min(20, address.idleSeconds))
                config.connection.keepalive.timeout = .seconds(min(10, address.idleSeconds))
                config.connection.keepalive.clientBehavior.minPingIntervalWithoutCalls = .seconds(10)
                config.connection.keepalive.clientBehavior.allowWithoutCalls = true
                config.connection.flushCoalescing = nil
                config.http2.maxConcurrentStreams = Self.mostCalls
                config.http2.targetWindowSize = 1 << 20
                config.rpc.maxRequestPayloadSize = Self.messageLimit
                let (budget, patience) = (address.budget, ConnectionPatience(idleSeconds: address.idleSeconds))
                // Whoever is alive has answered a ping by then.
                let silence = address.idleSeconds + min(20, address.idleSeconds) + min(10, address.idleSeconds)
                config.channelDebuggingCallbacks.onAcceptTCPConnection = { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try budget.admit(channel, farewell: "")
                        try SilenceGuard.add(to: channel, seconds: silence)
                    }
                }
                config.channelDebuggingCallbacks.onAcceptHTTP2Stream = { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(
                            MessageSizeGuard(limit: Self.messageLimit, patience: patience),
                            position: .first
                        )
                    }
                }
            }
        )
        return GRPCServer(
            transport: transport,
            services: [calls, BoundedInferCalls(calls: calls), health],
            interceptors: [AccessInterceptor(access: access, log: log)]
        )
    }
}

/// Why the door could not be opened.
package struct PortError: Error, CustomStringConvertible {
    let host: String
    let port: Int
    let reason: (any Error)?

    package var description: String {
        "cannot listen for gRPC on \(host):\(port) (is the port in use?): choose another with --grpc-port, or 0 for any. "
            + (reason.map { "\($0)" } ?? "")
    }
}

extension GRPCNIOTransportHTTP2Posix.SocketAddress {
    /// The number of the port, where there is one.
    fileprivate var port: Int? { ipv4?.port ?? ipv6?.port }
}
