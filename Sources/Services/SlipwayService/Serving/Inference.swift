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

    /// Answers one request.
    package func infer(
        model: String,
        version number: Int?,
        request: InferenceRequest
    ) async throws -> InferenceAnswer {
        let endpoint = try endpoint(model)
        let predictionID = runtime.newID()
        let choice = try endpoint.choice(request, number: number, predictionID: predictionID)
        defer { choice.lane?.leave() }
        let (version, isCandidate) = (choice.version, choice.isCandidate)
        let meter = choice.isEvidence ? endpoint.meter : nil
        do {
            try InferenceCheck.check(request, against: version.model)
        } catch {
            // What the stable version would take is a right question: refusing it is the candidate's error.
            if isCandidate, let meter, let stable = endpoint.stable, InferenceCheck.takes(request, stable.model) {
                meter.record(isCandidate: true, isError: true, nanoseconds: nil, key: request.key)
            }
            throw error
        }
        shadows.liveBegins()
        defer { shadows.liveEnds() }
        let started = runtime.monotonicNanoseconds()
        do {
            let all = try await runner.run(version, on: request, pool: isCandidate ? candidatePool : pool)
            let elapsed = runtime.monotonicNanoseconds() - started
            meter?.record(isCandidate: isCandidate, isError: false, nanoseconds: elapsed, at: started + elapsed)
            endpoint.traffic?.record(isError: false, nanoseconds: elapsed)
            let record = PredictionRecord(
                id: predictionID,
                model: model,
                version: version,
                time: runtime.now(),
                key: request.key,
                nanoseconds: elapsed,
                inputs: request.inputs,
                outputs: all,
                counterpart: meter == nil ? nil : endpoint.counterpart(of: version, predictionID: predictionID),
                meter: meter,
                candidate: endpoint.candidate?.version,
                isEvidence: choice.isEvidence
            )
            log.add(record)
            if record.counterpart != nil { shadows.offer(record) }
            let outputs =
                request.outputs.map { names in names.compactMap { name in all.first { $0.name == name } } } ?? all
            return InferenceAnswer(
                model: model,
                version: version.version,
                id: request.id,
                predictionID: predictionID,
                outputs: outputs
            )
        } catch let error as ServiceError where error.kind == .invalid {
            // What passed the declared signature and is refused elsewhere may be the version's fault: both arms meet the
            // same questions, so a release compares how often.
            if version.remote != nil {
                meter?.record(isCandidate: isCandidate, isError: true, nanoseconds: nil, key: request.key)
            }
            throw error
        } catch let error as CancellationError {
            // The client went; nobody failed.
            throw error
        } catch {
            let elapsed = runtime.monotonicNanoseconds() - started
            meter?.record(
                isCandidate: isCandidate,
                isError: true,
                nanoseconds: elapsed,
                at: started + elapsed,
                key: request.key
            )
            endpoint.traffic?.record(isError: true, nanoseconds: elapsed)
            throw error
        }
    }
}
