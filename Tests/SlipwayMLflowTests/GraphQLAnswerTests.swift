import SlipwayDomain
import Testing

/// What the GraphQL endpoint answers, on a real database.
@Suite struct GraphQLAnswerTests {
    @Test("the introspection of MLflow's recordings is answered alike")
    func introspection() async throws {
        let server = try await PagesServer()
        let answer = try await server.graph("{ __schema { queryType { name } } }")
        #expect(answer == ["data": ["__schema": ["queryType": ["name": "Query"]]], "errors": nil])
        let type = try await server.graph(
            #"{ __type(name: "MlflowRunInfo") { kind fields { name type { name ofType { name } } } } }"#
        )
        let fields = try #require(type["data"]?["__type"]?["fields"]?.array)
        #expect(fields.contains { $0["name"] == "runName" && $0["type"]?["name"] == "String" })
    }

    @Test("a run comes with its data, its experiment and the versions that it made")
    func run() async throws {
        let server = try await PagesServer()
        let experiment = try await server.json("POST", "/api/2.0/mlflow/experiments/create", #"{"name": "e"}"#)
        let id = try #require(experiment["experiment_id"]?.string)
        let made = try await server.json(
            "POST",
            "/api/2.0/mlflow/runs/create",
            #"{"experiment_id": "\#(id)", "run_name": "r", "start_time": 9007199254740993}"#
        )
        let run = try #require(made["run"]?["info"]?["run_id"]?.string)
        try await server.json(
            "POST",
            "/api/2.0/mlflow/runs/log-batch",
            """
            {"run_id": "\(run)", "metrics": [{"key": "m", "value": 0.5, "timestamp": 7, "step": 3},
             {"key": "n", "value": "NaN", "timestamp": 7}], "params": [{"key": "p", "value": "q"}]}
            """
        )
        let query = """
            query GetRun($data: MlflowGetRunInput!) { mlflowGetRun(input: $data) { __typename run {
                info { runName startTime endTime status } experiment { name }
                data { metrics { key value step timestamp } params { key value } } modelVersions { version } } } }
            """
        let answer = try await server.graph(query, ["data": ["runId": .string(run)]])
        #expect(answer["errors"] == .null)
        let got = answer["data"]?["mlflowGetRun"]
        #expect(got?["__typename"] == "MlflowGetRunResponse")
        #expect(
            got?["run"]?["info"]
                == ["runName": "r", "startTime": "9007199254740993", "endTime": nil, "status": "RUNNING"]
        )
        #expect(got?["run"]?["experiment"] == ["name": "e"] && got?["run"]?["modelVersions"] == [])
        #expect(
            got?["run"]?["data"]?["metrics"] == [
                ["key": "m", "value": 0.5, "step": "3", "timestamp": "7"],
                ["key": "n", "value": nil, "step": "0", "timestamp": "7"],
            ]
        )
        let search = try await server.graph(
            "mutation M($d: MlflowSearchRunsInput!) { mlflowSearchRuns(input: $d) { runs { info { runUuid } } } }",
            ["d": ["experimentIds": [.string(id)], "filter": "params.p = 'q'"]]
        )
        #expect(search["data"]?["mlflowSearchRuns"]?["runs"] == [["info": ["runUuid": .string(run)]]])
    }

    @Test("what a use case refuses is an error beside null; what is no question is 400")
    func errors() async throws {
        let server = try await PagesServer()
        let absent = try await server.graph(#"{ mlflowGetRun(input: {runId: "nobody"}) { run { info { runId } } } }"#)
        #expect(absent["data"] == ["mlflowGetRun": nil])
        #expect(absent["errors"]?.array?.count == 1)
        for body in [
            "{}", #"{"query": 1}"#, #"{"query": "{"}"#, #"{"query": "{ nothing }"}"#, "[]", "{",
            #"{"query": "{ __typename }", "variables": 3}"#, #"[{"query": "{ __typename }"}]"#,
            #"{"query": "\#(String(repeating: "#", count: 100_001))"}"#,
        ] {
            #expect(try await server.call("POST", "/graphql", body).status == 400, "\(body.prefix(80))")
        }
        #expect(
            try await server.call("GET", "/graphql?query=%7B__typename%7D").text
                == #"{"data":{"__typename":"Query"},"errors":null}"#
        )
        let mutation = "/graphql?query=mutation%7B__typename%7D"
        #expect(try await server.call("GET", mutation).status == 400)
    }
}
