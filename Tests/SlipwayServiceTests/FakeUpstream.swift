import Logging
import SlipwayDomain
import Synchronization

@testable import SlipwayService

/// An upstream that does what a test wants: both classes' scores of two numbers, or something else.
final class FakeUpstream: UpstreamTransport, UpstreamNetwork {
    struct Behaviour: Sendable {
        /// Fails the next questions with these, one each.
        var failures: [UpstreamFailure] = []
        /// Fails all questions and looks with it.
        var isDown: UpstreamFailure?
        /// Milliseconds for the next answers, one each; after that none.
        var delays: [Int64] = []
        /// Changes what is answered.
        var version: String? = "3"
        var outputs: (@Sendable ([Tensor]) -> [Tensor])?
        var told = UpstreamDescription(
            inputs: [TensorSignature(name: "x", type: .fp32, shape: [-1, 2])],
            outputs: [TensorSignature(name: "score", type: .fp32, shape: [-1])]
        )
    }

    private struct State {
        var behaviour = Behaviour()
        var questions = 0
        var looks = 0
        var isClosed = false
    }

    private let state = Mutex(State())

    var questions: Int { state.withLock { $0.questions } }
    var looks: Int { state.withLock { $0.looks } }
    var isClosed: Bool { state.withLock { $0.isClosed } }

    func set(_ change: (inout Behaviour) -> Void) { state.withLock { change(&$0.behaviour) } }

    func transport(to upstream: UpstreamDeclaration) throws(ServiceError) -> any UpstreamTransport { self }

    func close() { state.withLock { $0.isClosed = true } }

    func describe(timeoutMilliseconds: Int) async throws(UpstreamFailure) -> UpstreamDescription {
        let behaviour = state.withLock { state in
            state.looks += 1
            return state.behaviour
        }
        if let failure = behaviour.isDown { throw failure }
        return behaviour.told
    }

    func infer(_ inputs: [Tensor], timeoutMilliseconds: Int) async throws(UpstreamFailure) -> UpstreamAnswer {
        let (behaviour, failure, delay) = state.withLock { state in
            state.questions += 1
            let failure = state.behaviour.failures.isEmpty ? nil : state.behaviour.failures.removeFirst()
            let delay = state.behaviour.delays.isEmpty ? 0 : state.behaviour.delays.removeFirst()
            return (state.behaviour, failure, delay)
        }
        if delay > 0 {
            do {
                try await Task.sleep(for: .milliseconds(delay))
            } catch {
                throw .cancelled
            }
        }
        if let failure = behaviour.isDown ?? failure { throw failure }
        let rows = inputs[0].shape[0]
        let scores = (0..<rows).map { Float(inputs[0].data.number(at: 2 * $0) ?? 0) }
        let usual = [Tensor(name: "score", shape: [rows], data: .fp32(scores))]
        return UpstreamAnswer(version: behaviour.version, outputs: behaviour.outputs?(usual) ?? usual)
    }

    /// The declaration of it; members replace or add to the usual ones.
    static func declaration(_ members: [String: JSONValue] = [:]) throws -> [UInt8] {
        var object: [String: JSONValue] = [
            "apiVersion": "slipway/v1", "kind": "Upstream", "url": "http://127.0.0.1:8080",
            "protocol": "open-inference",
            "model": "there", "version": "3",
            "inputs": [["name": "x", "datatype": "FP32", "shape": [-1, 2]]],
            "outputs": [["name": "score", "datatype": "FP32", "shape": [-1]]],
            "limits": ["timeoutMilliseconds": 60_000],
        ]
        object.merge(members) { $1 }
        return try CanonicalJSON.bytes(of: .object(object.filter { $0.value != .null }))
    }

    static var quiet: Logger {
        var log = Logger(label: "test")
        log.logLevel = .critical
        return log
    }

    /// The model in front of it.
    func model(_ members: [String: JSONValue] = [:], runtime: Runtime = .live()) throws -> UpstreamModel {
        UpstreamModel(
            try UpstreamDeclaration(try Self.declaration(members)),
            transport: self,
            runtime: runtime,
            log: Self.quiet
        )
    }

    static func question(_ rows: [Float] = [1]) -> [Tensor] {
        [Tensor(name: "x", shape: [rows.count, 2], data: .fp32(rows.flatMap { [$0, 0] }))]
    }
}
