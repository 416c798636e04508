package import SlipwayDomain

/// The parts of a plan that every strategy may have; a plan stored before they existed has none of them.
package struct ReleaseControls: Codable, Hashable, Sendable {
    /// What holds the release up at single steps.
    package let stops: [ReleaseStop]
    /// When the candidate's share may grow; empty for always.
    package let windows: [WeeklyWindow]
    /// How long the whole release may take before it is rolled back; nil for ever.
    package let progressDeadline: Span?
    /// What a low error budget does to the pace.
    package let budget: BudgetPolicy
    /// The share of live requests, in percent, that the other version scores as well.
    package let mirrorPercent: Int
    /// How many requests the candidate may have in hand; more are answered by the stable version.
    package let candidateQueue: Int
    /// Requests that are no evidence.
    package let exclusions: TrafficExclusions
    /// Who registered the version and who began the release: their approval of a step does not count.
    package let owners: [String]
    /// What an A/B release is decided by.
    package let comparison: ComparisonRule?
    /// The time within which requests may depend on each other, when the manifest states one.
    package let block: Span?

    package init(
        stops: [ReleaseStop] = [],
        windows: [WeeklyWindow] = [],
        progressDeadline: Span? = nil,
        budget: BudgetPolicy = BudgetPolicy(),
        mirrorPercent: Int = 100,
        candidateQueue: Int = ReleaseControls.standardQueue,
        exclusions: TrafficExclusions = TrafficExclusions(),
        owners: [String] = [],
        comparison: ComparisonRule? = nil,
        block: Span? = nil
    ) {
        self.stops = stops
        self.windows = windows
        self.progressDeadline = progressDeadline
        self.budget = budget
        self.mirrorPercent = mirrorPercent
        self.candidateQueue = candidateQueue
        self.exclusions = exclusions
        self.owners = owners
        self.comparison = comparison
        self.block = block
    }

    /// How many requests a candidate may have in hand when the manifest says nothing.
    package static let standardQueue = 64

    /// The stop at a step, if it has one.
    package func stop(at step: Int) -> ReleaseStop? { stops.first { $0.step == step } }

    /// The same controls for a release whose only step is what was the last one: its approval is still asked for.
    func straight(lastStep: Int) -> ReleaseControls {
        let approval = stop(at: lastStep)?.approval
        return ReleaseControls(
            stops: approval.map { [ReleaseStop(step: 0, approval: $0)] } ?? [],
            windows: windows,
            progressDeadline: progressDeadline,
            budget: budget,
            mirrorPercent: mirrorPercent,
            candidateQueue: candidateQueue,
            exclusions: exclusions,
            owners: owners
        )
    }

    func check(steps: [Int], stepDeadline: Span) throws(ReleaseError) {
        guard Set(stops.map(\.step)).count == stops.count, stops.allSatisfy({ steps.indices.contains($0.step) }) else {
            throw .invalidPlan("each stop of a release belongs to one step of its plan")
        }
        for stop in stops {
            if let pause = stop.pause, pause >= stepDeadline {
                throw .invalidPlan("a pause (\(pause)) must be shorter than the step deadline (\(stepDeadline))")
            }
            if stop.step == steps.count - 1, stop.pause != nil || stop.waitsForPerson {
                throw .invalidPlan("the last step ends the release: put the pause on the step before it")
            }
        }
        if let comparison, [.wait, .extend].contains(comparison.undecided) {
            throw .invalidPlan("a comparison that stopped cannot wait: choose rollBack, proceed or hold")
        }
        guard (0...100).contains(mirrorPercent) else { throw .invalidPlan("a sample is a percentage from 0 to 100") }
        guard candidateQueue > 0 else { throw .invalidPlan("the candidate's queue holds at least one request") }
        if let progressDeadline, progressDeadline <= Span(milliseconds: 0) {
            throw .invalidPlan("the progress deadline must be a time over zero, such as 3d")
        }
    }
}

/// Which requests are answered as all others and are no evidence about either version.
package struct TrafficExclusions: Codable, Hashable, Sendable {
    /// Parts of user agents, in lower case, beside those that every release leaves out.
    package let userAgents: [String]
    /// Headers (in lower case) with the value that marks a request; `*` for any value.
    package let headers: [String: String]

    package init(userAgents: [String] = [], headers: [String: String] = [:]) {
        self.userAgents = userAgents.map { $0.lowercased() }
        self.headers = Dictionary(headers.map { ($0.key.lowercased(), $0.value) }) { first, _ in first }
    }

    /// The header by which a client says itself that it only tries whether somebody answers.
    package static let probeHeader = "slipway-probe"
    /// Parts of the user agents of health checks, monitors and crawlers.
    package static let knownAgents = [
        "kube-probe", "healthcheck", "health-check", "googlehc", "elb-health", "prometheus", "blackbox", "uptime",
        "pingdom", "statuscake", "bot", "crawler", "spider",
    ]

    /// Whether the request is no evidence, by its headers (asked for by lower-case name).
    package func excludes(_ header: (String) -> String?) -> Bool {
        if header(TrafficExclusions.probeHeader) != nil { return true }
        for (name, wanted) in headers {
            if let value = header(name), wanted == "*" || value == wanted { return true }
        }
        guard let agent = header("user-agent")?.lowercased() else { return false }
        return (TrafficExclusions.knownAgents + userAgents).contains { agent.contains($0) }
    }
}
