internal import Hummingbird
internal import SlipwayDomain
internal import SlipwayService
internal import SlipwayWire

/// Permanent deletion.
struct PurgeRoutes {
    let services: NativeDoor.Services

    var routes: [Route] {
        [Route(.post, NativeDoor.root + "/purges", access: .person) { try await purge($0, $1) }]
    }

    private func purge(_ request: Request, _ context: WireContext) async throws -> Response {
        let body = try await request.object()
        let (experiment, run) = (try Self.text("experiment", in: body), try Self.text("run", in: body))
        // What is named need not be old; anything else is kept for a month unless somebody says otherwise.
        var olderThan = experiment == nil && run == nil ? Span.days(30) : Span.days(0)
        if let text = try Self.text("olderThan", in: body) {
            guard let span = Span(text) else {
                throw ServiceError.invalid("olderThan must be a time such as 30d or 12h, not '\(text.prefix(40))'")
            }
            olderThan = span
        }
        let isDry = body["dryRun"] ?? false
        guard let isDry = isDry.bool else { throw ServiceError.invalid("dryRun must be true or false") }
        let rule = PurgeRule(olderThan: olderThan, experiment: experiment, run: run)
        return isDry
            ? try .json(try await services.purges.plan(caller: context.caller, rule).json)
            : try .json(try await services.purges.purge(caller: context.caller, rule).json)
    }

    private static func text(_ name: String, in body: JSONValue) throws -> String? {
        guard let value = body[name], value != .null else { return nil }
        guard let text = value.string, !text.isEmpty else { throw ServiceError.invalid("'\(name)' must be a string") }
        return text
    }
}
