import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOEmbedded
import SlipwayConsole
import SlipwayDomain
import SlipwayLedger
import SlipwaySQLite
import SlipwayService
import SlipwayStore
import SlipwayWire
import Synchronization
import Testing

/// The console on a real, temporary ledger, called without a socket.
final class ConsoleServer: Sendable {
    private let folder: URL
    private let respond: @Sendable (Request, WireContext) async throws -> Response
    let door: ConsoleDoor

    struct Answer {
        let status: Int
        let headers: HTTPFields
        let text: String
    }

    init(_ stories: [Story], drill: Bool = true, hasMLflowPages: Bool = false) async throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "slipway-console-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let database = try SQLiteDatabase(path: folder.appending(path: "slipway.db").path)
        try await Migrator.migrate(database)
        let runtime = Self.runtime(drill: drill)
        let signer = try CheckpointSigner(name: "slipway.test", seed: Array(repeating: 7, count: 32))
        let ledger = LedgerBook(database: database, runtime: runtime, signer: signer)
        try await database.write { connection in
            for line in stories.flatMap(\.lines) {
                let draft = EntryDraft(type: line.type, subject: line.subject, actor: line.actor, data: line.data)
                try ledger.record(draft, at: line.at, in: connection)
            }
        }
        let reports = ModelReports(
            ledger: ledger,
            routing: RoutingTable(),
            predictions: PredictionLog(),
            runtime: runtime
        )
        let marks = IncidentMarks(database: database, ledger: ledger, runtime: runtime)
        let door = ConsoleDoor(reports: reports, marks: marks, hasMLflowPages: hasMLflowPages)
        let router = Router(context: WireContext.self)
        for route in door.routes {
            router.on(RouterPath(route.path), method: route.method) { request, context in
                do {
                    return try await route.handle(request, context)
                } catch {
                    return door.response(to: error)
                }
            }
        }
        let responder = router.buildResponder()
        respond = { try await responder.respond(to: $0, context: $1) }
        self.door = door
    }

    deinit {
        // A folder that stays behind in the temporary folder harms nobody.
        try? FileManager.default.removeItem(at: folder)
    }

    /// The clock stands still; identifiers count.
    private static func runtime(drill: Bool) -> Runtime {
        let now = Story.instant("2013-11-26T09:30:00Z")
        let bits = Mutex<UInt64>(0)
        let random: @Sendable () -> UInt64 = {
            bits.withLock { bits in
                bits += 1
                return bits
            }
        }
        return Runtime(
            now: { now },
            monotonicNanoseconds: { 0 },
            sleep: { _ in },
            random: random,
            drill: drill
                ? DrillClock(start: Story.instant("2013-04-01"), rate: 500_000, monotonicNanoseconds: { 0 }) : nil
        )
    }

    func get(_ path: String) async throws -> Answer {
        let head = HTTPRequest(method: .get, scheme: "http", authority: "127.0.0.1:5000", path: path)
        let request = Request(head: head, body: RequestBody(buffer: ByteBuffer()))
        let source = ApplicationRequestContextSource(channel: EmbeddedChannel(), logger: Logger(label: "test"))
        return try await Self.answer(respond(request, WireContext(source: source)))
    }

    static func answer(_ response: Response) async throws -> Answer {
        let writer = CollectedBody()
        try await response.body.write(writer)
        return Answer(status: response.status.code, headers: response.headers, text: writer.text)
    }
}

/// Keeps what a response writes.
final class CollectedBody: ResponseBodyWriter {
    private let bytes = Mutex<[UInt8]>([])

    var text: String { bytes.withLock { String(decoding: $0, as: UTF8.self) } }

    func write(_ buffer: ByteBuffer) async throws { bytes.withLock { $0 += Array(buffer.readableBytesView) } }
    func finish(_ trailingHeaders: HTTPFields?) async throws {}
}
