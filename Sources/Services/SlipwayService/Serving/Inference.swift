internal import SlipwayDomain

/// Answers questions to models: routes, runs, counts and logs. The hottest use case of all.
package struct Inference: Sendable {
    private let routing: RoutingTable
    private let runner: ModelRunner
    private let pool: BlockingPool
    private let log: PredictionLog
    private let shadows: ShadowQueue
    /// Threads for candidates, so that a slow one takes none from the others.
    private let candidatePool: BlockingPool
    private let runtime: Runtime
    /// What to do about a model that is not served.
    private let advice: String

    package init(
        routing: RoutingTable,
        pool: BlockingPool,
        log: PredictionLog,
        shadows: ShadowQueue = ShadowQueue(),
        candidatePool: BlockingPool? = nil,
        runtime: Runtime,
        timeoutMilliseconds: Int = 10_000,
        advice: String = "`slipway ship MODEL@VERSION --to production` serves one"
    ) {
        self.routing = routing
        self.pool = pool
        self.log = log
        self.shadows = shadows
        self.candidatePool = candidatePool ?? pool
        self.runtime = runtime
        self.advice = advice
        runner = ModelRunner(runtime: runtime, timeoutMilliseconds: timeoutMilliseconds)
    }

    /// A new name for a request that its client gave none.
    package func newID() -> String { runtime.newID() }

    /// The names of all models that have an endpoint.
    package var models: [String] { routing.models }

    /// The endpoint of `model`, or `notFound`.
    package func endpoint(_ model: String) throws(ServiceError) -> Endpoint {
        guard let endpoint = routing.endpoint(model), endpoint.stable != nil || endpoint.candidatePercent > 0 else {
            guard routing.isSettled else { throw .gatewayWithoutTable }
            throw .notFound(
                "no model '\(model.prefix(80))' is served here: \(advice)"
            )
        }
        return endpoint
    }

    /// The version that answers when a path names one, or the stable one.
    package func version(_ number: Int?, of endpoint: Endpoint) throws(ServiceError) -> LoadedVersion {
        if let number {
            for version in [endpoint.stable, endpoint.candidate] {
                if let version, version.version == number { return version }
            }
            throw .notFound("version \(number) of '\(endpoint.model)' takes no traffic here")
        }
        guard let version = endpoint.stable ?? endpoint.candidate else {
            throw .unavailable("'\(endpoint.model)' is not ready yet: ask again in a moment")
        }
        return version
    }

    /// The endpoint of a model that runs in this process, so that nobody needs to wait for its answers.
    package func endpointHere(_ model: String) -> Endpoint? {
        guard let endpoint = routing.endpoint(model), endpoint.stable != nil || endpoint.candidatePercent > 0,
            endpoint.stable?.remote == nil, endpoint.candidate?.remote == nil
        else { return nil }
        return endpoint
    }

    /// Answers one request without waiting: on the caller's thread where the model's run is over in a moment; else gives
    /// nil, and `later` hears the answer on another one. `endpoint` is one of `endpointHere`.
    package func inferPromptly(
        _ endpoint: Endpoint,
        version number: Int?,
        request: InferenceRequest,
        later: @escaping @Sendable (Result<InferenceAnswer, any Error>) -> Void
    ) throws -> InferenceAnswer? {
        let turn = try begin(endpoint, number: number, request: request)
        let (version, started) = (turn.choice.version, runtime.monotonicNanoseconds())
        let outputs: [Tensor]?
        do {
            outputs = try runner.runAtOnce(version, on: request, since: started)
        } catch {
            return try end(turn, .failure(error), since: started)
        }
        if let outputs { return try end(turn, .success(outputs), since: started) }
        runner.start(version, on: request, since: started, pool: pool(turn)) { result in
            later(Result { try end(turn, result, since: started) })
        }
        return nil
    }

    /// Answers one request.
    package func infer(
        model: String,
        version number: Int?,
        request: InferenceRequest
    ) async throws -> InferenceAnswer {
        let turn = try begin(try endpoint(model), number: number, request: request)
        let started = runtime.monotonicNanoseconds()
        let result: Result<[Tensor], any Error>
        do {
            result = .success(try await runner.run(turn.choice.version, on: request, since: started, pool: pool(turn)))
        } catch {
            result = .failure(error)
        }
        return try end(turn, result, since: started)
    }

    private func pool(_ turn: Turn) -> BlockingPool { turn.choice.isCandidate ? candidatePool : pool }

    private func begin(_ endpoint: Endpoint, number: Int?, request: InferenceRequest) throws(ServiceError) -> Turn {
        let turn = try turn(endpoint, number: number, request: request)
        shadows.liveBegins()
        return turn
    }

    /// Counts and logs what came of a turn, and leaves what it had taken.
    private func end(
        _ turn: Turn,
        _ result: Result<[Tensor], any Error>,
        since started: UInt64
    ) throws -> InferenceAnswer {
        defer {
            shadows.liveEnds()
            turn.choice.lane?.leave()
        }
        switch result {
        case .success(let outputs): return answered(turn, outputs, since: started)
        case .failure(let error):
            failed(turn, error, since: started)
            throw error
        }
    }

    /// A request on its way: who answers it, and what counts it.
    private struct Turn {
        let endpoint: Endpoint
        let request: InferenceRequest
        let predictionID: String
        let choice: InferenceChoice

        var meter: ArmMeter? { choice.isEvidence ? endpoint.meter : nil }
    }

    /// Chooses who answers, and checks that the question is one. The lane that was taken is to be left.
    private func turn(
        _ endpoint: Endpoint,
        number: Int?,
        request: InferenceRequest
    ) throws(ServiceError) -> Turn {
        let predictionID = runtime.newID()
        let choice = try endpoint.choice(request, number: number, predictionID: predictionID)
        let turn = Turn(endpoint: endpoint, request: request, predictionID: predictionID, choice: choice)
        do throws(ServiceError) {
            try InferenceCheck.check(request, against: choice.version.model)
        } catch {
            choice.lane?.leave()
            // What the stable version would take is a right question: refusing it is the candidate's error.
            if choice.isCandidate, let meter = turn.meter, let stable = endpoint.stable,
                InferenceCheck.takes(request, stable.model)
            {
                meter.record(isCandidate: true, isError: true, nanoseconds: nil, key: request.key)
            }
            throw error
        }
        return turn
    }

    private func answered(_ turn: Turn, _ all: [Tensor], since started: UInt64) -> InferenceAnswer {
        let elapsed = runtime.monotonicNanoseconds() - started
        let (endpoint, request, choice, meter) = (turn.endpoint, turn.request, turn.choice, turn.meter)
        let version = choice.version
        meter?.record(isCandidate: choice.isCandidate, isError: false, nanoseconds: elapsed, at: started + elapsed)
        endpoint.traffic?.record(isError: false, nanoseconds: elapsed)
        let counterpart = meter == nil ? nil : endpoint.counterpart(of: version, predictionID: turn.predictionID)
        if log.keeps || counterpart != nil {
            let record = PredictionRecord(
                id: turn.predictionID,
                model: endpoint.model,
                version: version,
                time: runtime.now(),
                key: request.key,
                nanoseconds: elapsed,
                inputs: request.inputs,
                outputs: all,
                counterpart: counterpart,
                meter: meter,
                candidate: endpoint.candidate?.version,
                isEvidence: choice.isEvidence
            )
            log.add(record)
            if counterpart != nil { shadows.offer(record) }
        }
        let outputs = request.outputs.map { names in names.compactMap { name in all.first { $0.name == name } } } ?? all
        return InferenceAnswer(
            model: endpoint.model,
            version: version.version,
            id: request.id,
            predictionID: turn.predictionID,
            outputs: outputs
        )
    }

    private func failed(_ turn: Turn, _ error: any Error, since started: UInt64) {
        let (choice, meter, key) = (turn.choice, turn.meter, turn.request.key)
        switch error {
        // The client went; nobody failed.
        case is CancellationError: break
        case let error as ServiceError where error.kind == .invalid:
            // What passed the declared signature and is refused elsewhere may be the version's fault: both arms meet the
            // same questions, so a release compares how often.
            if choice.version.remote != nil {
                meter?.record(isCandidate: choice.isCandidate, isError: true, nanoseconds: nil, key: key)
            }
        default:
            let elapsed = runtime.monotonicNanoseconds() - started
            meter?.record(
                isCandidate: choice.isCandidate,
                isError: true,
                nanoseconds: elapsed,
                at: started + elapsed,
                key: key
            )
            turn.endpoint.traffic?.record(isError: true, nanoseconds: elapsed)
        }
    }
}
