internal import SlipwayDomain
package import SlipwayService

/// Answers the root fields of MLflow's GraphQL schema with the use cases that the other calls have too.
package struct MLflowGraph: Sendable {
    let tracking: Tracking
    let registry: Registry
    let artifacts: Artifacts

    package init(tracking: Tracking, registry: Registry, artifacts: Artifacts) {
        self.tracking = tracking
        self.registry = registry
        self.artifacts = artifacts
    }

    /// What a root field answers to; errors of use cases are the caller's to show.
    func value(_ field: GraphQLPlan, _ caller: Caller) async throws -> GraphQLValue {
        switch field.name {
        case "__schema", "__type": GraphQLIntrospection(schema: MLflowSchema.schema).value(field)
        case "mlflowGetExperiment": try await experiment(field, caller)
        case "mlflowGetRun": try await run(field, caller)
        case "mlflowSearchRuns": try await runs(field, caller)
        case "mlflowListArtifacts": try await files(field, caller)
        case "mlflowSearchModelVersions": try await versions(field, caller)
        case "mlflowGetMetricHistoryBulkInterval": try await history(field, caller)
        case "mlflowSearchDatasets": try await datasets(field, caller)
        case "test", "testMutation": .object(["output": .optional(field.arguments["inputString"]?.string)])
        default: throw GraphQLError("the field '\(field.name)' has no answer")
        }
    }

    private func experiment(_ field: GraphQLPlan, _ caller: Caller) async throws -> GraphQLValue {
        let id = try field.requiredText("experimentId")
        return .object(["experiment": .experiment(try await tracking.experiment(caller, id: id))])
    }

    private func run(_ field: GraphQLPlan, _ caller: Caller) async throws -> GraphQLValue {
        let run = try await tracking.run(caller, id: field.runID())
        return .object(["run": try await extended([run], field, "run", caller).first ?? .null])
    }

    private func runs(_ field: GraphQLPlan, _ caller: Caller) async throws -> GraphQLValue {
        let view: LifecycleView =
            switch field.input["runViewType"]?.string {
            case "DELETED_ONLY": .deleted
            case "ALL": .all
            default: .active
            }
        let limit = field.input["maxResults"]?.integer ?? 1000
        let offset = try PageToken.offset(field.text("pageToken"))
        let page = try await tracking.searchRuns(
            caller,
            experiments: field.texts("experimentIds"),
            filter: field.text("filter") ?? "",
            orderBy: field.texts("orderBy"),
            view: view,
            limit: limit,
            offset: offset
        )
        return .object([
            "runs": .list(try await extended(page.items, field, "runs", caller)),
            "nextPageToken": page.hasMore ? .string(PageToken(offset: offset + limit).text) : .null,
        ])
    }

    private func files(_ field: GraphQLPlan, _ caller: Caller) async throws -> GraphQLValue {
        let path = try ArtifactPath(field.text("path") ?? "")
        let listing = try await artifacts.list(caller: caller, run: field.runID(), path)
        return .object([
            "rootUri": .string(listing.rootURI),
            "files": .list(
                listing.files.map { file in
                    .object([
                        "path": .string((listing.folder.parts + [file.name]).joined(separator: "/")),
                        "isDir": .bool(file.isFolder),
                        "fileSize": .long(file.size),
                    ])
                }
            ),
        ])
    }

    private func versions(_ field: GraphQLPlan, _ caller: Caller) async throws -> GraphQLValue {
        let search = RegistrySearch(
            filter: field.text("filter") ?? "",
            order: field.texts("orderBy"),
            limit: field.input["maxResults"]?.integer ?? 10_000,
            offset: try PageToken.offset(field.text("pageToken"))
        )
        let page = try await registry.searchVersions(caller: caller, search)
        return .object([
            "modelVersions": .list(page.items.map { .modelVersion($0) }),
            "nextPageToken": .optional(page.nextToken(after: search)),
        ])
    }

    /// Runs with what the schema adds to them: their experiment and the model versions that they made, each read once
    /// for all runs and only when asked for.
    private func extended(
        _ runs: [Run],
        _ field: GraphQLPlan,
        _ list: String,
        _ caller: Caller
    ) async throws -> [GraphQLValue] {
        var experiments: [Int64: GraphQLValue] = [:]
        if field.asks(for: list, "experiment") {
            for id in Set(runs.map(\.info.experiment)) {
                experiments[id] = .experiment(try await tracking.experiment(caller, id: String(id)))
            }
        }
        var versions: [String: [GraphQLValue]] = [:]
        if field.asks(for: list, "modelVersions") {
            let ids = runs.map(\.info.id)
            for start in stride(from: 0, to: ids.count, by: Self.mostRunsInFilter) {
                let some = ids[start..<min(start + Self.mostRunsInFilter, ids.count)]
                let filter = "run_id IN (\(some.map { "'\($0)'" }.joined(separator: ",")))"
                let search = RegistrySearch(filter: filter, limit: 10_000)
                for version in try await registry.searchVersions(caller: caller, search).items {
                    versions[version.record.runID, default: []].append(.modelVersion(version))
                }
            }
        }
        return runs.map { run in
            var members = GraphQLValue.members(of: run)
            members["experiment"] = experiments[run.info.experiment]
            members["modelVersions"] = .list(versions[run.info.id] ?? [])
            return .object(members)
        }
    }

    private static let mostRunsInFilter = 200
}

extension GraphQLPlan {
    func text(_ name: String) -> String? { input[name]?.string }

    func texts(_ name: String) -> [String] { (input[name]?.array ?? []).compactMap(\.string) }

    func requiredText(_ name: String) throws -> String {
        guard let text = text(name), !text.isEmpty else { throw GraphQLError("'\(name)' is missing in the input") }
        return text
    }

    func runID() throws -> String {
        if let id = text("runId"), !id.isEmpty { return id }
        return try requiredText("runUuid")
    }
}
