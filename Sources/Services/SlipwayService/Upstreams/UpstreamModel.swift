internal import Dispatch
internal import Logging
internal import SlipwayTraffic
internal import Synchronization

/// A version that runs somewhere else, behind the same port as one that runs here.
///
/// Nobody is asked before a look at the upstream has shown that it is ready, has the declared signature and answers the
/// known question as it must; and it is looked at again now and then, so that another model in its place is found.
package final class UpstreamModel: RemoteModel {
    package let declaration: UpstreamDeclaration
    private let transport: any UpstreamTransport
    private let runtime: Runtime
    private let log: Logger
    private let circuit: UpstreamCircuit
    private let race: UpstreamRace

    /// How long a look may take, and how long one is good for.
    private static let lookMilliseconds = 5000
    private static let looksMilliseconds: Int64 = 30_000
    /// An answer that was not waited for this long says nothing about an upstream that does not come in time.
    private static let tellingMilliseconds = 1000

    init(_ declaration: UpstreamDeclaration, transport: any UpstreamTransport, runtime: Runtime, log: Logger) {
        self.declaration = declaration
        self.transport = transport
        self.runtime = runtime
        self.log = log
        circuit = UpstreamCircuit(runtime: runtime, hedgeQuantile: declaration.hedgeQuantile)
        race = UpstreamRace(runtime: runtime)
    }

    deinit { transport.close() }

    package var inputs: [TensorSignature] { declaration.inputs }
    package var outputs: [TensorSignature] { declaration.outputs }
    package var metadata: [String: String] { declaration.properties }
    package var platform: String { "slipway_upstream" }
    package var backend: String { declaration.dialect.rawValue }
    package var report: UpstreamReport { circuit.report(declaration) }

    // MARK: Asking

    package func answer(_ inputs: [Tensor], timeoutMilliseconds: Int) async throws -> [Tensor] {
        if let milliseconds = circuit.refusal() { throw Self.closedDoor(after: milliseconds) }
        guard circuit.enter(limit: declaration.limits.requests) else {
            throw ServiceError.unavailable(
                "the model has all the questions that it can take in hand: ask again in a second",
                retryAfterSeconds: 1
            )
        }
        defer { circuit.leave() }
        let started = runtime.monotonicNanoseconds()
        let limit = max(1, min(timeoutMilliseconds, declaration.limits.timeoutMilliseconds))
        let end = started + UInt64(limit) * 1_000_000
        let outcome = await race.run(
            until: end,
            hedgeAfter: circuit.hedgeDelay(),
            mayHedge: { [circuit] in circuit.mayHedge() },
            { [self] in await attempt(inputs, until: end) }
        )
        switch outcome.result {
        case .success(let answer):
            let elapsed = runtime.monotonicNanoseconds() - started
            circuit.succeeded(nanoseconds: elapsed, bySecond: outcome.isBySecond)
            return answer
        case .failure(.cancelled): throw CancellationError()
        case .failure(let failure):
            tell(circuit.failed(failure, isTelling: isTelling(failure, limit)), failure)
            throw failure.serviceError
        }
    }

    /// For callers that may block: evaluations, copies and warm-ups.
    package func run(
        _ inputs: [Tensor],
        outputs wanted: [String]?,
        timeoutMilliseconds: Int
    ) throws(ServiceError) -> [Tensor] {
        let all = try blocking(milliseconds: timeoutMilliseconds) { [self] in
            try await answer(inputs, timeoutMilliseconds: timeoutMilliseconds)
        }
        return wanted.map { names in names.compactMap { name in all.first { $0.name == name } } } ?? all
    }

    /// A refusal, and a client that does not wait, are the client's doing.
    private func isTelling(_ failure: UpstreamFailure, _ milliseconds: Int) -> Bool {
        switch failure {
        case .refused, .cancelled: false
        case .late: milliseconds >= min(Self.tellingMilliseconds, declaration.limits.timeoutMilliseconds)
        case .unreachable, .broken, .overloaded, .failed, .wrong: true
        }
    }

    private static func closedDoor(after milliseconds: Int64) -> ServiceError {
        let seconds = max(1, Int((milliseconds + 999) / 1000))
        return .unavailable(
            "the model does not answer now, and is not asked: ask again in \(seconds) s",
            retryAfterSeconds: seconds
        )
    }

    /// One question; sent again once if no connection was made, because then nobody can have taken it.
    private func attempt(_ inputs: [Tensor], until end: UInt64) async -> Result<[Tensor], UpstreamFailure> {
        let first = await once(inputs, until: end, isRetry: false)
        guard case .failure(.unreachable) = first else { return first }
        let pause = 5 + Int64(runtime.random() % 46)
        guard race.milliseconds(until: end) > 2 * Int(pause), (try? await runtime.sleep(pause)) != nil else {
            return first
        }
        return await once(inputs, until: end, isRetry: true)
    }

    private func once(
        _ inputs: [Tensor],
        until end: UInt64,
        isRetry: Bool
    ) async -> Result<[Tensor], UpstreamFailure> {
        circuit.sent(isRetry: isRetry)
        do throws(UpstreamFailure) {
            let answer = try await transport.infer(inputs, timeoutMilliseconds: race.milliseconds(until: end))
            return .success(try checked(answer, to: inputs))
        } catch {
            return .failure(error)
        }
    }

    /// The declared outputs in their order.
    private func checked(_ answer: UpstreamAnswer, to inputs: [Tensor]) throws(UpstreamFailure) -> [Tensor] {
        if let pinned = declaration.version, let version = answer.version, version != pinned {
            throw .wrong("version '\(UpstreamFailure.words(version))' answered, declared is '\(pinned)'")
        }
        let given = UpstreamAnswerCheck.shaped(answer.outputs, as: outputs)
        do throws(ServiceError) {
            try UpstreamAnswerCheck.check(given, against: outputs)
            try UpstreamAnswerCheck.checkRows(given, of: inputs, declaration)
        } catch {
            throw .wrong(error.message)
        }
        return outputs.compactMap { signature in given.first { $0.name == signature.name } }
    }

    // MARK: Looking

    private static var lookNanoseconds: UInt64 { UInt64(lookMilliseconds) * 1_000_000 }

    /// Looks whether the upstream is well and the one that was declared; refused as `invalid` when it is another.
    package func verify() throws(ServiceError) {
        let found: ServiceError? = try blocking(milliseconds: Self.lookMilliseconds) { [self] in
            await finding(until: runtime.monotonicNanoseconds() + Self.lookNanoseconds)
        }
        if let found { throw found }
    }

    /// Looks, and says what is wrong as `verify` does; nil when all is well.
    func finding(until end: UInt64) async -> ServiceError? {
        guard let failure = await look(until: end) else { return nil }
        if case .wrong(let text) = failure { return .invalid("the upstream \(declaration.address): \(text)") }
        return .unavailable("the upstream \(declaration.address) cannot be looked at: \(failure.sentence)")
    }

    /// Looks at it for the first time; what is found is in its report.
    func lookFirst() {
        guard circuit.isDue(after: .max) else { return }
        _ = try? blocking(milliseconds: Self.lookMilliseconds) { [self] in
            await look(until: runtime.monotonicNanoseconds() + Self.lookNanoseconds)
        }
    }

    /// Looks at it when that is due.
    func lookNowAndThen() async {
        guard circuit.isDue(after: Self.looksMilliseconds) else { return }
        _ = await look(until: runtime.monotonicNanoseconds() + Self.lookNanoseconds)
    }

    /// What is wrong with the upstream, or nil; the circuit follows.
    private func look(until end: UInt64) async -> UpstreamFailure? {
        let outcome = await race.run(until: end) { [self] in await sight(until: end) }
        guard case .failure(let failure) = outcome.result else {
            tell(circuit.looked(nil), nil)
            return nil
        }
        tell(circuit.looked(failure), failure)
        return failure
    }

    private func sight(until end: UInt64) async -> Result<Bool, UpstreamFailure> {
        do throws(UpstreamFailure) {
            let told = try await transport.describe(timeoutMilliseconds: race.milliseconds(until: end))
            do throws(ServiceError) {
                try UpstreamAnswerCheck.check(told: told.inputs, declared: inputs, .input)
                try UpstreamAnswerCheck.check(told: told.outputs, declared: outputs, .output)
            } catch {
                throw .wrong(error.message)
            }
            guard let check = declaration.check else {
                guard !told.inputs.isEmpty else {
                    throw .wrong("it tells no signature of its model: add a \"check\" to the declaration")
                }
                return .success(true)
            }
            let answer = try await transport.infer(
                check.inputs,
                timeoutMilliseconds: race.milliseconds(until: end)
            )
            let found = try checked(answer, to: check.inputs)
            if let text = UpstreamAnswerCheck.difference(found, check.outputs, tolerance: check.tolerance) {
                throw .wrong("the known question has another answer: \(text)")
            }
            return .success(true)
        } catch {
            return .failure(error)
        }
    }

    // MARK: Saying

    /// Operators hear of each change.
    private func tell(_ effect: CircuitBreaker.Effect, _ failure: UpstreamFailure?) {
        switch effect {
        case .opened:
            log.warning("upstream \(declaration.name): not asked for now, \(failure?.sentence ?? "it failed")")
        case .closed: log.notice("upstream \(declaration.name): well, and asked")
        case .nothing, .pass, .probe, .refuse: return
        }
    }

    /// Waits on this thread for what `body` gives; never called on a thread that tasks run on.
    private func blocking<Value: Sendable>(
        milliseconds: Int,
        _ body: @escaping @Sendable () async throws -> Value
    ) throws(ServiceError) -> Value {
        let done = DispatchSemaphore(value: 0)
        let slot = Slot<Value>()
        // Ends with its answer, which has a deadline of its own.
        let task = Task {
            do {
                slot.set(.success(try await body()))
            } catch {
                slot.set(.failure(error as? ServiceError ?? .unavailable("the question was cancelled: ask again")))
            }
            done.signal()
        }
        guard done.wait(timeout: .now() + .milliseconds(milliseconds + 1000)) == .success, let result = slot.take()
        else {
            task.cancel()
            throw UpstreamFailure.late.serviceError
        }
        return try result.get()
    }
}

/// Where an answer is put for a thread that waits.
private final class Slot<Value: Sendable>: Sendable {
    private let value = Mutex<Result<Value, ServiceError>?>(nil)

    func set(_ result: Result<Value, ServiceError>) { value.withLock { $0 = result } }
    func take() -> Result<Value, ServiceError>? { value.withLock { $0 } }
}

extension UpstreamDeclaration {
    /// Host and port.
    package var address: String { (url.host.contains(":") ? "[\(url.host)]" : url.host) + ":\(url.port)" }

    /// What operators call it.
    var name: String { address + (model.isEmpty ? "" : "/" + model + (version.map { "@" + $0 } ?? "")) }
}

extension UpstreamFailure {
    /// What a client is told: never where the upstream is.
    var serviceError: ServiceError {
        switch self {
        case .unreachable: .unavailable("the model is not reached now: ask again in a second", retryAfterSeconds: 1)
        case .overloaded: .unavailable("the model has too much to do: ask again in a second", retryAfterSeconds: 1)
        case .late: ModelRunner.late
        case .broken: ServiceError(.upstream, "the model's server broke off before its answer was whole: ask again")
        case .refused(let text): .invalid("the model refuses the question: \(text)")
        case .failed(let text): ServiceError(.upstream, "the model's server failed: \(text)")
        case .wrong(let text): ServiceError(.upstream, "the model's server answered wrongly: \(text)")
        case .cancelled: .unavailable("the question was cancelled: ask again")
        }
    }
}
