internal import Hummingbird
internal import SlipwayDomain
internal import SlipwayJSON
internal import SlipwayService
internal import SlipwayWire

/// Coming over from another MLflow server: what `slipway import` speaks.
struct ImportRoutes {
    let services: NativeDoor.Services

    private static let imports = NativeDoor.root + "/imports"
    /// The longest batch; a data set's profile alone may have 16 MB.
    private static let batchLimit = 64 << 20

    var routes: [Route] {
        [
            Route(.post, Self.imports, access: .person) { try await begin($0, $1) },
            Route(.post, Self.imports + "/:import/known", access: .person) { try await known($0, $1) },
            Route(.post, Self.imports + "/:import/records", access: .person) { try await add($0, $1) },
            Route(.put, Self.imports + "/:import/files", access: .person) { try await receive($0, $1) },
            Route(.post, Self.imports + "/:import/end", access: .person) { try await end($0, $1) },
        ]
    }

    private func begin(_ request: Request, _ context: WireContext) async throws -> Response {
        guard let source = try await request.object()["source"]?.string else {
            throw ServiceError.invalid("say where from: 'source' is the address of the server or the path of its file")
        }
        return try .json(["import": .string(try await services.imports.begin(context.caller, source: source))])
    }

    private func known(_ request: Request, _ context: WireContext) async throws -> Response {
        let batch = try ImportBatch(try await request.json(upTo: Self.batchLimit).root)
        let known = try await services.imports.known(
            context.caller,
            import: context.pathPart("import"),
            batch.marks
        )
        return try .json(["known": .array(known.map { .string($0.id) })])
    }

    private func add(_ request: Request, _ context: WireContext) async throws -> Response {
        let batch = try ImportBatch(try await request.json(upTo: Self.batchLimit).root)
        let report = try await services.imports.add(context.caller, import: context.pathPart("import"), batch)
        var counts: [String: JSONValue] = [:]
        for (kind, count) in report.counts { counts[kind.rawValue] = [.integer(count.added), .integer(count.already)] }
        return try .json([
            "counts": .object(counts),
            "refusals": .array(
                report.refusals.map { [.string($0.kind.rawValue), .string($0.id), .string($0.reason)] }
            ),
            // As text: JSON readers lose digits of numbers beyond 2^53, and MLflow's file stores make such ones.
            "experiments": .array(
                report.experiments.map { [.string($0.name), .string("\($0.theirs)"), .string("\($0.ours)")] }
            ),
        ])
    }

    private func receive(_ request: Request, _ context: WireContext) async throws -> Response {
        let query = request.uri.queryParameters
        guard let word = query.get("owner"), let id = query.get("id"), let kind = ImportKind(rawValue: word),
            let owner = ImportedOwner(kind: kind, id: id), let path = query.get("path"),
            let size = query.get("size").flatMap({ Int64($0) }), size >= 0
        else {
            throw ServiceError.invalid("name the file by owner (run, loggedModel or trace), id, path and size")
        }
        let body = RequestPieces(request)
        try await services.imports.receive(
            context.caller,
            import: context.pathPart("import"),
            owner: owner,
            path: ArtifactPath(path),
            size: size,
            pieces: { try await body.next() }
        )
        return try .json([:])
    }

    private func end(_ request: Request, _ context: WireContext) async throws -> Response {
        let outcome = try await request.object()["outcome"]?.string ?? "finished"
        try await services.imports.end(context.caller, import: context.pathPart("import"), outcome: outcome)
        return try .json([:])
    }
}
