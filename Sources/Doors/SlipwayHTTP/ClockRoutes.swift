internal import Hummingbird
internal import SlipwayDomain
internal import SlipwayService
internal import SlipwayWire

/// The server's clock; in a drill it can be led forward.
struct ClockRoutes {
    let services: NativeDoor.Services

    var routes: [Route] {
        [
            Route(.get, NativeDoor.root + "/clock") { _, _ in try show() },
            Route(.post, NativeDoor.root + "/clock") { request, _ in try await advance(request) },
        ]
    }

    private func show() throws -> Response {
        let (server, files) = (services.reports.server, services.reports.counters.files)
        return try .json([
            "now": .string(server.now.description),
            "drill": server.drill.map { ["start": .string($0.start.description), "rate": .number($0.rate)] } ?? .null,
            "loggedPredictions": .integer(Int64(server.loggedPredictions)),
            "droppedPredictions": .integer(Int64(server.droppedPredictions)),
            "predictionFiles": [
                "files": .integer(Int64(files.files)), "rows": .integer(Int64(files.rows)),
                "lostRows": .integer(Int64(files.lostRows)),
                "waitingRows": .integer(Int64(files.waitingRows)),
            ],
            "upstreams": .array(services.reports.counters.upstreams.map(Self.json)),
        ])
    }

    private static func json(_ upstream: (model: String, version: Int, report: UpstreamReport)) -> JSONValue {
        let report = upstream.report
        return [
            "model": .string(upstream.model), "version": .integer(Int64(upstream.version)),
            "protocol": .string(report.dialect.rawValue), "address": .string(report.address),
            "circuit": .string(report.standing.rawValue), "reason": report.reason.map(JSONValue.string) ?? .null,
            "retryMilliseconds": .integer(report.retryMilliseconds), "inHand": .integer(Int64(report.inHand)),
            "sent": .integer(Int64(report.counts.sent)), "answered": .integer(Int64(report.counts.answered)),
            "failures": .object(report.counts.failures.mapValues { .integer(Int64($0)) }),
            "openings": .integer(Int64(report.counts.openings)),
        ]
    }

    private func advance(_ request: Request) async throws -> Response {
        guard let drill = services.runtime.drill else {
            throw ServiceError.conflict(
                "this server keeps real time: only one started with --clock START,RATE can be led"
            )
        }
        guard let text = try await request.object()["towards"]?.string, let target = Instant(text) else {
            throw ServiceError.invalid("the body needs 'towards', an instant such as 2013-04-01T00:00:00Z")
        }
        return try .json(["now": .string(drill.advance(towards: target).description)])
    }
}
