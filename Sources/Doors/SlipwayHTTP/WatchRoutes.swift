internal import Hummingbird
internal import SlipwayDomain
internal import SlipwayJSON
internal import SlipwayService
internal import SlipwayWire

/// Labels, incidents and triage.
struct WatchRoutes {
    let services: NativeDoor.Services

    private static let mostLabels = 100_000
    private static let labelBodyLimit = 16 << 20

    var routes: [Route] {
        [
            Route(.post, NativeDoor.root + "/models/:model/labels") { try await label($0, $1, correctedBy: nil) },
            Route(.post, NativeDoor.root + "/models/:model/labels/corrections", access: .person) { request, context in
                try await label(request, context, correctedBy: context.caller)
            },
            Route(.get, NativeDoor.root + "/models/:model/predictions/:prediction") { _, context in
                try await prediction(context)
            },
            Route(.get, NativeDoor.root + "/models/:model/performance") { _, context in
                try await performance(context)
            },
            Route(.get, NativeDoor.root + "/models/:model/triage") { _, context in try await triage(context) },
            Route(.get, NativeDoor.root + "/incidents") { request, _ in try await incidents(request) },
            Route(.post, NativeDoor.root + "/incidents/:incident/resolve", access: .person) { _, context in
                try await resolve(context)
            },
            Route(.post, NativeDoor.root + "/incidents/:incident/mark", access: .person) { try await mark($0, $1) },
        ]
    }

    private func label(
        _ request: Request,
        _ context: WireContext,
        correctedBy person: Caller?
    ) async throws -> Response {
        let root = try await request.json(upTo: Self.labelBodyLimit).root
        let model = try context.model
        guard let list = root["labels"], list.kind == .array else {
            throw ServiceError.invalid(
                #"the body needs 'labels': [{"prediction": "...", "label": 0, 1, a number or a class}, ...]"#
            )
        }
        var labels: [GivenLabel] = []
        for element in list.elements {
            guard let label = Self.label(element) else {
                try await services.labels.count(refused: 1, model: model)
                throw ServiceError.invalid(
                    "label \(labels.count) needs a string 'prediction', a number or text 'label', and if it has 'groups', texts by "
                        + "name; nothing of this request was kept"
                )
            }
            guard labels.count < Self.mostLabels else {
                throw ServiceError.invalid("more than \(Self.mostLabels) labels at once: send them in parts")
            }
            labels.append(label)
        }
        let receipt = try await services.labels.add(labels, model: model, correctedBy: person)
        var members: [String: JSONValue] = [
            "received": .integer(Int64(receipt.received)), "joined": .integer(Int64(receipt.joined)),
            "afterJudgement": .integer(Int64(receipt.afterJudgement)),
            "examples": .object(
                Dictionary(receipt.examples.map { ($0.key.rawValue, .array($0.value.map(JSONValue.string))) }) {
                    first,
                    _ in
                    first
                }
            ),
        ]
        for outcome in LabelReceipt.Outcome.allCases where ![.joined, .refused].contains(outcome) {
            members[outcome.rawValue] = .integer(Int64(receipt.counts[outcome, default: 0]))
        }
        return try .json(.object(members))
    }

    /// One label of a request; nil when it is none.
    private static func label(_ element: JSONNode) -> GivenLabel? {
        guard let id = element["prediction"]?.string,
            let label = element["label"].flatMap(Self.value)
        else { return nil }
        guard let given = element["groups"], given.kind != .null else { return GivenLabel(id: id, label: label) }
        guard let members = try? JSONValue(given).object else { return nil }
        var groups: [String: String] = [:]
        for (name, value) in members {
            guard let text = value.string else { return nil }
            groups[name] = text
        }
        return GivenLabel(id: id, label: label, groups: groups)
    }

    private static func value(_ node: JSONNode) -> GivenLabel.Value? {
        if let text = node.string { return .text(text) }
        return node.bool.map { .flag($0) } ?? node.double.map { .number($0) }
    }

    private func performance(_ context: WireContext) async throws -> Response {
        try .json(try await services.performance.report(model: context.model))
    }

    private func prediction(_ context: WireContext) async throws -> Response {
        let found = try await services.predictions.find(try context.pathPart("prediction"), model: context.model)
        return try .json([
            "prediction": [
                "prediction_id": .string(found.id), "model": .string(found.model),
                "version": .integer(Int64(found.version)), "time": .string(found.time.description),
                "score": found.score.map(JSONValue.number) ?? .null,
                "label": found.label.map(JSONValue.number) ?? .null,
                "answer": found.answer.map(JSONValue.string) ?? .null,
                "class": found.trueClass.map(JSONValue.string) ?? .null,
            ],
            "file": found.file ?? .null,
        ])
    }

    private func triage(_ context: WireContext) async throws -> Response {
        try .json(try await services.monitoring.triage(model: context.model))
    }

    private func incidents(_ request: Request) async throws -> Response {
        let incidents = try await services.monitoring.incidents(model: request.uri.queryParameters.get("model"))
        return try .json(["incidents": .array(incidents)])
    }

    private func mark(_ request: Request, _ context: WireContext) async throws -> Response {
        let id = IncidentID(try context.pathPart("incident"))
        let body = try await request.object()
        guard let outcome = body["outcome"]?.string else {
            throw ServiceError.invalid("the body needs 'outcome': actionable or noise")
        }
        let note = body["note"]
        guard note == nil || note == .null || note?.string != nil else {
            throw ServiceError.invalid("'note' must be text")
        }
        return try .json(
            try await services.marks.mark(id, as: outcome, note: note?.string, caller: context.caller)
        )
    }

    private func resolve(_ context: WireContext) async throws -> Response {
        let id = IncidentID(try context.pathPart("incident"))
        return try .json(try await services.monitoring.resolve(id, caller: context.caller))
    }
}
