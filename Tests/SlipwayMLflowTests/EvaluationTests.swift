import SlipwayDomain
import SlipwayService
import Testing

/// Scorers and evaluation datasets, over MLflow's calls on a real database.
@Suite struct EvaluationTests {
    private static let api = "/api/3.0/mlflow"

    private static func server() async throws -> PagesServer {
        let server = try await PagesServer()
        try await server.json("POST", "/api/2.0/mlflow/experiments/create", #"{"name": "one"}"#)
        return server
    }

    @Test("the recorded answers of MLflow's server, field by field")
    func golden() async throws {
        let server = try await Self.server()
        let registered = try await server.json(
            "POST",
            Self.api + "/scorers/register",
            #"{"experiment_id": "1", "name": "s", "serialized_scorer": "{}"}"#
        )
        let scorer = try #require(registered["scorer_id"]?.string)
        let made = try #require(registered["creation_time"]?.integer)
        #expect(scorer.split(separator: "-").map(\.count) == [8, 4, 4, 4, 12])
        #expect(
            registered == [
                "version": 1, "scorer_id": .string(scorer), "experiment_id": "1", "name": "s",
                "serialized_scorer": "{}", "creation_time": .integer(made),
            ]
        )
        #expect(
            try await server.json("GET", Self.api + "/scorers/list?experiment_id=1") == [
                "scorers": [
                    [
                        "experiment_id": 1, "scorer_name": "s", "scorer_version": 1, "serialized_scorer": "{}",
                        "creation_time": .integer(made), "scorer_id": .string(scorer),
                    ]
                ]
            ]
        )
        let answer = try await server.json(
            "POST",
            Self.api + "/datasets/create",
            #"{"name": "ds", "experiment_ids": ["1"]}"#
        )
        let members = try #require(answer["dataset"]?.object)
        #expect(
            Set(members.keys) == [
                "dataset_id", "name", "tags", "digest", "created_time", "last_update_time", "experiment_ids",
            ]
        )
        #expect(members["tags"] == "{}" && members["experiment_ids"] == ["1"] && members["digest"]?.string?.count == 8)
        #expect(members["dataset_id"]?.string?.hasPrefix("d-") == true)
    }

    @Test("versions of a scorer count up, are listed, read and deleted, with one ledger entry a deletion")
    func scorers() async throws {
        let server = try await Self.server()
        for body in ["1", "2"] {
            try await server.json(
                "POST",
                Self.api + "/scorers/register",
                #"{"experiment_id": "1", "name": "s", "serialized_scorer": "{\"v\": \#(body)}"}"#
            )
        }
        let path = Self.api + "/scorers"
        let all = try await server.json("GET", path + "/versions?experiment_id=1&name=s")
        #expect(all["scorers"]?.array?.compactMap { $0["scorer_version"]?.integer } == [1, 2])
        let newest = try await server.json("GET", path + "/get?experiment_id=1&name=s")
        #expect(newest["scorer"]?["serialized_scorer"] == #"{"v": 2}"#)
        let first = try await server.json("GET", path + "/get?experiment_id=1&name=s&version=1")
        #expect(first["scorer"]?["scorer_version"] == 1)
        #expect(try await server.json("GET", path + "/list")["scorers"]?.array?.count == 1)
        try await server.json("DELETE", path + "/delete", #"{"experiment_id": "1", "name": "s", "version": 2}"#)
        #expect(try await server.json("GET", path + "/get?experiment_id=1&name=s")["scorer"]?["scorer_version"] == 1)
        try await server.json(
            "POST",
            path + "/register",
            #"{"experiment_id": "1", "name": "s", "serialized_scorer": "{}"}"#
        )
        let next = try await server.json("GET", path + "/get?experiment_id=1&name=s")
        #expect(next["scorer"]?["scorer_version"] == 3, "the number of a deleted version is not given again")
        try await server.json("DELETE", path + "/delete", #"{"experiment_id": "1", "name": "s"}"#)
        #expect(try await server.call("GET", path + "/get?experiment_id=1&name=s").status == 404)
        #expect(server.registry.entries.all.map(\.type) == ["scorer.deleted", "scorer.deleted"])
        #expect(try await server.json("GET", path + "/online-configs?scorer_ids=x") == ["configs": []])
    }

    @Test("records with equal inputs are merged, whatever the order of their members")
    func records() async throws {
        let server = try await Self.server()
        let made = try await server.json("POST", Self.api + "/datasets/create", #"{"name": "ds"}"#)
        let id = try #require(made["dataset"]?["dataset_id"]?.string)
        let path = Self.api + "/datasets/\(id)"
        func upsert(_ records: JSONValue) async throws -> JSONValue {
            let text = try CanonicalJSON.text(of: records)
            return try await server.json(
                "POST",
                path + "/records",
                CanonicalJSON.text(of: ["records": .string(text)])
            )
        }
        let first = try await upsert([
            ["inputs": ["q": "why?", "k": 1], "expectations": ["a": "x"], "tags": ["mlflow.user": "ann"]],
            [
                "inputs": ["q": "when?"], "outputs": nil,
                "source": ["source_type": "trace", "source_data": ["trace_id": "tr"]],
            ],
        ])
        #expect(first == ["inserted_count": 2, "updated_count": 0])
        let second = try await upsert([["inputs": ["k": 1, "q": "why?"], "expectations": ["b": 2.5]]])
        #expect(second == ["inserted_count": 0, "updated_count": 1])
        let text = try #require(try await server.json("GET", path + "/records")["records"]?.string)
        let records = try #require(try JSONValue(parsing: Array(text.utf8)).array)
        let why = try #require(records.first { $0["inputs"]?["q"] == "why?" })
        #expect(why["expectations"] == ["a": "x", "b": 2.5] && why["outputs"] == [:] && why["created_by"] == "ann")
        let when = try #require(records.first { $0["inputs"]?["q"] == "when?" })
        #expect(when["outputs"] == nil && when["source_type"] == "TRACE" && when["source_id"] == "tr")
        let dataset = try await server.json("GET", path)["dataset"]
        #expect(dataset?["profile"] == #"{"num_records": 2}"#)
        #expect(dataset?["digest"] != made["dataset"]?["digest"])
        let schema = try JSONValue(parsing: Array((dataset?["schema"]?.string ?? "").utf8))
        #expect(schema["inputs"] == ["q": "string", "k": "integer"])
        let firstPage = try await server.json("GET", path + "/records?max_results=1")
        let token = try #require(firstPage["next_page_token"]?.string)
        let rest = try await server.json("GET", path + "/records?max_results=1&page_token=\(token)")
        #expect(rest["next_page_token"] == nil && rest["records"] != firstPage["records"])
        let ids = records.compactMap { $0["dataset_record_id"]?.string }
        let body = try CanonicalJSON.text(of: ["dataset_record_ids": .array(ids.map { .string($0) } + ["nobody"])])
        #expect(try await server.json("DELETE", path + "/records", body) == ["deleted_count": 2])
        #expect(server.registry.entries.all.map(\.type) == ["dataset.records-deleted"])
        try await server.json("DELETE", path)
        #expect(try await server.call("GET", path).status == 404)
        #expect(try await server.call("DELETE", path).status == 200)
        #expect(server.registry.entries.all.count == 2)
    }

    @Test("datasets are found by name, tag, time and experiment, page by page")
    func search() async throws {
        let server = try await Self.server()
        for (name, team) in [("alpha", "ops"), ("beta", "ops"), ("gamma", "lab")] {
            try await server.json(
                "POST",
                Self.api + "/datasets/create",
                #"{"name": "\#(name)", "tags": "{\"team\": \"\#(team)\"}", "experiment_ids": ["\#(name == "beta" ? 1 : 0)"]}"#
            )
        }
        func names(_ body: String) async throws -> [String] {
            let answer = try await server.json("POST", Self.api + "/datasets/search", body)
            return (answer["datasets"]?.array ?? []).compactMap { $0["name"]?.string }
        }
        #expect(try await names(#"{"order_by": ["name ASC"]}"#) == ["alpha", "beta", "gamma"])
        #expect(try await names(#"{"filter_string": "tags.team = 'lab'"}"#) == ["gamma"])
        #expect(
            try await names(#"{"filter_string": "name LIKE '%a' AND created_time > 5", "order_by": ["name DESC"]}"#)
                == ["gamma", "beta", "alpha"]
        )
        #expect(try await names(#"{"experiment_ids": ["1"]}"#) == ["beta"])
        #expect(try await names(#"{"order_by": ["name"], "max_results": 2}"#) == ["alpha", "beta"])
    }

    @Test(
        "what cannot be is refused with 4xx and leaves nothing",
        arguments: [
            ("POST", "/scorers/register", #"{"experiment_id": "1", "name": " ", "serialized_scorer": "{}"}"#, 400),
            ("POST", "/scorers/register", #"{"experiment_id": "1", "name": "s", "serialized_scorer": "no"}"#, 400),
            ("POST", "/scorers/register", #"{"experiment_id": "9", "name": "s", "serialized_scorer": "{}"}"#, 404),
            ("POST", "/scorers/register", #"{"experiment_id": "x", "name": "s", "serialized_scorer": "{}"}"#, 400),
            ("GET", "/scorers/get?experiment_id=1&name=s", "", 404),
            ("GET", "/scorers/list?experiment_id=1&experiment_ids=0", "", 400),
            ("DELETE", "/scorers/delete", #"{"experiment_id": "1", "name": "s"}"#, 404),
            ("PUT", "/scorers/online-config", #"{"experiment_id": "1", "name": "s", "sample_rate": 1}"#, 404),
            ("GET", "/scorers/online-configs", "", 400),
            ("POST", "/datasets/create", #"{"name": ""}"#, 400),
            ("POST", "/datasets/create", #"{"name": "d", "tags": "["}"#, 400),
            ("POST", "/datasets/create", #"{"name": "d", "experiment_ids": ["9"]}"#, 404),
            ("POST", "/datasets/d-x/records", #"{"records": "[]"}"#, 404),
            ("POST", "/datasets/d-x/records", #"{"records": "{}"}"#, 400),
            ("POST", "/datasets/d-x/records", #"{"records": "[3]"}"#, 400),
            ("POST", "/datasets/d-x/records", #"{"records": "[{\"inputs\": 3}]"}"#, 400),
            ("POST", "/datasets/search", #"{"filter_string": "digest = 'x'"}"#, 400),
            ("POST", "/datasets/search", #"{"max_results": -1}"#, 400),
            ("POST", "/datasets/search", #"{"page_token": "zz"}"#, 400),
            ("PATCH", "/datasets/d-x/tags", #"{"tags": "{\"a\": \"b\"}"}"#, 404),
            ("POST", "/datasets/d-x/add-experiments", #"{"experiment_ids": ["1"]}"#, 404),
        ]
    )
    func refused(_ method: String, _ path: String, _ body: String, _ status: Int) async throws {
        let server = try await Self.server()
        let answer = try await server.call(method, Self.api + path, body.isEmpty ? nil : body)
        #expect(answer.status == status, "\(method) \(path): \(answer.text)")
        #expect(try await server.json("GET", Self.api + "/scorers/list") == [:])
        #expect(try await server.json("POST", Self.api + "/datasets/search", "{}") == [:])
        #expect(server.registry.entries.all.isEmpty)
    }
}
