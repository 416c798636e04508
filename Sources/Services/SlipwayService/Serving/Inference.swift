internal import SlipwayDomain

/// Answers questions to models: routes, runs, counts and logs. The hottest use case of all.
package struct Inference: Sendable {
    private let routing: RoutingTable
    private let runner: ModelRunner
    private let log: PredictionLog
    private let runtime: Runtime
    /// What to do about a model that is not served.
    private let advice: String

    package init(
        routing: RoutingTable,
        pool: BlockingPool,
        log: PredictionLog,
        runtime: Runtime,
        timeoutMilliseconds: Int = 10_000,
        advice: String = "`slipway ship MODEL@VERSION --to production` serves one"
    ) {
        self.routing = routing
        self.log = log
        self.runtime = runtime
        self.advice = advice
        runner = ModelRunner(pool: pool, runtime: runtime, timeoutMilliseconds: timeoutMilliseconds)
    }

    /// A new name for a request that its client gave none.
    package func newID() -> String { runtime.newID() }

    /// The names of all models that have an endpoint.
    package var models: [String] { routing.models }

    /// The endpoint of `model`, or `notFound`.
    package func endpoint(_ model: String) throws(ServiceError) -> Endpoint {
        guard let endpoint = routing.endpoint(model), endpoint.stable != nil || endpoint.candidatePercent > 0 else {
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
        let version: LoadedVersion
        if let number {
            version = try self.version(number, of: endpoint)
        } else if let assigned = endpoint.version(for: request.key ?? predictionID) {
            version = assigned
        } else {
            throw ServiceError.unavailable("'\(model)' is not ready yet: ask again in a moment")
        }
        let isCandidate = version.version == endpoint.candidate?.version
        // Who names a version chose it: that is no evidence about the traffic that was split by chance.
        let meter = number == nil ? endpoint.meter : nil
        do {
            try InferenceCheck.check(request, against: version.model)
        } catch {
            // What the stable version would take is a right question: refusing it is the candidate's error.
            if number == nil, isCandidate, let stable = endpoint.stable, InferenceCheck.takes(request, stable.model) {
                endpoint.meter?.record(isCandidate: true, isError: true, nanoseconds: 0)
            }
            throw error
        }
        let started = runtime.monotonicNanoseconds()
        do {
            let all = try await runner.run(version, on: request)
            let elapsed = runtime.monotonicNanoseconds() - started
            meter?.record(isCandidate: isCandidate, isError: false, nanoseconds: elapsed)
            log.add(
                PredictionRecord(
                    id: predictionID,
                    model: model,
                    version: version,
                    time: runtime.now(),
                    key: request.key,
                    nanoseconds: elapsed,
                    inputs: request.inputs,
                    outputs: all,
                    counterpart: number == nil ? endpoint.counterpart(of: version) : nil,
                    meter: meter
                )
            )
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
            throw error
        } catch {
            let elapsed = runtime.monotonicNanoseconds() - started
            meter?.record(isCandidate: isCandidate, isError: true, nanoseconds: elapsed)
            throw error
        }
    }
}
