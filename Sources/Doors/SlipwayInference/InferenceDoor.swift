internal import HTTPTypes
package import Hummingbird
internal import NIOCore
internal import SlipwayJSON
package import SlipwayService
package import SlipwayWire

/// The Open Inference Protocol V2 over REST, with JSON and with the binary tensor extension.
package struct InferenceDoor: Door {
    private let inference: Inference
    private let repository: any ModelRepository
    private let version: String
    private let readiness: Readiness

    /// The longest body of a call that carries no tensors.
    private static let smallBody = 1 << 20

    package init(
        inference: Inference,
        repository: any ModelRepository,
        version: String,
        readiness: Readiness = .always
    ) {
        self.readiness = readiness
        self.inference = inference
        self.repository = repository
        self.version = version
    }

    package var routes: [Route] {
        let model = "/v2/models/:model"
        let one = model + "/versions/:version"
        return [
            Route(.get, "/v2/health/live", access: .open) { _, _ in .json(Array(#"{"live":true}"#.utf8)) },
            Route(.get, "/v2/health/ready", access: .open) { _, _ in
                let isReady = readiness.isReady
                return .json(
                    Array(#"{"ready":\#(isReady)}"#.utf8),
                    status: isReady ? .ok : .serviceUnavailable
                )
            },
            Route(.get, "/v2") { _, _ in .json(ModelDescription.server(version: version)) },
            Route(.get, "/v2/models/stats") { _, _ in try statistics(of: inference.models) },
            Route(.post, "/v2/repository/index") { request, _ in try await index(request) },
            Route(.post, "/v2/repository/models/:model/load", access: .person) { try await load($0, $1) },
            Route(.post, "/v2/repository/models/:model/unload", access: .person) { try await unload($0, $1) },
        ]
            + [model, one].flatMap { path in
                [
                    Route(.get, path) { _, context in try metadata(context) },
                    Route(.get, path + "/ready") { _, context in try ready(context) },
                    Route(.get, path + "/config") { _, context in try configuration(context) },
                    Route(.get, path + "/stats") { _, context in try statistics(context) },
                    Route(.post, path + "/infer") { try await infer($0, $1) },
                ]
            }
    }

    private func infer(_ request: Request, _ context: WireContext) async throws -> Response {
        var id = request.headers[.requestID].map { String($0.prefix(128)) }
        do {
            let model = try context.pathPart("model")
            let number = try version(context)
            let body = try await InferenceBody.read(request)
            let key = request.headers[.slipwayKey]
            var question: InferenceQuestion
            if let header = body.header {
                question = try InferenceDecoder.question(header.root, tail: body.tail, headerKey: key)
            } else {
                let loaded = try inference.version(number, of: try inference.endpoint(model))
                question = try InferenceDecoder.rawQuestion(
                    body.tail ?? [],
                    signatures: loaded.model.inputs,
                    headerKey: key
                )
            }
            id = question.request.id ?? id
            let headers = request.headers
            try question.request.mark { name in HTTPField.Name(name).flatMap { headers[$0] } }
            let answer = try await inference.infer(model: model, version: number, request: question.request)
            return Self.response(try InferenceEncoder.body(of: answer, form: question.form))
        } catch {
            throw IdentifiedError(error, requestID: id ?? inference.newID())
        }
    }

    private static func response(_ body: InferenceEncoder.Body) -> Response {
        guard let length = body.headerLength else { return .json(body.bytes) }
        return Response(
            status: .ok,
            headers: [.contentType: "application/octet-stream", .inferenceHeaderLength: String(length)],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: body.bytes))
        )
    }

    private func found(_ context: WireContext) throws -> (endpoint: Endpoint, version: LoadedVersion) {
        let endpoint = try inference.endpoint(try context.pathPart("model"))
        return (endpoint, try inference.version(try version(context), of: endpoint))
    }

    private func metadata(_ context: WireContext) throws -> Response {
        let found = try found(context)
        return .json(ModelDescription.metadata(of: found.endpoint, version: found.version))
    }

    private func configuration(_ context: WireContext) throws -> Response {
        let found = try found(context)
        return .json(ModelDescription.configuration(of: found.endpoint.model, version: found.version))
    }

    private func ready(_ context: WireContext) throws -> Response {
        let found = try found(context)
        let isReady = found.version.isReady
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("name", found.endpoint.model)
            writer.member("ready", isReady)
        }
        return .json(writer.bytes, status: isReady ? .ok : .serviceUnavailable)
    }

    private func statistics(_ context: WireContext) throws -> Response {
        guard context.parameters.get("version") == nil else {
            let found = try found(context)
            return .json(ModelDescription.statistics([(found.endpoint.model, found.version)]))
        }
        let model = try context.pathPart("model")
        _ = try inference.endpoint(model)
        return try statistics(of: [model])
    }

    private func statistics(of models: [String]) throws -> Response {
        var versions: [(model: String, version: LoadedVersion)] = []
        for model in models {
            // A model that has just gone is left out.
            guard let endpoint = try? inference.endpoint(model) else { continue }
            versions += [endpoint.stable, endpoint.candidate].compactMap { $0 }.map { (model, $0) }
        }
        return .json(ModelDescription.statistics(versions))
    }

    private func index(_ request: Request) async throws -> Response {
        let root = try await options(request)
        let isReadyOnly: Bool
        switch root?["ready"] {
        case nil: isReadyOnly = false
        case let node?:
            guard let flag = node.bool else { throw ServiceError.invalid("'ready' must be true or false") }
            isReadyOnly = flag
        }
        let entries = try await repository.index()
        return .json(ModelDescription.index(isReadyOnly ? entries.filter { $0.state == .ready } : entries))
    }

    private func load(_ request: Request, _ context: WireContext) async throws -> Response {
        let parameters = try await options(request)?["parameters"]
        // Left out silently, these would load something else than was meant.
        for member in parameters?.members.map(\.name) ?? [] where member == "config" || member.hasPrefix("file:") {
            throw ServiceError.invalid("'\(member.prefix(80))' cannot be sent: models come from files of the server")
        }
        try await repository.load(try context.pathPart("model"))
        return Response(status: .ok)
    }

    private func unload(_ request: Request, _ context: WireContext) async throws -> Response {
        _ = try await options(request)
        try await repository.unload(try context.pathPart("model"))
        return Response(status: .ok)
    }

    /// The object in a small body; nil when the body is empty.
    private func options(_ request: Request) async throws -> JSONNode? {
        if let type = request.headers[.contentType], !type.lowercased().hasPrefix("application/json") {
            throw WireError.wrongContentType(type)
        }
        let bytes = try await request.bytes(upTo: Self.smallBody)
        guard !bytes.isEmpty else { return nil }
        let root = try JSONDocument.parse(bytes).root
        guard root.kind == .object else { throw ServiceError.invalid("the body must be a JSON object, or empty") }
        return root
    }

    private func version(_ context: WireContext) throws(ServiceError) -> Int? {
        guard let text = context.parameters.get("version") else { return nil }
        guard let number = Int(text), number > 0 else {
            throw .notFound("there is no version '\(text.prefix(40))': versions are numbers from 1")
        }
        return number
    }

    package func response(to error: any Error) -> Response {
        let identified = error as? IdentifiedError
        return InferenceStatus(identified?.error ?? error).response(
            requestID: identified?.requestID ?? inference.newID()
        )
    }
}
