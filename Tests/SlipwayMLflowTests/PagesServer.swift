import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOEmbedded
import SlipwayDomain
import SlipwayMLflow
import SlipwayObjects
import SlipwayService
import SlipwayWire
import Synchronization
import Testing

/// GraphQL, scorers, evaluation datasets and pages on a registry's database, called without a socket.
final class PagesServer: Sendable {
    let registry: RegistryServer
    let doors: [any Door]
    let pageFolder: String
    private let respond: @Sendable (Request, WireContext) async throws -> Response

    struct Answer {
        let status: Int
        let headers: HTTPFields
        let bytes: [UInt8]

        var text: String { String(decoding: bytes, as: UTF8.self) }
        var json: JSONValue { get throws { try JSONValue(parsing: bytes) } }
    }

    init() async throws {
        let server = try await RegistryServer()
        registry = server
        pageFolder = server.base + "/data/build"
        try Self.makeBuild(pageFolder, outside: server.base + "/secret.txt")
        let runtime = Runtime.live()
        let mlflow = MLflowDoor([
            ServerRoutes(), ExperimentRoutes(tracking: server.tracking), RunRoutes(tracking: server.tracking),
            MetricRoutes(tracking: server.tracking), RegisteredModelRoutes(registry: server.registry),
            ModelVersionRoutes(registry: server.registry),
            ArtifactRoutes(artifacts: server.artifacts, registry: server.registry), PageRoutes(),
            GraphQLRoutes(
                graph: MLflowGraph(tracking: server.tracking, registry: server.registry, artifacts: server.artifacts)
            ),
            ScorerRoutes(scorers: Scorers(database: server.database, recorder: server.entries, runtime: runtime)),
            EvaluationDatasetRoutes(
                datasets: EvaluationDatasets(database: server.database, recorder: server.entries, runtime: runtime)
            ),
        ])
        let pages = MLflowPages(files: try PageFolder(root: pageFolder), api: mlflow.routes)
        doors = [mlflow, pages]
        let router = Router(context: WireContext.self)
        for door in doors {
            for route in door.routes {
                router.on(RouterPath(route.path), method: route.method) { request, context in
                    do { return try await route.handle(request, context) } catch { return door.response(to: error) }
                }
            }
        }
        let responder = router.buildResponder()
        respond = { try await responder.respond(to: $0, context: $1) }
    }

    private static func makeBuild(_ folder: String, outside: String) throws {
        let files = FileManager.default
        try files.createDirectory(atPath: folder + "/static/js", withIntermediateDirectories: true)
        for (name, text) in [
            ("index.html", "<html>"), ("static/js/main.0a1b2c3d.js", "run()"), ("static/js/plain.js", "run()"),
            ("a b%.txt", "odd"),
        ] {
            try text.write(toFile: "\(folder)/\(name)", atomically: false, encoding: .utf8)
        }
        try files.createSymbolicLink(atPath: folder + "/link.txt", withDestinationPath: outside)
        try files.createSymbolicLink(atPath: folder + "/up", withDestinationPath: "..")
    }

    func call(_ method: String, _ path: String, _ body: String? = nil) async throws -> Answer {
        var fields = HTTPFields()
        if body != nil { fields[.contentType] = "application/json" }
        let head = HTTPRequest(
            method: try #require(HTTPRequest.Method(method)),
            scheme: "http",
            authority: "localhost",
            path: path,
            headerFields: fields
        )
        let request = Request(head: head, body: RequestBody(buffer: ByteBuffer(string: body ?? "")))
        let context = WireContext(
            source: ApplicationRequestContextSource(channel: EmbeddedChannel(), logger: Logger(label: "test"))
        )
        let response: Response
        do {
            response = try await respond(request, context)
        } catch let error as any HTTPResponseError {
            return Answer(status: error.status.code, headers: [:], bytes: [])
        }
        let collector = PageCollector()
        try await response.body.write(collector)
        return Answer(status: response.status.code, headers: response.headers, bytes: collector.bytes)
    }

    /// Calls and demands 200.
    @discardableResult
    func json(_ method: String, _ path: String, _ body: String? = nil) async throws -> JSONValue {
        let answer = try await call(method, path, body)
        #expect(answer.status == 200, "\(method) \(path): \(answer.text.prefix(500))")
        return try answer.json
    }

    /// Asks a GraphQL question and demands 200.
    func graph(_ query: String, _ variables: JSONValue = [:]) async throws -> JSONValue {
        let body = JSONValue.object(["query": .string(query), "variables": variables])
        return try await json("POST", "/graphql", CanonicalJSON.text(of: body))
    }
}

/// Keeps what a response writes.
private struct PageCollector: ResponseBodyWriter {
    private final class Box: Sendable {
        let bytes = Mutex<[UInt8]>([])
    }

    private let box = Box()

    var bytes: [UInt8] { box.bytes.withLock { $0 } }

    mutating func write(_ buffer: ByteBuffer) async throws {
        box.bytes.withLock { $0 += Array(buffer.readableBytesView) }
    }

    consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
}
