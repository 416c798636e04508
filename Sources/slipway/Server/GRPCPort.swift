import ArgumentParser
import Logging
import ServiceLifecycle
import SlipwayGRPC
import SlipwayInference
import SlipwayService
import SlipwayWire

/// Where gRPC is answered, as the command line writes it: a port, 0 for any free one, or `off`.
enum GRPCPort: ExpressibleByArgument, Sendable {
    case off
    case port(Int)

    init?(argument: String) {
        if argument == "off" {
            self = .off
        } else if let port = Int(argument), (0...65535).contains(port) {
            self = .port(port)
        } else {
            return nil
        }
    }

    /// The ports to try. Who names one means it; who names none gets the one after HTTP's, or any that is free, so that
    /// several servers on one machine do not fight over a port that nobody asked for.
    static func candidates(_ wanted: GRPCPort?, http port: Int) -> [Int] {
        switch wanted {
        case .off: []
        case .port(let port): [port]
        case nil: port == 0 || port == 65535 ? [0] : [port + 1, 0]
        }
    }
}

extension GRPCDoor {
    /// The door as a server's options ask for it; nil when they ask for none.
    init?(
        inference: Inference,
        repository: any ModelRepository,
        access: AccessRule,
        host: String,
        ports: [Int],
        idleSeconds: Int,
        budget: ConnectionBudget,
        readiness: Readiness = .always,
        log: Logger
    ) {
        guard let first = ports.first else { return nil }
        self.init(
            inference: inference,
            repository: repository,
            access: access,
            address: Address(host: host, ports: ports, idleSeconds: idleSeconds, budget: budget),
            version: Slipway.version,
            readiness: readiness,
            log: log
        ) { port in
            let reason = first == 0 || port == first ? "" : " (\(first) is in use)"
            whisper("gRPC is answered on \(host):\(port)\(reason)")
        }
    }
}

extension GRPCDoor: Service {}
