import ArgumentParser
import Foundation
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import SlipwayDomain
import SlipwayGRPC
import SlipwaySQLite
import SlipwayService
import SlipwayStore
import UnixSignals

struct Up: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "up",
        abstract: "Start a server.",
        discussion: """
            One port serves MLflow's API (set MLFLOW_TRACKING_URI to it), predictions (/v2), Slipway's own API and the \
            console; the next one serves predictions by gRPC. Only this machine can reach it unless --host says \
            otherwise; then every request needs a token.

            Examples:
              slipway up
              slipway up --data /srv/slipway --host 0.0.0.0
              slipway up --data drill --clock 2013-04-01T00:00:00Z,150000
            """
    )

    @OptionGroup var options: ServerOptions

    @Flag(help: "Log each refused request too.")
    var verbose = false

    func run() async throws {
        // Tasks run on the threads that read the sockets: a request changes threads only where it waits for something.
        _ = NIOSingletons.unsafeTryInstallSingletonPosixEventLoopGroupAsConcurrencyGlobalExecutor()
        var log = Logger(label: "slipway")
        log.logLevel = verbose ? .debug : .notice
        let house = try await House.open(options, log: log)
        if !options.isLoopback {
            guard try await house.accounts.users().contains(where: { $0.liveTokens > 0 }) else {
                throw CommandError(
                    "\(options.host) is reachable from other machines, but nobody has a token yet: start once on "
                        + "loopback, run `slipway user create NAME`, then start again with --host"
                )
            }
        }
        _ = try await house.database.write { [house] connection in
            try house.ledger.record(
                ServerClock.startEntry(house.runtime),
                at: house.runtime.now(),
                in: connection
            )
        }
        let host = options.host
        let budget = FileLimit.budget(options.maxConnections)
        let application = Listener(house: house, options: options, budget: budget, log: log).application { port in
            whisper("slipway \(Slipway.version) listens on http://\(host):\(port), data in \(house.folder.path)")
            if house.doors.pages != nil { whisper("MLflow's own pages are at http://\(host):\(port)/mlflow") }
            if let span = options.purgeDeletedAfter {
                whisper("what was deleted \(span) ago is removed for good, now and every ten minutes")
            }
            if let drill = house.runtime.drill {
                whisper("this is a drill: its clock began at \(drill.start) and is no record of production")
            }
        }
        let grpc = GRPCDoor(
            inference: house.inference,
            repository: house.repository,
            access: house.access(options),
            host: host,
            ports: GRPCPort.candidates(options.grpcPort, http: options.port),
            idleSeconds: options.idleSeconds,
            budget: budget,
            log: log
        )
        // Stopped in the reverse order: first no more requests, last the log of what was answered.
        let group = ServiceGroup(
            configuration: .init(
                services: [
                    .init(service: Background { try await house.recorder.run() }),
                    .init(service: Background { try await house.shadows.run() }),
                    .init(service: Background { try await house.monitoring.run() }),
                    .init(service: Background { try await house.controller.run() }),
                    .init(service: Background { try await house.courier.run() }),
                    .init(service: Background { try await house.housekeeping.run() }),
                    .init(service: Background { try await house.upstreams.run() }),
                    .init(service: application),
                ] + (grpc.map { [.init(service: $0)] } ?? []),
                gracefulShutdownSignals: [.sigterm, .sigint],
                logger: log
            )
        )
        try await ListeningPort.serve(group, on: options.port)
        try house.database.checkpoint()
    }
}
