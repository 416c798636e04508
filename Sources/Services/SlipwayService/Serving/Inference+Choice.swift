internal import SlipwayRelease

/// Who answers a request, and whether its answer says something about the release.
struct InferenceChoice {
    let version: LoadedVersion
    let isCandidate: Bool
    /// False for testers, probes and bots: who chose the version is no evidence about traffic that was split by chance.
    let isEvidence: Bool
    /// The place that the request has taken in the candidate's queue; to be left when it is over.
    let lane: CandidateLane?
}

extension Endpoint {
    /// Who answers `request`; `number` is the version that its path names.
    func choice(
        _ request: InferenceRequest,
        number: Int?,
        predictionID: String
    ) throws(ServiceError) -> InferenceChoice {
        if let target = number.map(VersionTarget.number) ?? request.target {
            let version = try version(target)
            let isCandidate = version.version == candidate?.version
            guard !isCandidate || enterLane() else {
                throw .unavailable("the candidate of '\(model)' has all that it can take in hand: ask again")
            }
            return InferenceChoice(
                version: version,
                isCandidate: isCandidate,
                isEvidence: false,
                lane: isCandidate ? activeLane : nil
            )
        }
        guard let assigned = version(for: request.key ?? predictionID) else {
            throw .unavailable("'\(model)' is not ready yet: ask again in a moment")
        }
        let isExcluded = meter != nil && request.header.map { exclusions.excludes($0) } ?? false
        guard assigned.version == candidate?.version else {
            return InferenceChoice(version: assigned, isCandidate: false, isEvidence: !isExcluded, lane: nil)
        }
        guard enterLane() else {
            // The stable version answers, so nobody is hurt; that the candidate could not is its error.
            if !isExcluded { meter?.record(isCandidate: true, isError: true, nanoseconds: nil, key: request.key) }
            return InferenceChoice(version: stable ?? assigned, isCandidate: false, isEvidence: false, lane: nil)
        }
        return InferenceChoice(version: assigned, isCandidate: true, isEvidence: !isExcluded, lane: activeLane)
    }

    /// With all traffic, or nobody to stand in, the candidate is an endpoint like any other.
    private var activeLane: CandidateLane? { stable == nil || candidatePercent == 100 ? nil : lane }

    private func enterLane() -> Bool { activeLane?.enter() ?? true }

    /// The version that a tester asks for; only what a decision allows is ever loaded here.
    private func version(_ target: VersionTarget) throws(ServiceError) -> LoadedVersion {
        switch target {
        case .stable:
            if let stable { return stable }
            throw .notFound("'\(model)' has no stable version yet")
        case .candidate:
            if let candidate { return candidate }
            throw .notFound("'\(model)' has no candidate: no release is under way")
        case .number(let number):
            for version in [stable, candidate] {
                if let version, version.version == number { return version }
            }
            throw .notFound("version \(number) of '\(model)' takes no traffic here")
        }
    }
}
