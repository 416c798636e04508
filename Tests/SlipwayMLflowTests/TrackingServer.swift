import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOEmbedded
import SlipwayDomain
import SlipwayMLflow
import SlipwayOTLP
import SlipwaySQLite
import SlipwayService
import SlipwayStore
import SlipwayWire
import Synchronization
import Testing

/// Tracking's routes on a real, temporary SQLite file, called without a socket.
final class TrackingServer: Sendable {
    private let folder: URL
    private let respond: @Sendable (Request, WireContext) async throws -> Response
    let tracking: Tracking
    let traces: Traces
    let entries = RecordedEntries()
    let database: SQLiteDatabase

    struct Answer {
        let status: Int
        let bytes: [UInt8]

        var json: JSONValue {
            get throws { try JSONValue(parsing: bytes) }
        }

        var errorCode: String? {
            guard let json = try? JSONValue(parsing: bytes) else { return nil }
            return json["error_code"]?.string
        }
    }

    init() async throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "slipway-tracking-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        database = try SQLiteDatabase(path: folder.appending(path: "slipway.db").path)
        try await Migrator.migrate(database)
        tracking = Tracking(database: database, runtime: Self.countingRuntime())
        traces = Traces(
            database: database,
            artifacts: EmptyArtifactStore(),
            recorder: entries,
            runtime: Self.countingRuntime()
        )
        let door = MLflowDoor([
            TraceRoutes(traces: traces), AssessmentRoutes(traces: traces), TraceMetricRoutes(traces: traces),
            DeprecatedTraceRoutes(traces: traces),
            ServerRoutes(), ExperimentRoutes(tracking: tracking), RunRoutes(tracking: tracking),
            MetricRoutes(tracking: tracking),
            LoggedModelRoutes(
                tracking: tracking,
                artifacts: Artifacts(database: database, store: EmptyArtifactStore())
            ),
        ])
        let router = Router(context: WireContext.self)
        for route in door.routes + OTLPDoor(traces: traces).routes {
            router.on(RouterPath(route.path), method: route.method, use: route.handle)
        }
        let responder = router.buildResponder()
        respond = { try await responder.respond(to: $0, context: $1) }
    }

    deinit {
        // A folder that stays behind in the temporary folder harms nobody.
        try? FileManager.default.removeItem(at: folder)
    }

    /// A clock that goes on by a millisecond at each look, and identifiers that fall, so that later runs sort first.
    private static func countingRuntime() -> Runtime {
        let time = Mutex<Int64>(1_700_000_000_000)
        let bits = Mutex(UInt64.max)
        return Runtime(
            now: {
                time.withLock {
                    $0 += 1
                    return Instant(milliseconds: $0)
                }
            },
            monotonicNanoseconds: { 0 },
            sleep: { _ in },
            random: {
                bits.withLock {
                    $0 -= 1
                    return $0
                }
            }
        )
    }

    func call(
        _ method: String,
        _ path: String,
        _ body: String? = nil,
        type: String = "application/json"
    ) async throws -> Answer {
        var fields = HTTPFields()
        if body != nil { fields[.contentType] = type }
        return try await call(method, path, bytes: Array((body ?? "").utf8), fields: fields)
    }

    func call(_ method: String, _ path: String, bytes: [UInt8], fields: HTTPFields) async throws -> Answer {
        let method = try #require(HTTPRequest.Method(method))
        let head = HTTPRequest(
            method: method,
            scheme: "http",
            authority: "localhost",
            path: path,
            headerFields: fields
        )
        let request = Request(head: head, body: RequestBody(buffer: ByteBuffer(bytes: bytes)))
        let context = WireContext(
            source: ApplicationRequestContextSource(channel: EmbeddedChannel(), logger: Logger(label: "test"))
        )
        let response: Response
        do {
            response = try await respond(request, context)
        } catch let error as any HTTPResponseError {
            return Answer(status: error.status.code, bytes: [])
        }
        let collector = BodyCollector()
        try await response.body.write(collector)
        return Answer(status: response.status.code, bytes: collector.bytes)
    }

    /// Posts to a 2.0 call and demands 200.
    @discardableResult
    func post(_ path: String, _ body: String) async throws -> JSONValue {
        let answer = try await call("POST", "/api/2.0/mlflow/\(path)", body)
        #expect(answer.status == 200, "\(path) \(body.prefix(300)): \(String(decoding: answer.bytes, as: UTF8.self))")
        return try answer.json
    }

    /// Gets from a 2.0 call and demands 200.
    func get(_ path: String) async throws -> JSONValue {
        let answer = try await call("GET", "/api/2.0/mlflow/\(path)")
        #expect(answer.status == 200, "\(path): \(String(decoding: answer.bytes, as: UTF8.self))")
        return try answer.json
    }

    /// Starts a run and returns its identifier.
    func newRun(_ fields: String = #""experiment_id": "0""#) async throws -> String {
        let answer = try await post("runs/create", "{\(fields)}")
        return try #require(answer["run"]?["info"]?["run_id"]?.string)
    }
}

/// Keeps what a response writes.
private struct BodyCollector: ResponseBodyWriter {
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

/// A store that holds nothing.
struct EmptyArtifactStore: ArtifactStore {
    func write(
        _ path: ArtifactPath,
        length: Int64?,
        permit: () async throws -> Void,
        pieces: () async throws -> [UInt8]?
    ) async throws {}
    func read(_ path: ArtifactPath) async throws -> any ArtifactReader { throw ServiceError.notFound("nothing here") }
    func list(_ path: ArtifactPath) async throws -> [ArtifactInfo] { [] }
    func delete(_ path: ArtifactPath) async throws {}
    func beginParts(of upload: String) async throws {}
    func writePart(
        _ part: ArtifactPart,
        of upload: String,
        length: Int64?,
        pieces: () async throws -> [UInt8]?
    ) async throws {}
    func publish(
        _ parts: [ArtifactPart],
        of upload: String,
        at path: ArtifactPath,
        largest: Int64,
        permit: () async throws -> Void
    ) async throws {}
    func removeParts(of upload: String) async throws {}
    func uploads() async throws -> [String] { [] }
}
