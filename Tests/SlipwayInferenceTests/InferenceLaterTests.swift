import Dispatch
import NIOCore
import NIOEmbedded
import NIOHTTP1
import SlipwayDomain
import SlipwayWire
import Synchronization
import Testing

@testable import SlipwayInference
@testable import SlipwayService

/// Two numbers in, their sum out, when the test lets it.
private final class PatientSum: LoadedModel {
    let inputs = [TensorSignature(name: "x", type: .fp32, shape: [-1, 2])]
    let outputs = [TensorSignature(name: "sum", type: .fp32, shape: [-1])]
    let metadata: [String: String] = [:]
    private let gate = DispatchSemaphore(value: 0)
    private let rows = Mutex<[Int]>([])
    private let begun = Atomic<Bool>(false)

    /// Whether a run has begun.
    var isRunning: Bool { begun.load(ordering: .acquiring) }

    /// The rows of each run.
    var runs: [Int] { rows.withLock { $0 } }

    func open(_ runs: Int = 1) { for _ in 0..<runs { gate.signal() } }

    func run(_ inputs: [Tensor], outputs: [String]?, timeoutMilliseconds: Int) throws(ServiceError) -> [Tensor] {
        begun.store(true, ordering: .releasing)
        gate.wait()
        let count = inputs[0].shape[0]
        rows.withLock { $0.append(count) }
        let sums = (0..<count).map { row in
            Float((inputs[0].data.number(at: 2 * row) ?? 0) + (inputs[0].data.number(at: 2 * row + 1) ?? 0))
        }
        if sums.contains(13) { throw ServiceError(.internal, "out of order") }
        return [Tensor(name: "sum", shape: [count], data: .fp32(sums))]
    }
}

/// A clock on which the time between two looks is set by the test.
private final class StepClock: Sendable {
    private let nanoseconds = Atomic<UInt64>(0)
    private let step: UInt64

    init(stepMilliseconds: UInt64) { step = stepMilliseconds * 1_000_000 }

    func pass(milliseconds: UInt64) { nanoseconds.add(milliseconds * 1_000_000, ordering: .relaxed) }

    var runtime: Runtime {
        Runtime(
            now: { Instant(milliseconds: 0) },
            monotonicNanoseconds: { self.nanoseconds.add(self.step, ordering: .relaxed).newValue },
            sleep: { _ in try await Task.sleep(for: .milliseconds(1)) },
            random: { 7 }
        )
    }
}

/// A server of one model, and connections to it whose requests are kept when the shortcut lets them pass.
private struct Place {
    let model = PatientSum()
    let inference: Inference

    /// With the clock's usual steps each run takes long enough to be sent to a thread of its own, never the socket's.
    init(
        batching: BatchPolicy? = nil,
        timeoutMilliseconds: Int = 600_000,
        clock: StepClock = StepClock(stepMilliseconds: 1)
    ) {
        let routing = RoutingTable()
        let version = LoadedVersion(version: 3, digest: "sha256:d", model: model, batching: batching)
        routing.set(Endpoint(model: "m", stable: version, candidate: nil, candidatePercent: 0, salt: "", meter: nil))
        inference = Inference(
            routing: routing,
            pool: BlockingPool(name: "test", threads: 1),
            log: PredictionLog(),
            runtime: clock.runtime,
            timeoutMilliseconds: timeoutMilliseconds
        )
    }

    func connection() async throws -> Connection {
        let immediate = ImmediateInference(
            inference: inference,
            access: AccessRule(requiresToken: false) { _ throws(ServiceError) in nil },
            allowedHosts: [],
            date: HTTPDate { Instant(milliseconds: 784_111_777_000) },
            report: { _, _ in }
        )
        let (channel, behind) = (NIOAsyncTestingChannel(), Behind())
        try await channel.testingEventLoop.executeInContext {
            let pipeline = channel.pipeline.syncOperations
            try pipeline.configureHTTPServerPipeline(withPipeliningAssistance: false, withErrorHandling: false)
            let watch = ConnectionWatch(ConnectionPatience(idleSeconds: 120))
            try RepeatedHeads.install(
                InferenceShortcut(immediate, behind: watch),
                watch,
                around: pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self),
                in: pipeline
            )
            try pipeline.addHandler(Keeper(behind))
        }
        try await channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).get()
        return Connection(channel: channel, behind: behind)
    }
}

/// What came through the shortcut, as one text each.
private final class Behind: Sendable {
    private let texts = Mutex<[String]>([])
    var all: [String] { texts.withLock { $0 } }
    func add(_ text: String) { texts.withLock { $0.append(text) } }
}

private final class Keeper: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    private let behind: Behind

    init(_ behind: Behind) { self.behind = behind }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .head(let head) = unwrapInboundIn(data) { behind.add(head.uri) }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        behind.add("\(type(of: event))")
    }

    func channelInactive(context: ChannelHandlerContext) { behind.add("inactive") }
}

private struct Connection {
    let channel: NIOAsyncTestingChannel
    let behind: Behind

    func send(_ text: String) async throws { try await channel.writeInbound(ByteBuffer(string: text)) }

    /// The next bytes that go to the client, or nothing after ten seconds.
    // Not the channel's own `waitForOutboundWrite`: an answer that never comes would stop all tests.
    func answer() async throws -> String {
        for _ in 0..<10_000 {
            if let bytes = try await sent() { return bytes }
            try await Task.sleep(for: .milliseconds(1))
        }
        Issue.record("no answer")
        return ""
    }

    /// What was sent that nobody has read.
    func sent() async throws -> String? {
        try await channel.readOutbound(as: ByteBuffer.self).map { String(buffer: $0) }
    }
}

/// Waits until a condition holds, for ten seconds at most, and expects that it does.
private func eventually(_ condition: () -> Bool) async throws {
    for _ in 0..<10_000 where !condition() { try await Task.sleep(for: .milliseconds(1)) }
    #expect(condition())
}

@Suite("Questions that are answered when their model is done")
struct InferenceLaterTests {
    private static func question(_ id: String, _ left: Int, _ right: Int = 0) -> String {
        let body =
            #"{"id":"\#(id)","inputs":[{"name":"x","datatype":"FP32","shape":[1,2],"data":[\#(left),\#(right)]}]}"#
        return "POST /v2/models/m/infer HTTP/1.1\r\nHost: a\r\nContent-Length: \(body.utf8.count)\r\n\r\n" + body
    }

    @Test("answers go in the order of the questions, and what is for others waits its turn")
    func order() async throws {
        let place = Place()
        let connection = try await place.connection()
        let other = "GET /v2/models/m/ready HTTP/1.1\r\nHost: a\r\n\r\n"
        try await connection.send(Self.question("a", 1, 2) + Self.question("b", 3, 4) + other)
        try await connection.send(Self.question("c", 5))
        #expect(try await connection.sent() == nil)
        #expect(connection.behind.all.isEmpty)
        place.model.open()
        let first = try await connection.answer()
        #expect(first.hasPrefix("HTTP/1.1 200 OK\r\n") && first.contains(#""id":"a""#) && first.contains("[3.0]"))
        #expect(connection.behind.all.isEmpty)
        place.model.open()
        let second = try await connection.answer()
        #expect(second.contains(#""id":"b""#) && second.contains("[7.0]"), "\(second)")
        // The third is answered from behind, and so is what came after it.
        try await eventually { connection.behind.all.count == 2 }
        #expect(connection.behind.all == ["/v2/models/m/ready", "/v2/models/m/infer"])
        #expect(place.model.runs == [1, 1])
    }

    @Test("questions of different clients are run together where their model wants it")
    func together() async throws {
        let place = Place(batching: try BatchPolicy(maxRows: 4, delayMilliseconds: 0))
        // The only thread is busy with the first one, so that the others meet.
        let first = try await place.connection()
        try await first.send(Self.question("first", 1))
        try await eventually { place.model.isRunning }
        var connections: [Connection] = []
        for index in 0..<4 {
            let connection = try await place.connection()
            try await connection.send(Self.question("q\(index)", index))
            connections.append(connection)
        }
        place.model.open(2)
        #expect(try await first.answer().contains("[1.0]"))
        for (index, connection) in connections.enumerated() {
            let answer = try await connection.answer()
            #expect(answer.contains(#""id":"q\#(index)""#) && answer.contains("[\(index).0]"), "\(answer)")
        }
        #expect(place.model.runs == [1, 4])
    }

    @Test("a model that fails is told as such, and the next question is taken")
    func failure() async throws {
        let place = Place()
        let connection = try await place.connection()
        place.model.open(2)
        try await connection.send(Self.question("bad", 13))
        let bad = try await connection.answer()
        #expect(bad.hasPrefix("HTTP/1.1 500 ") && bad.contains(#""request_id":"bad""#), "\(bad)")
        try await connection.send(Self.question("good", 1))
        #expect(try await connection.answer().contains("[1.0]"))
    }

    @Test("a model that hangs is cut off")
    func hanging() async throws {
        // Who waits for a thread too long is answered without a run: this clock goes on only once the run has begun.
        let clock = StepClock(stepMilliseconds: 0)
        let place = Place(timeoutMilliseconds: 20, clock: clock)
        let connection = try await place.connection()
        try await connection.send(Self.question("q", 1))
        try await eventually { place.model.isRunning }
        clock.pass(milliseconds: 1000)
        let answer = try await connection.answer()
        #expect(answer.hasPrefix("HTTP/1.1 504 "), "\(answer)")
        place.model.open()
        // What the model says at last is nobody's answer.
        try await eventually { !place.model.runs.isEmpty }
        try await Task.sleep(for: .milliseconds(20))
        #expect(try await connection.sent() == nil)
    }

    @Test("a server that goes, and a client that has said all, still meet over this answer")
    func events() async throws {
        let place = Place()
        let connection = try await place.connection()
        try await connection.send(Self.question("q", 1))
        let channel = connection.channel
        try await channel.testingEventLoop.executeInContext {
            channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
            channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        }
        #expect(connection.behind.all.isEmpty)
        place.model.open()
        #expect(try await connection.answer().contains("[1.0]"))
        try await eventually { connection.behind.all.count == 2 }
        #expect(connection.behind.all == ["ChannelEvent", "ChannelShouldQuiesceEvent"])
    }

    @Test("the answer to a client that has gone goes nowhere")
    func gone() async throws {
        let place = Place()
        let connection = try await place.connection()
        try await connection.send(Self.question("q", 1) + Self.question("r", 2))
        try await connection.channel.close()
        place.model.open(2)
        try await eventually { !place.model.runs.isEmpty }
        try await Task.sleep(for: .milliseconds(20))
        #expect(try await connection.sent() == nil)
        #expect(connection.behind.all == ["inactive"])
        #expect(place.model.runs == [1], "what had not had its turn is not asked")
    }
}
