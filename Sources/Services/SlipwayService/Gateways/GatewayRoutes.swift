package import SlipwayDomain
package import SlipwayPolicy
package import SlipwayRelease
package import SlipwayStatistics

/// All that a gateway must know to answer: the control plane's word, kept on the gateway's disk for when it is gone.
package struct GatewayRoutes: Codable, Hashable, Sendable {
    /// The version of the stored form.
    package static let format = 1

    package let format: Int
    /// The endpoints, by model.
    package let endpoints: [GatewayEndpoint]
    /// SHA-256 of the tokens whose owners may ask for predictions where a gateway asks for tokens.
    package let callers: [String]

    package init(endpoints: [GatewayEndpoint], callers: [String]) {
        format = Self.format
        self.endpoints = endpoints
        self.callers = callers
    }

    /// Reads what the control plane or a disk gave.
    package static func read(_ bytes: [UInt8]) throws(ServiceError) -> GatewayRoutes {
        let routes: GatewayRoutes
        do {
            routes = try JSONValue(parsing: bytes).decode(GatewayRoutes.self)
        } catch {
            throw .invalid("this is no routing table: \(error)")
        }
        guard routes.format == format else {
            throw .invalid("the routing table has format \(routes.format), this gateway reads \(format): update it")
        }
        return routes
    }
}

/// Where one model is asked for, and which files may answer.
package struct GatewayEndpoint: Codable, Hashable, Sendable {
    /// A version that a decision allows, by the file that the decision was about.
    package struct Version: Codable, Hashable, Sendable {
        package let version: Int
        /// `sha256:` and 64 hex digits.
        package let digest: String

        package init(version: Int, digest: String) {
            self.version = version
            self.digest = digest
        }
    }

    /// What is counted for the step under way.
    package struct Step: Codable, Hashable, Sendable {
        package let step: Int
        package let since: Instant

        package init(step: Int, since: Instant) {
            self.step = step
            self.since = since
        }
    }

    package let model: String
    package let stable: Version?
    package let candidate: Version?
    /// What a rollback would go to: kept in memory, and asked nothing.
    package let previous: Version?
    package let candidatePercent: Int
    /// Makes the assignment of keys differ from release to release.
    package let salt: String
    /// The release under way, by whose rules both versions are compared.
    package let plan: ReleasePlan?
    /// Nil when nothing is counted.
    package let counted: Step?
    /// Whether the other version scores copies now.
    package let isMirrored: Bool
    /// The latency objective in milliseconds, if there is one.
    package let slowAfter: Double?
    /// What is kept of predictions, and what is left out.
    package let predictions: PredictionRules
    /// What live inputs are compared with; nil when no drift is watched.
    package let reference: Reference?

    /// What is noted of predictions beside their scores; nil when nothing is.
    package let notes: Notes?

    /// Whether classes are chosen, the columns whose values are noted, and by version how wrong answers are likely to be.
    package struct Notes: Codable, Hashable, Sendable {
        package let areClasses: Bool
        package let columns: [String]
        package let losses: [Losses]

        /// What an evaluation taught about the losses of one version.
        package struct Losses: Codable, Hashable, Sendable {
            package let version: Int
            package let estimators: [LossEstimator]
        }

        /// Nil where there is nothing to note.
        init?(areClasses: Bool, columns: [String], losses: [Losses]) {
            guard areClasses || !columns.isEmpty || !losses.isEmpty else { return nil }
            (self.areClasses, self.columns, self.losses) = (areClasses, columns, losses)
        }

        /// What is noted of one version's predictions.
        func rows(of version: Int) -> RowNotes {
            RowNotes(
                areClasses: areClasses,
                columns: columns,
                estimators: losses.first { $0.version == version }?.estimators ?? []
            )
        }
    }

    /// A reference profile by the digest of its text.
    package struct Reference: Codable, Hashable, Sendable {
        package let version: Int
        package let digest: String

        package init(version: Int, digest: String) {
            self.version = version
            self.digest = digest
        }
    }

    package init(
        model: String,
        stable: Version?,
        candidate: Version?,
        previous: Version?,
        candidatePercent: Int,
        salt: String,
        plan: ReleasePlan? = nil,
        counted: Step? = nil,
        isMirrored: Bool = false,
        slowAfter: Double? = nil,
        predictions: PredictionRules = .standard,
        reference: Reference? = nil,
        notes: Notes? = nil
    ) {
        self.model = model
        self.stable = stable
        self.candidate = candidate
        self.previous = previous
        self.candidatePercent = candidatePercent
        self.salt = salt
        self.plan = plan
        self.counted = counted
        self.isMirrored = isMirrored
        self.slowAfter = slowAfter
        self.predictions = predictions
        self.reference = reference
        self.notes = notes
    }

    /// All files that a gateway holds for this endpoint, the most urgent first.
    var versions: [Version] { [stable, candidate, previous].compactMap { $0 } }
}
