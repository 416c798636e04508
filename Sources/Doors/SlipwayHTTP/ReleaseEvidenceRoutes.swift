internal import Hummingbird
internal import SlipwayDomain
internal import SlipwayRelease
internal import SlipwayService
internal import SlipwayWire

/// What a release rests on: its account, its records computed again, and how long its steps will take.
struct ReleaseEvidenceRoutes {
    let services: NativeDoor.Services

    private static let release = NativeDoor.root + "/releases/:release"

    var routes: [Route] {
        [
            Route(.get, Self.release + "/explanation") { _, context in
                try .json(try await services.releases.account(of: Self.id(context)).json)
            },
            Route(.get, Self.release + "/replay") { _, context in
                try .json(try await services.releases.account(of: Self.id(context)).replayJSON)
            },
            Route(.get, Self.release + "/power") { request, context in
                let forecast = try await services.releases.forecast(of: Self.id(context), rate: Self.rate(request))
                return try .json(forecast.json)
            },
            Route(.get, NativeDoor.root + "/models/:model/power") { request, context in
                let forecast = try await services.releases.forecast(model: context.model, rate: Self.rate(request))
                return try .json(forecast.json)
            },
        ]
    }

    private static func id(_ context: WireContext) throws -> ReleaseID { ReleaseID(try context.pathPart("release")) }

    /// The rate that the caller expects instead of the measured one.
    private static func rate(_ request: Request) throws -> Double? {
        guard let text = request.uri.queryParameters.get("rate") else { return nil }
        guard let rate = Double(text), rate > 0, rate <= 1e9 else {
            throw ServiceError.invalid("rate is a number of requests a second over 0, such as ?rate=40")
        }
        return rate
    }
}
