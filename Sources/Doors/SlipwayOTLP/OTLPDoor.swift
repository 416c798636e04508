internal import HTTPTypes
package import Hummingbird
package import SlipwayService
package import SlipwayWire

/// OpenTelemetry's protocol over HTTP, for spans: `POST /v1/traces` in protobuf or JSON.
///
/// The experiment comes in a header, as MLflow's server takes it. A request is stored whole or not at all.
package struct OTLPDoor: Door {
    static let experimentHeader = "x-mlflow-experiment-id"
    private static let runHeader = "x-mlflow-run-id"
    /// The largest body as it comes, compressed or not.
    private static let bodyLimit = 32 << 20

    private let traces: Traces

    package init(traces: Traces) { self.traces = traces }

    package var routes: [Route] {
        [
            Route(.post, "/v1/traces") { request, context in
                do {
                    return try await export(request, context)
                } catch {
                    return response(to: error)
                }
            }
        ]
    }

    package func response(to error: any Error) -> Response { OTLPError(error).response }

    private func export(_ request: Request, _ context: WireContext) async throws -> Response {
        guard let experiment = Self.header(Self.experimentHeader, of: request) else { throw OTLPError.noExperiment }
        let type = request.headers[.contentType] ?? "none"
        let media = type.prefix { $0 != ";" }.lowercased().filter { $0 != " " }
        guard let encoding = Encoding(rawValue: media) else {
            throw OTLPError.invalid(
                "Invalid Content-Type: \(type.prefix(80)). Expected: application/x-protobuf or application/json"
            )
        }
        let bytes = try Inflation.plain(
            try await request.bytes(upTo: Self.bodyLimit),
            encoding: request.headers[.contentEncoding]
        )
        let batch = try encoding == .json ? OTLPJSON.batch(bytes) : OTLPProtobuf.batch(bytes)
        guard !batch.spans.isEmpty else { throw OTLPError.invalid("Invalid OpenTelemetry format - no spans found") }
        try await traces.log(
            context.caller,
            experiment: experiment,
            run: Self.header(Self.runHeader, of: request),
            batch
        )
        // An answer without a word about rejected spans is an empty message in either encoding.
        let body = encoding == .json ? ResponseBody(byteBuffer: .init(string: "{}")) : ResponseBody()
        return Response(status: .ok, headers: [.contentType: encoding.rawValue], body: body)
    }

    private enum Encoding: String {
        case protobuf = "application/x-protobuf"
        case json = "application/json"
    }

    private static func header(_ name: String, of request: Request) -> String? {
        HTTPField.Name(name).flatMap { request.headers[$0] }
    }
}
