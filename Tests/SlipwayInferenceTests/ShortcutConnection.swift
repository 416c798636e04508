import NIOCore
import NIOEmbedded
import NIOHTTP1
import SlipwayDomain
import SlipwayWire
import Synchronization

@testable import SlipwayInference
@testable import SlipwayService

/// A connection whose requests end in a list when the shortcut lets them pass.
struct ShortcutConnection {
    let channel = EmbeddedChannel()
    let passed = Passed()
    let told = Told()
    let version = LoadedVersion(version: 3, digest: "sha256:d", model: Sum())
    let watch = ConnectionWatch(ConnectionPatience(idleSeconds: 120))
    let tokens = Tokens()

    /// Without `remembersHeads` the decoder reads all that comes.
    init(needsToken: Bool = false, isDraining: Bool = false, remembersHeads: Bool = true) throws {
        let routing = RoutingTable()
        routing.set(Endpoint(model: "m", stable: version, candidate: nil, candidatePercent: 0, salt: "", meter: nil))
        // What a model's runs cost is learned from its first ones.
        version.cost.record(nanoseconds: 1000, rows: 1)
        let inference = Inference(
            routing: routing,
            pool: BlockingPool(name: "test", threads: 1),
            log: PredictionLog(),
            runtime: Runtime(
                now: { Instant(milliseconds: 784_111_777_000) },
                monotonicNanoseconds: { 0 },
                sleep: { _ in },
                random: { 7 }
            )
        )
        let access = AccessRule(
            requiresToken: needsToken,
            recall: { [tokens] token in tokens.good.withLock { $0.contains(token) } ? Caller(user: "ann") : nil },
            authenticate: { _ throws(ServiceError) in nil }
        )
        let immediate = ImmediateInference(
            inference: inference,
            access: access,
            allowedHosts: ["a"],
            isDraining: { isDraining },
            date: HTTPDate { Instant(milliseconds: 784_111_777_000) },
            report: { [told] error, path in told.lines.withLock { $0.append("\(path): \(error)") } }
        )
        let pipeline = channel.pipeline.syncOperations
        try pipeline.configureHTTPServerPipeline(withPipeliningAssistance: false, withErrorHandling: false)
        let shortcut = InferenceShortcut(immediate, behind: watch)
        if remembersHeads {
            try RepeatedHeads.install(
                shortcut,
                watch,
                around: pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self),
                in: pipeline
            )
        } else {
            try pipeline.addHandlers([watch, shortcut])
        }
        try pipeline.addHandler(passed)
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
    }

    /// What is answered at once to bytes that come in one read.
    func send(_ text: String) throws -> String { try send(ByteBuffer(string: text)) }

    func send(_ bytes: ByteBuffer) throws -> String {
        try channel.writeInbound(bytes)
        var answer = ""
        while let piece = try channel.readOutbound(as: ByteBuffer.self) { answer += String(buffer: piece) }
        return answer
    }

    /// Ends the answer to a request that passed.
    func answerFromBehind() {
        channel.write(
            HTTPServerResponsePart.head(.init(version: .http1_1, status: .ok, headers: ["content-length": "0"])),
            promise: nil
        )
        channel.writeAndFlush(HTTPServerResponsePart.end(nil), promise: nil)
    }

    static let question = #"{"id":"q","inputs":[{"name":"x","datatype":"FP32","shape":[1,2],"data":[1,2]}]}"#

    static func request(
        _ body: String = question,
        path: String = "/v2/models/m/infer",
        version: String = "HTTP/1.1",
        headers: [String] = []
    ) -> String {
        let head = ["POST \(path) \(version)", "Host: a:80", "Content-Length: \(body.utf8.count)"] + headers
        return head.joined(separator: "\r\n") + "\r\n\r\n" + body
    }

    /// Two numbers in, their sum out; is out of order at 13.
    struct Sum: LoadedModel {
        let inputs = [TensorSignature(name: "x", type: .fp32, shape: [-1, 2])]
        let outputs = [TensorSignature(name: "sum", type: .fp32, shape: [-1])]
        let metadata: [String: String] = [:]

        func run(_ inputs: [Tensor], outputs: [String]?, timeoutMilliseconds: Int) throws(ServiceError) -> [Tensor] {
            let (left, right) = (inputs[0].data.number(at: 0) ?? 0, inputs[0].data.number(at: 1) ?? 0)
            if left == 13 { throw ServiceError(.internal, "out of order") }
            return [Tensor(name: "sum", shape: [1], data: .fp32([Float(left + right)]))]
        }
    }

    /// What is told of refusals.
    final class Told: Sendable {
        let lines = Mutex<[String]>([])
    }

    /// Whose questions are answered.
    final class Tokens: Sendable {
        let good = Mutex<Set<String>>(["good"])
    }

    /// What came through, as one text for each part.
    final class Passed: ChannelInboundHandler, RemovableChannelHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart
        var parts: [String] = []

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head): parts.append("\(head.method) \(head.uri)")
            case .body(let piece): parts.append(String(buffer: piece))
            case .end: parts.append("end")
            }
        }
    }
}
