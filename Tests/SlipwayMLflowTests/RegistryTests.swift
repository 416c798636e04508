import Foundation
import SlipwayDomain
import SlipwayMLflow
import SlipwayObjects
import SlipwayService
import SlipwayStore
import Testing

/// The registry's use cases on a real database.
@Suite struct RegistryTests {
    private let alice = Caller(user: "alice")

    private func model(_ server: RegistryServer, _ name: String = "m") async throws {
        _ = try await server.registry.createModel(caller: alice, name: name, description: nil, tags: [])
    }

    @discardableResult
    private func version(
        _ server: RegistryServer,
        _ name: String = "m",
        source: String = "s3://bucket/model"
    ) async throws -> ModelVersion {
        try await server.registry.createVersion(caller: alice, NewModelVersion(model: name, source: source))
    }

    private func expect(
        _ kind: ServiceError.Kind,
        _ comment: Comment? = nil,
        sourceLocation: SourceLocation = #_sourceLocation,
        _ body: () async throws -> Void
    ) async {
        do {
            try await body()
            Issue.record(comment ?? "it was not refused", sourceLocation: sourceLocation)
        } catch let error as ServiceError {
            #expect(error.kind == kind, comment, sourceLocation: sourceLocation)
        } catch {
            Issue.record("an unexpected error: \(error)", sourceLocation: sourceLocation)
        }
    }

    @Test("Every registering is in the ledger, with who did it")
    func ledger() async throws {
        let server = try await RegistryServer()
        try await model(server)
        let first = try await version(server)
        try await server.registry.setAlias(caller: .anonymous, "champion", of: "m", to: 1)
        #expect(first.record.registeredBy == "alice")
        let entries = server.entries.all
        #expect(entries.map(\.type) == ["model.registered", "version.registered", "alias.set"])
        #expect(entries.map(\.actor) == ["alice", "alice", "anonymous"])
        #expect(entries.allSatisfy { $0.subject == "models/m" })
        #expect(entries[0].data == ["model": "m"])
        #expect(entries[1].data == ["model": "m", "version": 1, "source": "s3://bucket/model"])
        #expect(entries[2].data == ["model": "m", "version": 1, "alias": "champion"])
    }

    @Test("Every change of models and prompts is in the ledger once, with what changed")
    func changes() async throws {
        for isPrompt in [false, true] {
            let server = try await RegistryServer()
            let registry = server.registry
            let mark = Tag(key: "mlflow.prompt.is_prompt", value: "true")
            let text = Tag(key: "mlflow.prompt.text", value: "Hello")
            _ = try await registry.createModel(
                caller: alice,
                name: "x",
                description: "about",
                tags: isPrompt ? [mark] : [Tag(key: "a", value: "b")]
            )
            let source = isPrompt ? "dummy-source" : "s3://b/m"
            let new = NewModelVersion(model: "x", source: source, description: "v", tags: isPrompt ? [mark, text] : [])
            _ = try await registry.createVersion(caller: alice, new)
            _ = try await registry.updateModel(caller: alice, "x", description: "other")
            _ = try await registry.updateVersion(caller: alice, 1, of: "x", description: "better")
            try await registry.setModelTag(caller: alice, "x", Tag(key: "k", value: "1"))
            try await registry.deleteModelTag(caller: alice, "x", key: "k")
            try await registry.deleteModelTag(caller: alice, "x", key: "k")
            try await registry.setVersionTag(caller: alice, 1, of: "x", Tag(key: "k", value: "2"))
            try await registry.deleteVersionTag(caller: alice, 1, of: "x", key: "k")
            try await registry.deleteVersionTag(caller: alice, 1, of: "x", key: "k")
            try await registry.setAlias(caller: alice, "best", of: "x", to: 1)
            try await registry.deleteAlias(caller: alice, "best", of: "x")
            try await registry.setAlias(caller: alice, "kept", of: "x", to: 1)
            _ = try await registry.renameModel(caller: alice, "x", to: "y")
            try await registry.deleteVersion(caller: alice, 1, of: "y")
            try await registry.deleteModel(caller: alice, "y")
            let kind = isPrompt ? "prompt" : "model"
            let entries = server.entries.all
            #expect(
                entries.map(\.type) == [
                    "\(kind).registered", "version.registered", "\(kind).updated", "version.updated", "tag.set",
                    "tag.deleted", "tag.set", "tag.deleted", "alias.set", "alias.deleted", "alias.set",
                    "\(kind).renamed", "version.deleted", "\(kind).deleted",
                ]
            )
            #expect(entries.allSatisfy { $0.actor == "alice" })
            let subjects = Array(repeating: "\(kind)s/x", count: 12) + ["\(kind)s/y", "\(kind)s/y"]
            #expect(entries.map(\.subject) == subjects)
            #expect(
                entries.allSatisfy { ($0.data["model"] != nil) == !isPrompt && ($0.data["prompt"] != nil) == isPrompt }
            )
            let tags: JSONValue = isPrompt ? ["mlflow.prompt.is_prompt": "true"] : ["a": "b"]
            #expect(entries[0].data == ["\(kind)": "x", "description": "about", "tags": tags])
            #expect(entries[1].data["tags"]?["mlflow.prompt.text"] == (isPrompt ? "Hello" : nil))
            #expect(entries[2].data == ["\(kind)": "x", "description": "other"])
            #expect(entries[3].data == ["\(kind)": "x", "version": 1, "description": "better"])
            #expect(entries[4].data == ["\(kind)": "x", "key": "k", "value": "1"])
            #expect(entries[5].data == ["\(kind)": "x", "key": "k"])
            #expect(entries[6].data == ["\(kind)": "x", "version": 1, "key": "k", "value": "2"])
            #expect(entries[7].data == ["\(kind)": "x", "version": 1, "key": "k"])
            #expect(entries[12].data == ["\(kind)": "y", "version": 1, "aliases": ["kept"]])
        }
    }

    @Test("Emptying a stage is told of each version that it moves")
    func stages() async throws {
        let server = try await RegistryServer()
        try await model(server)
        for _ in 0..<3 { _ = try await version(server) }
        for number in [1, 2, 3] as [Int64] {
            _ = try await server.registry.transitionStage(
                caller: alice,
                number,
                of: "m",
                to: "Production",
                archivingOthers: number == 3
            )
        }
        let staged = server.entries.all.filter { $0.type == "version.staged" }.suffix(3)
        #expect(staged.map { $0.data["version"]?.integer } == [1, 2, 3])
        #expect(staged.map { $0.data["stage"]?.string } == ["Archived", "Archived", "Production"])
    }

    @Test("A name is a model or a prompt for good, and takes versions of its own kind only")
    func prompts() async throws {
        let server = try await RegistryServer()
        let registry = server.registry
        let mark = Tag(key: "mlflow.prompt.is_prompt", value: "true")
        let text = Tag(key: "mlflow.prompt.text", value: "Hello {{name}}")
        _ = try await registry.createModel(caller: alice, name: "p", description: nil, tags: [mark])
        _ = try await registry.createModel(caller: alice, name: "m", description: nil, tags: [])
        for source in ["dummy-source", "prompt-template"] {
            let new = NewModelVersion(model: "p", source: source, tags: [mark, text])
            #expect(try await registry.createVersion(caller: alice, new).record.source == source)
        }
        let refused = [
            NewModelVersion(model: "p", source: "s3://b/m", tags: [mark, text]),
            NewModelVersion(model: "p", source: "", tags: [mark, text]),
            NewModelVersion(model: "p", source: "dummy-source", tags: [text]),
            NewModelVersion(model: "p", source: "s3://b/m"),
            NewModelVersion(model: "m", source: "dummy-source", tags: [mark, text]),
            NewModelVersion(model: "m", source: "s3://b/m", tags: [mark]),
            NewModelVersion(model: "m", source: "dummy-source"),
            NewModelVersion(model: "m", source: "models:/p/1"), NewModelVersion(model: "m", source: "models:/p@latest"),
            NewModelVersion(model: "m", source: "s3://b/m", tags: [Tag(key: mark.key, value: "True")]),
        ]
        for new in refused {
            await expect(.invalid, "\(new.model) from \(new.source)") {
                _ = try await registry.createVersion(caller: alice, new)
            }
        }
        for (name, isPrompt) in [("p", true), ("m", false)] {
            let other = isPrompt ? [] : [mark]
            await expect(.alreadyExists) {
                _ = try await registry.createModel(caller: alice, name: name, description: nil, tags: other)
            }
            let turned = Tag(key: mark.key, value: isPrompt ? "false" : "true")
            await expect(.invalid) { try await registry.setModelTag(caller: alice, name, turned) }
        }
        await expect(.invalid) { try await registry.deleteModelTag(caller: alice, "p", key: mark.key) }
        await expect(.invalid) { try await registry.deleteVersionTag(caller: alice, 1, of: "p", key: mark.key) }
        try await registry.setModelTag(caller: alice, "p", mark)
        try await registry.deleteModelTag(caller: alice, "m", key: mark.key)
    }

    @Test("A registering that fails leaves neither state nor ledger entry")
    func failures() async throws {
        let server = try await RegistryServer()
        try await model(server)
        await expect(.alreadyExists) { try await model(server) }
        await expect(.notFound) { try await version(server, "none") }
        await expect(.invalid) { try await version(server, source: "http://169.254.169.254/latest") }
        await expect(.notFound) { try await server.registry.setAlias(caller: alice, "a", of: "m", to: 1) }
        #expect(server.entries.all.count == 1)
        #expect(try await version(server).record.version == 1, "a refused version takes no number")
    }

    @Test("A version number is never given twice, not even after the model was deleted or renamed")
    func numbers() async throws {
        let server = try await RegistryServer()
        try await model(server)
        for number in Int64(1)...3 { #expect(try await version(server).record.version == number) }
        try await server.registry.deleteVersion(caller: alice, 3, of: "m")
        #expect(try await version(server).record.version == 4)
        try await server.registry.deleteModel(caller: alice, "m")
        await expect(.notFound) { _ = try await server.registry.version(caller: alice, 1, of: "m") }
        try await model(server)
        #expect(try await version(server).record.version == 5)
        let renamed = try await server.registry.renameModel(caller: alice, "m", to: "n")
        #expect(renamed.latestVersions.map(\.record.version) == [5])
        #expect(try await version(server, "n").record.version == 6)
        try await model(server)
        #expect(try await version(server).record.version == 6, "the old name goes on by itself")
        try await server.registry.deleteModel(caller: alice, "m")
        await expect(.alreadyExists, "a name with other evidence") {
            _ = try await server.registry.renameModel(caller: alice, "n", to: "m")
        }
        _ = try await server.registry.renameModel(caller: alice, "n", to: "o")
        let back = try await server.registry.renameModel(caller: alice, "o", to: "n")
        #expect(back.record.name == "n")
    }

    @Test("Versions registered at the same time get different numbers")
    func concurrency() async throws {
        let server = try await RegistryServer()
        try await model(server)
        let numbers = try await withThrowingTaskGroup(of: Int64.self) { group in
            for _ in 0..<40 { group.addTask { try await version(server).record.version } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(numbers.sorted() == Array(1...40))
    }

    @Test(
        "A source that could point somewhere else than it seems to is refused",
        arguments: [
            "", "/etc", "//etc", "file:///etc/", "file://localhost/etc", "FILE:///etc", "./../../etc", "etc/passwd",
            "..",
            "http://h/x", "https://h/x", "ftp://h/x", "gopher://h/x", "sftp://h/x", "data:text/plain,x",
            "http://h/?a=/../../../etc", "s3://b/x#../../..", "s3://b/../../etc", "s3://b/%2e%2e/x",
            "s3://b/%252e%252e/x",
            "mlflow-artifacts:/x/../../..", "mlflow-artifacts:/x/%2e%2e/y", "mlflow-artifacts://host/x",
            "mlflow-artifacts:/x?y", "mlflow-artifacts:/x#y", "mlflow-artifacts:/a;/../b", "mlflow-artifacts:////etc",
            "runs:/", "runs:/x", "runs:x/y", "runs:///y", "models:/", "models:/m-", "models:m/1", "models:/m/x",
            "models:/m/1/2", "models:///m/1", "models:/nothing", "C:\\windows", "a\\b", "s3://b/a\nb",
        ]
    )
    func refusedSources(source: String) async throws {
        let server = try await RegistryServer()
        try await model(server)
        await expect(.invalid, "\(source)") { try await version(server, source: source) }
        #expect(server.entries.all.count == 1)
    }

    @Test("References in a source are resolved to where the files are")
    func resolvedSources() async throws {
        let server = try await RegistryServer()
        try await server.serving { client in
            let run = try await server.makeRun(client)
            let logged = try await client.post(
                "/api/2.0/mlflow/logged-models",
                ["experiment_id": "1", "name": "x", "source_run_id": .string(run)]
            )
            let id = try #require(logged.json["model"]?["info"]?["model_id"]?.string)
            _ = try await client.post("/api/2.0/mlflow/registered-models/create", ["name": "m"])
            let created = try await client.post(
                "/api/2.0/mlflow/model-versions/create",
                ["name": "m", "source": .string("models:/" + id), "model_id": .string(id)]
            )
            #expect(created.json["model_version"]?["run_id"]?.string == run)
            let uri = try await client.send("GET /api/2.0/mlflow/model-versions/get-download-uri?name=m&version=1")
            #expect(uri.json["artifact_uri"]?.string == "mlflow-artifacts:/1/models/\(id)/artifacts")
            #expect(try await server.registry.artifact(ofVersion: 1, of: "m").description == "1/models/\(id)/artifacts")
            // A copy by version and one by alias end at the same files; the run goes with them.
            try await server.registry.setAlias(caller: .anonymous, "best", of: "m", to: 1)
            for source in ["models:/m/1", "models:/m@best"] {
                let copy = try await version(server, source: source)
                #expect(copy.record.location == "mlflow-artifacts:/1/models/\(id)/artifacts")
                #expect(copy.record.runID == run)
                // The alias may move later; what was registered may not.
                #expect(copy.record.source == "models:/m/1")
            }
            // A run's path is resolved when the files are asked for.
            let ofRun = NewModelVersion(model: "m", source: "runs:/\(run)/model", runID: run)
            #expect(try await server.registry.createVersion(caller: alice, ofRun).record.version == 4)
            #expect(try await server.registry.artifact(ofVersion: 4, of: "m").description == "1/\(run)/artifacts/model")
            await expect(.invalid, "no run_id") { try await version(server, source: "runs:/\(run)/model") }
            await expect(.notFound, "no such model") { try await version(server, source: "models:/m-123") }
            await expect(.notFound, "no such run") {
                let new = NewModelVersion(model: "m", source: "runs:/abc/model", runID: "abc")
                _ = try await server.registry.createVersion(caller: alice, new)
            }
            await expect(.invalid, "a path of some machine") {
                let new = NewModelVersion(model: "m", source: "/etc", runID: run)
                _ = try await server.registry.createVersion(caller: alice, new)
            }
            #expect(try await version(server, source: "models:/m/latest").record.source == "models:/m/4")
        }
    }

    @Test("The ONNX file of a version is found in its folder or one below, and must be the only one")
    func modelFiles() async throws {
        let server = try await RegistryServer()
        try await model(server)
        func put(_ path: String) async throws {
            var pieces = [[UInt8(1)]][...]
            try await server.store.write(ArtifactPath(path)) { pieces.popFirst() }
        }
        try await version(server, source: "mlflow-artifacts:/1/a")
        await expect(.notFound) { _ = try await server.registry.modelFile(ofVersion: 1, of: "m") }
        try await put("1/a/MLmodel")
        try await put("1/a/data/model.onnx")
        #expect(try await server.registry.modelFile(ofVersion: 1, of: "m").description == "1/a/data/model.onnx")
        try await put("1/a/model.onnx")
        #expect(try await server.registry.modelFile(ofVersion: 1, of: "m").description == "1/a/model.onnx")
        try await put("1/a/other.onnx")
        await expect(.invalid) { _ = try await server.registry.modelFile(ofVersion: 1, of: "m") }
        try await version(server, source: "mlflow-artifacts:/1/a/other.onnx")
        #expect(try await server.registry.modelFile(ofVersion: 2, of: "m").description == "1/a/other.onnx")
        try await version(server)
        await expect(.invalid, "on S3") { _ = try await server.registry.modelFile(ofVersion: 3, of: "m") }
    }

    @Test("An active stage is emptied when asked, aliases move, and a deleted version takes its aliases along")
    func stagesAndAliases() async throws {
        let server = try await RegistryServer()
        let registry = server.registry
        try await model(server)
        for _ in 1...3 { try await version(server) }
        for number in Int64(1)...2 {
            _ = try await registry.transitionStage(
                caller: alice,
                number,
                of: "m",
                to: "production",
                archivingOthers: true
            )
        }
        #expect(try await registry.version(caller: alice, 1, of: "m").record.stage == "Archived")
        #expect(
            try await registry.latestVersions(caller: alice, "m", stages: ["PRODUCTION"]).map(\.record.version) == [2]
        )
        await expect(.invalid) {
            _ = try await registry.transitionStage(caller: alice, 1, of: "m", to: "None", archivingOthers: true)
        }
        try await registry.setAlias(caller: alice, "champion", of: "m", to: 1)
        try await registry.setAlias(caller: alice, "champion", of: "m", to: 2)
        #expect(try await registry.version(caller: alice, alias: "champion", of: "m").aliases == ["champion"])
        #expect(try await registry.version(caller: alice, 1, of: "m").aliases.isEmpty)
        try await registry.deleteVersion(caller: alice, 2, of: "m")
        await expect(.invalid) { _ = try await registry.version(caller: alice, alias: "champion", of: "m") }
        #expect(try await registry.model(caller: alice, "m").aliases.isEmpty)
    }

    @Test("Searches page through everything once, hide prompts, and mind case as MLflow does")
    func searches() async throws {
        let server = try await RegistryServer()
        for index in 0..<25 { try await model(server, "model-\(index < 10 ? "0" : "")\(index)") }
        let prompt = Tag(key: "mlflow.prompt.is_prompt", value: "true")
        _ = try await server.registry.createModel(caller: alice, name: "prompt", description: nil, tags: [prompt])
        func names(_ filter: String, _ order: [String] = []) async throws -> [String] {
            let search = RegistrySearch(filter: filter, order: order, limit: 1000)
            return try await server.registry.searchModels(caller: alice, search).items.map(\.record.name)
        }
        var all: [String] = []
        var search = RegistrySearch(limit: 7)
        while true {
            let page = try await server.registry.searchModels(caller: alice, search)
            all += page.items.map(\.record.name)
            guard page.hasMore else { break }
            search.offset += search.limit
        }
        #expect(all == (0..<25).map { "model-\($0 < 10 ? "0" : "")\($0)" })
        #expect(try await names("tag.`mlflow.prompt.is_prompt` != 'true'").count == 25)
        #expect(try await names("tags.`mlflow.prompt.is_prompt` = 'true'") == ["prompt"])
        #expect(try await names("name LIKE 'MODEL-%'").isEmpty)
        #expect(try await names("name ILIKE 'MODEL-_1' AND name != 'model-11'") == ["model-01", "model-21"])
        #expect(try await names("name IN ('model-03', 'model-02')", ["name DESC"]) == ["model-03", "model-02"])
        for wrong in ["foo = 'x'", "name = 'a' OR name = 'b'", "name > 'a'", " ", "name = 5", "name IN ()"] {
            await expect(.invalid, "\(wrong)") { _ = try await names(wrong) }
        }
        await expect(.invalid) { _ = try await names("", ["tags.k"]) }
        for limit in [Int64(0), -1, 1001, 1 << 31] {
            await expect(.invalid) {
                _ = try await server.registry.searchModels(caller: alice, RegistrySearch(limit: limit))
            }
        }
    }

    @Test("A pattern of many signs takes no time")
    func patterns() async throws {
        let server = try await RegistryServer()
        try await model(server, String(repeating: "a", count: 256))
        let filter = "name LIKE '" + String(repeating: "%a", count: 4000) + "b'"
        let page = try await server.registry.searchModels(caller: alice, RegistrySearch(filter: filter, limit: 1))
        #expect(page.items.isEmpty)
    }
}
