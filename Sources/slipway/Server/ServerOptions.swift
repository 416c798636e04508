import ArgumentParser
import SlipwayConnectors
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

/// The address of a Prometheus as the command line writes it: http://127.0.0.1:9090
struct PrometheusAddress: ExpressibleByArgument, Sendable {
    let server: PrometheusServer

    init?(argument: String) {
        guard let server = PrometheusServer(argument) else { return nil }
        self.server = server
    }
}

/// A number of bytes as the command line writes it: 500MB, 2GiB, 1000.
struct ByteCount: ExpressibleByArgument, Sendable, CustomStringConvertible {
    let bytes: Int64
    let description: String

    private static let units: [(name: String, bytes: Int64)] = [
        ("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("TB", 1_000_000_000_000),
        ("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1000), ("B", 1), ("", 1),
    ]

    init?(argument: String) {
        let digits = argument.prefix { $0.isASCII && $0.isNumber }
        guard let count = Int64(digits),
            let unit = Self.units.first(where: { $0.name == argument.dropFirst(digits.count) })
        else { return nil }
        let (bytes, overflow) = count.multipliedReportingOverflow(by: unit.bytes)
        guard !overflow else { return nil }
        self.bytes = bytes
        description = argument
    }

    init(bytes: Int64, _ description: String) {
        self.bytes = bytes
        self.description = description
    }
}

/// A length of time as the command line writes it: 24h, 30d.
extension Span: ArgumentParser.ExpressibleByArgument {
    package init?(argument: String) { self.init(argument) }
}

/// Where a server keeps its data and where it listens.
struct ServerOptions: ParsableArguments, Sendable {
    @Option(help: "Folder for the database, the artifacts and the ledger's key.")
    var data = "slipway-data"

    @Option(help: "Address to listen on. Beyond loopback every request needs a token.")
    var host = "127.0.0.1"

    @Option(help: "Port of all HTTP doors; 0 picks a free one.")
    var port = 5000

    @Option(
        name: .customLong("grpc-port"),
        help: ArgumentHelp(
            "Port of gRPC; 0 picks a free one, `off` answers none. (default: the one after --port, 5001, or a free one when that is in use)",
            valueName: "PORT"
        )
    )
    var grpcPort: GRPCPort?

    @Flag(help: "Ask for a token even on loopback.")
    var requireToken = false

    @Option(help: ArgumentHelp("Seconds after which a silent connection is closed.", visibility: .hidden))
    var idleSeconds = 120

    @Option(
        help: ArgumentHelp("Connections at once; as many as the limit of open files allows.", visibility: .hidden)
    )
    var maxConnections: Int?

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

    @Option(
        help: ArgumentHelp(
            "Let versions run on this host; no other one is ever asked. May be given again.",
            valueName: "HOST[:PORT]"
        )
    )
    var upstreamAllow: [AllowedHost] = []

    @Option(
        help: ArgumentHelp(
            "Trust the authorities in this PEM file, too, when servers on which versions run show their certificates.",
            valueName: "FILE"
        )
    )
    var upstreamCA: String?

    @Option(
        help: ArgumentHelp(
            "Trust the authorities in this PEM file, too, when webhooks' receivers show their certificates.",
            valueName: "FILE"
        )
    )
    var webhookCA: String?

    @Option(
        help: ArgumentHelp(
            "Where queries in manifests (metric: prometheus) are asked; no other server ever is.",
            valueName: "URL"
        )
    )
    var prometheus: PrometheusAddress?

    @Option(help: "The largest artifact that is taken, e.g. 500MB or 20GiB.")
    var maxArtifactSize = ByteCount(bytes: ArtifactLimits.standard.largest, "100GB")

    @Option(help: "Uploads leave so much of the disk free, for the ledger (but at most a twentieth of the disk).")
    var keepFree = ByteCount(bytes: 1_000_000_000, "1GB")

    @Option(
        help: ArgumentHelp(
            "Remove for good what was deleted so long ago (experiments, runs, models and their files), at the start and every ten minutes; off unless given.",
            valueName: "30d"
        )
    )
    var purgeDeletedAfter: Span?

    @Option(
        help: ArgumentHelp(
            "Milliseconds after which gathered predictions are written as a Parquet file.",
            visibility: .hidden
        )
    )
    var predictionFileMilliseconds: UInt64 = 10_000

    func validate() throws { try ListeningPort.check(port) }

    /// Whether only this machine can reach the server.
    var isLoopback: Bool { ["127.0.0.1", "localhost", "::1"].contains(host) }
}
