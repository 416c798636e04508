package import Hummingbird
internal import SlipwayJSON
package import SlipwayService
package import SlipwayWire

/// The Open Inference Protocol V2 over REST with JSON.
package struct InferenceDoor: Door {
    private let inference: Inference
    private let version: String

    /// The longest request body that is read.
    static let bodyLimit = 16 << 20

    package init(inference: Inference, version: String) {
        self.inference = inference
        self.version = version
    }

    package var routes: [Route] {
        [
            Route(.get, "/v2/health/live", access: .open) { _, _ in .json(Array(#"{"live":true}"#.utf8)) },
            Route(.get, "/v2/health/ready", access: .open) { _, _ in .json(Array(#"{"ready":true}"#.utf8)) },
            Route(.get, "/v2") { _, _ in serverMetadata() },
            Route(.get, "/v2/models/:model") { _, context in try modelMetadata(context) },
            Route(.get, "/v2/models/:model/versions/:version") { _, context in try modelMetadata(context) },
            Route(.get, "/v2/models/:model/ready") { _, context in try ready(context) },
            Route(.get, "/v2/models/:model/versions/:version/ready") { _, context in try ready(context) },
            Route(.post, "/v2/models/:model/infer") { try await infer($0, $1) },
            Route(.post, "/v2/models/:model/versions/:version/infer") { try await infer($0, $1) },
        ]
    }

    private func serverMetadata() -> Response {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("name", "slipway")
            writer.member("version", version)
            writer.name("extensions")
            writer.array { _ in }
        }
        return .json(writer.bytes)
    }

    private func infer(_ request: Request, _ context: WireContext) async throws -> Response {
        let model = try context.pathPart("model")
        let document = try await request.json(upTo: Self.bodyLimit)
        let key = request.headers[.slipwayKey]
        var question = try InferenceDecoder.request(document.root, headerKey: key)
        try TesterHeaders.mark(&question, by: request.headers)
        let answer = try await inference.infer(model: model, version: try version(context), request: question)
        return .json(try InferenceEncoder.bytes(of: answer))
    }

    private func modelMetadata(_ context: WireContext) throws -> Response {
        let endpoint = try inference.endpoint(try context.pathPart("model"))
        let loaded = try inference.version(try version(context), of: endpoint)
        return .json(InferenceEncoder.metadata(of: endpoint, version: loaded))
    }

    private func ready(_ context: WireContext) throws -> Response {
        let model = try context.pathPart("model")
        let endpoint = try inference.endpoint(model)
        _ = try inference.version(try version(context), of: endpoint)
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("name", model)
            writer.member("ready", true)
        }
        return .json(writer.bytes)
    }

    private func version(_ context: WireContext) throws(ServiceError) -> Int? {
        guard let text = context.parameters.get("version") else { return nil }
        guard let number = Int(text), number > 0 else {
            throw .notFound("there is no version '\(text.prefix(40))': versions are numbers from 1")
        }
        return number
    }

    package func response(to error: any Error) -> Response {
        let (status, message) = InferenceStatus.answer(to: error)
        var writer = JSONWriter()
        writer.object { $0.member("error", message) }
        return .json(writer.bytes, status: status)
    }
}
