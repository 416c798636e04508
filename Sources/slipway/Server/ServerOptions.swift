import ArgumentParser
import SlipwayDomain
import SlipwayService

/// A drill's clock as the command line writes it: START,RATE.
struct ClockArgument: ExpressibleByArgument, Sendable {
    let start: Instant
    let rate: Double

    init?(argument: String) {
        let parts = argument.split(separator: ",")
        guard parts.count == 2, let start = Instant(String(parts[0])), let rate = Double(parts[1]), rate >= 1,
            rate <= 10_000_000
        else { return nil }
        self.start = start
        self.rate = rate
    }
}

extension AllowedHost: ExpressibleByArgument {
    init?(argument: String) { self.init(argument) }
}

/// Where a server keeps its data and where it listens.
struct ServerOptions: ParsableArguments, Sendable {
    @Option(help: "Folder for the database, the artifacts and the ledger's key.")
    var data = "slipway-data"

    @Option(help: "Address to listen on. Beyond loopback every request needs a token.")
    var host = "127.0.0.1"

    @Option(help: "Port of all HTTP doors; 0 picks a free one.")
    var port = 5000

    @Flag(help: "Ask for a token even on loopback.")
    var requireToken = false

    @Option(help: ArgumentHelp("Seconds after which a silent connection is closed.", visibility: .hidden))
    var idleSeconds = 120

    @Option(
        name: .customLong("mlflow-ui"),
        defaultAsFlag: "",
        parsing: .next,
        help: ArgumentHelp(
            "Serve MLflow's own web pages under /mlflow, out of an installed mlflow package: DIR, or else the one that Python finds.",
            valueName: "DIR"
        )
    )
    var mlflowUI: String?

    @Option(
        help: ArgumentHelp(
            "Run a drill on a clock of its own: it starts at START and replayed traffic leads it forward, up to RATE times real speed.",
            valueName: "START,RATE"
        )
    )
    var clock: ClockArgument?

    @Option(
        help: ArgumentHelp(
            "Let webhooks go to this host though it is not public, over plain http too; may be given again.",
            valueName: "HOST[:PORT]"
        )
    )
    var webhookAllowHost: [AllowedHost] = []

    /// Whether only this machine can reach the server.
    var isLoopback: Bool { ["127.0.0.1", "localhost", "::1"].contains(host) }
}
