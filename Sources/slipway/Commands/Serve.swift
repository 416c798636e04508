import ArgumentParser
import Foundation
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import SlipwayDomain
import SlipwayGRPC
import SlipwayInference
import SlipwayONNX
import SlipwayService
import SlipwayWire
import UnixSignals

struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serve ONNX files at once, for development.",
        discussion: """
            Each file answers under its own name at /v2/models/NAME/infer (Open Inference Protocol V2, JSON and \
            binary), and by gRPC on the next port. There is no manifest and no ledger, and only this machine can reach \
            it: `slipway up` and releases are for production.

            Examples:
              slipway serve model.onnx
              slipway serve fraud.onnx churn.onnx --batch-size 64 --batch-delay 2
            """
    )

    @Argument(help: ArgumentHelp("ONNX files.", valueName: "FILE.onnx"))
    var files: [String]

    @Option(help: "Port to listen on; 0 picks a free one.")
    var port = 8000

    @Option(
        name: .customLong("grpc-port"),
        help: ArgumentHelp(
            "Port of gRPC; 0 picks a free one, `off` answers none. (default: the one after --port, 8001, or a free one when that is in use)",
            valueName: "PORT"
        )
    )
    var grpcPort: GRPCPort?

    @Option(help: "Run up to so many rows of different requests together; off unless given.")
    var batchSize: Int?

    @Option(help: "With --batch-size: let a request wait up to so many milliseconds for others.")
    var batchDelay = 0

    @Option(help: "Milliseconds after which a model that has not answered is stopped.")
    var timeout = 10_000

    @Flag(help: "Print the address and the models as JSON.")
    var json = false

    @Flag(help: "Log each refused request too.")
    var verbose = false

    private static let host = "127.0.0.1"
    private static let idleSeconds = 120

    func validate() throws {
        try ListeningPort.check(port)
        guard !files.isEmpty else { throw ValidationError("name at least one .onnx file") }
        guard (1...3_600_000).contains(timeout) else { throw ValidationError("--timeout is 1 to 3600000 milliseconds") }
        guard (0...65_535).contains(port) else { throw ValidationError("--port is 0 to 65535") }
        guard batchSize != nil || batchDelay == 0 else { throw ValidationError("--batch-delay needs --batch-size") }
        do { _ = try batching() } catch { throw ValidationError("\(error)") }
    }

    private func batching() throws -> BatchPolicy? {
        try batchSize.map { try BatchPolicy(maxRows: $0, delayMilliseconds: batchDelay) }
    }

    func run() async throws {
        // Tasks run on the threads that read the sockets: a request changes threads only where it waits for something.
        _ = NIOSingletons.unsafeTryInstallSingletonPosixEventLoopGroupAsConcurrencyGlobalExecutor()
        var log = Logger(label: "slipway")
        log.logLevel = verbose ? .debug : .notice
        let pool = BlockingPool(name: "serving", threads: max(2, NIOSingletons.groupLoopCountSuggestion))
        let routing = RoutingTable()
        let repository = try FileRepository(
            paths: files,
            routing: routing,
            engine: ONNXEngine(),
            pool: pool,
            batching: try batching()
        )
        for file in files {
            do {
                try await repository.load(try FileRepository.name(of: file))
            } catch let error as ServiceError {
                throw CommandError("\(file): \(error.message)")
            }
        }
        let inference = Inference(
            routing: routing,
            pool: pool,
            // Nothing is kept of what was asked.
            log: PredictionLog(capacityBytes: 0),
            runtime: .live(),
            timeoutMilliseconds: timeout,
            advice: "POST /v2/repository/index lists the models of this server"
        )
        let access = AccessRule(requiresToken: false) { _ throws(ServiceError) in nil }
        let budget = FileLimit.budget()
        let grpc = GRPCDoor(
            inference: inference,
            repository: repository,
            access: access,
            host: Self.host,
            ports: GRPCPort.candidates(grpcPort, http: port),
            idleSeconds: Self.idleSeconds,
            budget: budget,
            log: log
        )
        let door = InferenceDoor(inference: inference, repository: repository, version: Slipway.version)
        let router = DoorRouter(
            doors: [door],
            door: { _ in door },
            access: access,
            allowedHosts: DoorRouter.loopbackHosts,
            demandPerson: { _ in },
            log: log
        )
        let patience = ConnectionPatience(idleSeconds: Self.idleSeconds)
        let immediate = router.immediate(inference)
        let application = Application(
            responder: router.responder(),
            server: HTTPServerBuilder { LoopChannel($0, patience, budget, immediate) },
            configuration: .init(address: .hostname(Self.host, port: port), serverName: "slipway", backlog: 4096),
            onServerRunning: { channel in announce(inference, port: channel.localAddress?.port ?? 0) },
            logger: log
        )
        let group = ServiceGroup(
            configuration: .init(
                services: [.init(service: application)] + (grpc.map { [.init(service: $0)] } ?? []),
                gracefulShutdownSignals: [.sigterm, .sigint],
                logger: log
            )
        )
        try await ListeningPort.serve(group, on: port)
    }

    private func announce(_ inference: Inference, port: Int) {
        let models = files.compactMap { file -> ServedModel? in
            // Loaded a moment ago under this very name.
            guard let name = try? FileRepository.name(of: file), let endpoint = try? inference.endpoint(name),
                let version = try? inference.version(nil, of: endpoint)
            else { return nil }
            return ServedModel(name: name, file: file, version: version)
        }
        let url = "http://\(Self.host):\(port)"
        if json {
            // Canonical JSON of texts and numbers: nothing in it can fail.
            try? say(json: ["url": .string(url), "models": .array(models.map(\.json))])
        } else {
            say(
                "slipway \(Slipway.version) serves \(models.count == 1 ? "one model" : "\(models.count) models") on \(url)/v2"
            )
            for model in models { say("  \(model.line)") }
            say("Try it:")
            for model in models { say("  \(model.example(url))") }
        }
    }
}

/// A model as `slipway serve` announces it.
private struct ServedModel {
    let name: String
    let file: String
    let version: LoadedVersion

    /// Longer examples than this are made by the shell.
    private static let mostElements = 64

    var line: String {
        let (inputs, outputs) = (version.model.inputs.map(Self.text), version.model.outputs.map(Self.text))
        let batches = version.batching.map { ", batches of up to \($0.maxRows) rows" } ?? ""
        return "\(name): \(inputs.joined(separator: ", ")) -> \(outputs.joined(separator: ", "))\(batches)"
    }

    var json: JSONValue {
        [
            "name": .string(name), "file": .string(file), "version": .string(String(version.version)),
            "digest": .string(version.digest), "memory_bytes": .number(Double(version.model.memoryBytes)),
            "inputs": .array(version.model.inputs.map { .string(Self.text($0)) }),
            "outputs": .array(version.model.outputs.map { .string(Self.text($0)) }),
            "batched": .bool(version.batching != nil),
        ]
    }

    private static func text(_ signature: TensorSignature) -> String {
        "\(signature.name) \(signature.type.rawValue)[\(signature.shape.map(String.init).joined(separator: ","))]"
    }

    /// A line for the shell that asks about one row of nothing.
    func example(_ url: String) -> String {
        let tensors = version.model.inputs.map { input in
            let shape = input.shape.map { max(1, $0) }
            let count = shape.reduce(1, *)
            let element =
                switch input.type {
                case .bytes: #""text""#
                case .bool: "false"
                default: "0"
                }
            let data =
                count <= Self.mostElements
                ? [String](repeating: element, count: count).joined(separator: ",")
                // The quotes end and begin again around what the shell makes.
                : "'$(yes \(element == "0" ? "0" : "'\(element)'") | head -n \(count) | paste -sd, -)'"
            return #"{"name":"\#(input.name)","datatype":"\#(input.type.rawValue)","shape":"#
                + "[\(shape.map(String.init).joined(separator: ","))]" + #","data":[\#(data)]}"#
        }
        let path = url + "/v2/models/" + name.urlPart + "/infer"
        return
            "curl -s \(path) -H 'Content-Type: application/json' -d '{\"inputs\":[\(tensors.joined(separator: ","))]}'"
    }
}
