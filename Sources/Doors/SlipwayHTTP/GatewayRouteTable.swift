internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import SlipwayDomain
internal import SlipwayJSON
internal import SlipwayService
internal import SlipwayWire

/// What gateways call, and the list of them that people read.
struct GatewayRouteTable {
    let services: NativeDoor.Services

    private static let gateway = NativeDoor.root + "/gateway"
    private static let version = gateway + "/models/:model/versions/:version"

    var routes: [Route] {
        [
            Route(.get, Self.gateway + "/routes", access: .gateway) { request, _ in try await table(request) },
            Route(.get, Self.version + "/file", access: .gateway) { try await file($0, $1) },
            Route(.get, Self.version + "/reference", access: .gateway) { _, context in
                try .json(await services.gateways.reference(model: context.model, version: context.version))
            },
            Route(.post, Self.gateway + "/reports", access: .gateway) { request, _ in try await report(request) },
            Route(.get, NativeDoor.root + "/gateways") { _, _ in try await list() },
        ]
    }

    private func table(_ request: Request) async throws -> Response {
        let query = request.uri.queryParameters
        let wait = try query.get("wait").map { text throws(ServiceError) in
            guard let milliseconds = Int(text) else { throw .invalid("'wait' is a number of milliseconds") }
            return milliseconds
        }
        let sheet = try await services.gateways.routes(
            after: query.get("after").map { String($0) },
            waitMilliseconds: wait ?? 0
        )
        guard let sheet else { return Response(status: .notModified) }
        var response = Response.json(sheet.bytes)
        response.headers[.eTag] = "\"\(sheet.tag)\""
        return response
    }

    private func file(_ request: Request, _ context: WireContext) async throws -> Response {
        guard let digest = request.uri.queryParameters.get("digest") else {
            throw ServiceError.invalid("name the file by its 'digest', as the routing table does")
        }
        let bytes = try await services.gateways.file(
            model: context.model,
            version: context.version,
            digest: String(digest)
        )
        return Response(
            status: .ok,
            headers: [.contentType: "application/octet-stream"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes))
        )
    }

    private func report(_ request: Request) async throws -> Response {
        let value = try JSONValue(try await request.json(upTo: GatewayReport.mostBytes).root)
        let report: GatewayReport
        do {
            report = try value.decode(GatewayReport.self)
        } catch {
            throw ServiceError.invalid("this is no gateway's report: \(error)")
        }
        let isNew = try await services.gateways.accept(report)
        return try .json(["sequence": .integer(Int64(report.sequence)), "new": .bool(isNew)])
    }

    private func list() async throws -> Response {
        let lives = try await services.gateways.seen()
        return try .json([
            "gateways": .array(
                lives.map {
                    [
                        "gateway": .string($0.name), "life": .string($0.life),
                        "reports": .integer(Int64($0.reports)), "seen": .string($0.at.description),
                    ]
                }
            )
        ])
    }
}
