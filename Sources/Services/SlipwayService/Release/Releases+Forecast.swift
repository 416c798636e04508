package import SlipwayDomain
internal import SlipwayPolicy
package import SlipwayRelease
internal import SlipwayStore

/// How long releases will take, by the traffic that the endpoint has.
extension Releases {
    /// How far back traffic is measured.
    private static let measured = Span.hours(24)

    /// The forecast of a release that was begun; `rate` stands in for the measured requests a second.
    package func forecast(of id: ReleaseID, rate: Double?) async throws -> ReleaseForecast {
        let plan = try await state(id).plan
        return ReleaseForecast(plan, traffic: try await traffic(of: plan.model, rate: rate))
    }

    /// The forecast of the next release of a model, by its manifest as it is now.
    package func forecast(model: String, rate: Double?) async throws -> ReleaseForecast {
        let manifest = try await governance.requiredManifest(of: model)
        let endpoint = try await database.read { try EndpointTable.row(model, in: $0) }
        let stable = endpoint?.stable
        let plan = try ReleasePlan(
            release: ReleaseID("forecast"),
            rules: manifest.spec.release,
            model: model,
            environment: .production,
            candidate: (stable ?? 1) + 1,
            // The plan of a release that follows one, also when this one would be the first.
            stable: stable ?? 1,
            decision: EntryID("forecast"),
            owners: []
        )
        return ReleaseForecast(plan, traffic: try await traffic(of: model, rate: rate))
    }

    private func traffic(of model: String, rate: Double?) async throws -> ReleaseForecast.Traffic {
        let now = runtime.now()
        let since = Instant(milliseconds: now.milliseconds - Self.measured.milliseconds)
        let (hour, released, sums) = try await database.read { connection in
            (
                try EndpointHourTable.first(model: model, from: since, to: now, in: connection),
                try ReleaseTable.firstStart(model: model, in: connection),
                try EndpointHourTable.sums(model: model, from: since, to: now, in: connection)
            )
        }
        guard let hour, sums.requests > 0 else {
            guard let rate else {
                throw ServiceError.conflict(
                    "'\(model)' had no traffic in the last \(Self.measured.spoken), so nothing was measured: "
                        + "say what you expect, such as --rate 40"
                )
            }
            return ReleaseForecast.Traffic(rate: rate, source: "as stated; nothing was measured yet")
        }
        // Nobody could ask before the first release, whenever its hour began.
        let time = max(Span.minutes(1), now - max(hour, released ?? hour))
        let errors = Double(sums.errors) / Double(sums.requests)
        return ReleaseForecast.Traffic(
            rate: rate ?? Double(sums.requests) / (Double(time.milliseconds) / 1000),
            usual: [AnalysisMetric.errorRate.rawValue: errors],
            source: rate == nil
                ? "measured over the last \(time.spoken)" : "as stated; errors measured over the last \(time.spoken)"
        )
    }
}
