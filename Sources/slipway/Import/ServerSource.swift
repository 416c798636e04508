import AsyncHTTPClient
import Foundation
import SlipwayDomain
import SlipwayJSON
import SlipwayStore

/// A live MLflow server.
struct ServerSource: ImportSource {
    let server: MLflowServer
    let since: Instant?

    var name: String { server.address }

    private static let api = "/api/2.0/mlflow"
    /// How many experiments one search names.
    private static let experimentsPerSearch = 100
    private static let pointsPerPage = 20_000
    /// Requests under way at once.
    private static let width = 6

    func experiments() async throws -> [Experiment] {
        var found: [Experiment] = []
        var token: String?
        repeat {
            let answer = try await server.post(Self.api + "/experiments/search") { [token] in
                $0.member("max_results", 1000)
                $0.member("view_type", "ALL")
                $0.member("page_token", optional: token)
            }
            for node in answer["experiments"].elements { found.append(try Experiment(mlflow: node)) }
            token = answer.token
        } while token != nil
        return found.sorted { $0.id < $1.id }
    }

    /// A server counts nothing without handing it out.
    func totals() async throws -> [ImportKind: Int64] { [:] }

    func runs(of experiments: [Experiment], _ page: ([SourceRun]) async throws -> Void) async throws {
        try await eachSearch(experiments, Self.api + "/runs/search", "runs") {
            $0.member("max_results", 500)
            $0.member("run_view_type", "ALL")
            if let since { $0.member("filter", "attributes.start_time >= \(since.milliseconds)") }
            // Runs that are made meanwhile come last and shift nothing.
            $0.name("order_by")
            $0.array { $0.string("attributes.start_time ASC") }
        } page: { nodes in
            try await page(nodes.map { SourceRun(run: try Run(mlflow: $0), points: nil, marksFiles: false) })
        }
    }

    /// Asks the same search for all experiments, some at a time, page by page.
    private func eachSearch(
        _ experiments: [Experiment],
        _ path: String,
        _ member: String,
        body: (inout JSONWriter) -> Void,
        page: ([JSONNode]) async throws -> Void
    ) async throws {
        var rest = experiments[...]
        while !rest.isEmpty {
            let some = rest.prefix(Self.experimentsPerSearch)
            rest = rest.dropFirst(some.count)
            var token: String?
            repeat {
                let answer = try await server.post(path) { writer in
                    writer.name("experiment_ids")
                    writer.array(some) { $0.string("\($1.id)") }
                    body(&writer)
                    writer.member("page_token", optional: token)
                }
                token = answer.token
                try await page(Array(answer[member].elements))
            } while token != nil
        }
    }

    /// A search leaves out which models a run read.
    func whole(_ runs: [SourceRun]) async throws -> [Run] {
        try await inParallel(runs) { run in
            let answer = try await server.get(Self.api + "/runs/get", [("run_id", run.run.info.id)])
            guard let node = answer["run"] else { return run.run }
            return try Run(mlflow: node)
        }
    }

    func points(of run: SourceRun, _ some: ([ImportedPoints]) async throws -> Void) async throws {
        let id = run.run.info.id
        var keys = run.run.metrics.map(\.key)[...]
        while !keys.isEmpty {
            let group = Array(keys.prefix(Self.width))
            keys = keys.dropFirst(group.count)
            let first = try await inParallel(group) { try await history(of: $0, run: id, token: nil) }
            try await some(first.map(\.points))
            for page in first {
                var token = page.next
                while let next = token {
                    let more = try await history(of: page.points.key, run: id, token: next)
                    try await some([more.points])
                    token = more.next
                }
            }
        }
    }

    private func history(of key: String, run: String, token: String?) async throws -> (
        points: ImportedPoints, next: String?
    ) {
        var query = [("run_id", run), ("metric_key", key)]
        let answer: JSONNode
        do {
            let paged = query + [("max_results", "\(Self.pointsPerPage)")] + (token.map { [("page_token", $0)] } ?? [])
            answer = try await server.get(Self.api + "/metrics/get-history", paged)
        } catch let refusal as MLflowServer.Refusal where token == nil && [400, 501].contains(refusal.status) {
            // A file store has no pages: it gives all points at once.
            query = [("run_id", run), ("metric_key", key)]
            answer = try await server.get(Self.api + "/metrics/get-history", query)
        }
        let points = try answer["metrics"].elements.map { try MetricPoint(mlflow: $0) }
        return (ImportedPoints(run: run, key: key, points: points), answer.token)
    }

    func loggedModels(of experiments: [Experiment], _ page: ([LoggedModel]) async throws -> Void) async throws {
        do {
            try await eachSearch(experiments, Self.api + "/logged-models/search", "models") {
                $0.member("max_results", 100)
            } page: { nodes in
                let models = try nodes.map { try LoggedModel(mlflow: $0) }
                try await page(models.filter { since == nil || $0.createdAt >= (since ?? $0.createdAt) })
            }
        } catch let refusal as MLflowServer.Refusal where [404, 405].contains(refusal.status) {
            return  // MLflow 2 has none.
        }
    }

    func runs(named ids: [String]) async throws -> [SourceRun] {
        try await inParallel(ids) { id in
            try await found(Self.api + "/runs/get", [("run_id", id)])?["run"].map {
                SourceRun(run: try Run(mlflow: $0), points: nil, marksFiles: false)
            }
        }.compactMap { $0 }
    }

    func loggedModels(named ids: [String]) async throws -> [LoggedModel] {
        try await inParallel(ids) { id in
            try await found(Self.api + "/logged-models/\(id.urlPart)", [])?["model"].map { try LoggedModel(mlflow: $0) }
        }.compactMap { $0 }
    }

    /// What the server knows; nil when there is no such thing.
    private func found(_ path: String, _ query: [(String, String)]) async throws -> JSONNode? {
        do {
            return try await server.get(path, query)
        } catch let refusal as MLflowServer.Refusal where [400, 404, 405, 501].contains(refusal.status) {
            return nil
        }
    }

    func registeredModels() async throws -> [SourceModel] {
        var found: [ExactText: SourceModel] = [:]
        // A search hides prompts unless it asks for them.
        for filter in ["", "tags.`mlflow.prompt.is_prompt` = 'true'"] {
            var token: String?
            repeat {
                var query = [("max_results", "200"), ("filter", filter)]
                if let token { query.append(("page_token", token)) }
                let answer = try await server.get(Self.api + "/registered-models/search", query)
                for node in answer["registered_models"].elements {
                    let model = try SourceModel(mlflow: node)
                    found[ExactText(model.model.name)] = model
                }
                token = answer.token
            } while token != nil
        }
        return found.values.sorted { $0.model.name < $1.model.name }
    }

    func versions(of model: SourceModel) async throws -> [SourceVersion] {
        var found: [ImportedVersion] = []
        var token: String?
        let name = model.model.name
        // MLflow's filters have no way to write a text with both quotes: then all versions are asked for.
        let quotes = ["'", "\""] as [Unicode.Scalar]
        let named = quotes.first { !name.holds($0) }.map { "name = \($0)\(name)\($0)" }
        let filter = [named, model.isPrompt ? "tags.`mlflow.prompt.is_prompt` = 'true'" : nil].compactMap { $0 }
        repeat {
            var query = [("max_results", "200"), ("filter", filter.joined(separator: " AND "))]
            if let token { query.append(("page_token", token)) }
            let answer = try await server.get(Self.api + "/model-versions/search", query)
            let page = try answer["model_versions"].elements.map { try ImportedVersion(mlflow: $0) }
            found += page.filter { $0.model.isExactly(name) }
            token = answer.token
        } while token != nil
        for index in found.indices { found[index].aliases = (model.aliases[found[index].version] ?? []).sorted() }
        let wanted = found.filter { $0.isWanted(since: since) }
        return try await inParallel(wanted.sorted { $0.version < $1.version }) { version in
            guard !model.isPrompt, ImportedVersion.folder(version.source) == nil else {
                return SourceVersion(version: version, storage: nil)
            }
            let query = [("name", name), ("version", "\(version.version)")]
            let answer = try? await server.get(Self.api + "/model-versions/get-download-uri", query)
            return SourceVersion(version: version, storage: answer?["artifact_uri"]?.string)
        }
    }

    func others(_ experiments: [Experiment]) async throws -> [String] {
        let counts = [
            (try await webhooks(), "webhooks: make them anew, their secrets are not told"),
            (try await evaluationDatasets(), MLflowDatabase.evaluationDatasets),
            (try await scorers(of: experiments), MLflowDatabase.scorers),
        ]
        return counts.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
    }

    private func webhooks() async throws -> Int {
        // A server without webhooks answers 404, one without a key for their secrets an error: both have none.
        guard let answer = try? await server.get(Self.api + "/webhooks") else { return 0 }
        return answer["webhooks"].elements.reduce(0) { count, _ in count + 1 }
    }

    private func evaluationDatasets() async throws -> Int {
        var count = 0
        var token: String?
        do {
            repeat {
                let answer = try await server.post("/api/3.0/mlflow/datasets/search") { [token] in
                    $0.member("max_results", 1000)
                    $0.member("page_token", optional: token)
                }
                count += answer["datasets"].elements.reduce(0) { count, _ in count + 1 }
                token = answer.token
            } while token != nil
        } catch let refusal as MLflowServer.Refusal where [400, 404, 405, 501].contains(refusal.status) {
            return count  // MLflow 2 has none, and file stores keep none.
        }
        return count
    }

    private func scorers(of experiments: [Experiment]) async throws -> Int {
        let counts = try await inParallel(experiments.filter { !$0.isDeleted }) { experiment in
            let answer = try await found("/api/3.0/mlflow/scorers/list", [("experiment_id", "\(experiment.id)")])
            return answer?["scorers"].elements.reduce(0) { count, _ in count + 1 } ?? 0
        }
        return counts.reduce(0, +)
    }

    /// Does `work` for each item, a few at once; the answers are in the order of the items.
    func inParallel<Item: Sendable, Answer: Sendable>(
        _ items: [Item],
        _ work: @escaping @Sendable (Item) async throws -> Answer
    ) async throws -> [Answer] {
        try await withThrowingTaskGroup(of: (Int, Answer).self) { group in
            var answers: [Answer?] = Array(repeating: nil, count: items.count)
            var next = 0
            while next < min(Self.width, items.count) {
                group.addTask { [next] in (next, try await work(items[next])) }
                next += 1
            }
            while let (index, answer) = try await group.next() {
                answers[index] = answer
                guard next < items.count else { continue }
                group.addTask { [next] in (next, try await work(items[next])) }
                next += 1
            }
            return answers.compactMap { $0 }
        }
    }
}
