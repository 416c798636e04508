import SlipwayDomain
import Testing

@testable import SlipwayMLflow

/// The GraphQL reader: what it takes, what it refuses, and that it refuses at once.
@Suite struct GraphQLTests {
    private static func plan(
        _ text: String,
        _ variables: [String: JSONValue] = [:],
        operation: String? = nil
    ) throws -> [GraphQLPlan] {
        try GraphQLPlanner.plan(GraphQLParser.document(text), operation: operation, variables: variables).fields
    }

    private static func refusal(_ text: String, _ variables: [String: JSONValue] = [:]) -> String? {
        do {
            _ = try plan(text, variables)
            return nil
        } catch {
            return (error as? GraphQLError)?.message ?? "\(error)"
        }
    }

    @Test("the document of MLflow's run page becomes a plan with its arguments")
    func pageQuery() throws {
        let text = """
            query GetRun($data: MlflowGetRunInput!) @component(name: "MLflow.ExperimentRunTracking") {
              mlflowGetRun(input: $data) {
                apiError { helpUrl code message }
                run { info { runName status } experiment { tags { key value } } modelVersions { version } }
              }
            }
            """
        let fields = try Self.plan(text, ["data": ["runId": "abc"]])
        #expect(fields.map(\.key) == ["mlflowGetRun"])
        #expect(fields[0].input["runId"] == "abc")
        #expect(fields[0].asks(for: "run", "modelVersions"))
        #expect(!fields[0].asks(for: "run", "data"))
    }

    @Test("fragments, aliases, directives and __typename are followed")
    func features() throws {
        let text = """
            query Q($yes: Boolean = true, $no: Boolean!) {
              a: mlflowGetRun(input: {runId: "x"}) { ...R run { data @skip(if: $yes) { params { key } } } }
              mlflowGetExperiment(input: {experimentId: "0"}) @include(if: $no) { __typename }
            }
            fragment R on MlflowGetRunResponse { kind: __typename run { ... on MlflowRunExtension { info { runId } } } }
            """
        let fields = try Self.plan(text, ["no": false])
        #expect(fields.map(\.key) == ["a"])
        #expect(fields[0].children.map(\.key) == ["kind", "run"])
        #expect(fields[0].children[1].children.map(\.key) == ["info"])
    }

    @Test("one of several operations is carried out by its name")
    func operations() throws {
        let text = #"query A { test(inputString: "a") { output } } query B { test(inputString: "b") { output } }"#
        #expect(try Self.plan(text, operation: "B")[0].arguments["inputString"] == "b")
        #expect(throws: GraphQLError.self) { try Self.plan(text) }
        #expect(throws: GraphQLError.self) { try Self.plan(text, operation: "C") }
    }

    @Test(
        "a string's escapes are read",
        arguments: [
            (#"a\nb"#, "a\nb"), (#"\"q\""#, #""q""#), (#"\u00e9"#, "é"), (#"\ud83d\ude00"#, "😀"),
        ]
    )
    func strings(_ written: String, _ meant: String) throws {
        let fields = try Self.plan("{ test(inputString: \"\(written)\") { output } }")
        #expect(fields[0].arguments["inputString"] == .string(meant))
    }

    @Test(
        "what is no document of this schema is refused with a sentence",
        arguments: [
            "", "{", "}", "{}", "query", "query {", "{ a(", "{ mlflowGetRun }", "{ nothing { a } }",
            "{ mlflowGetRun { nothing } }", "{ mlflowGetRun { run } }",
            "{ mlflowGetRun { run { info { runId { a } } } } }",
            "{ mlflowGetRun(other: 1) { __typename } }", "{ mlflowGetRun(input: {other: 1}) { __typename } }",
            "{ mlflowGetRun(input: {runId: 1}) { __typename } }", "{ mlflowGetRun(input: [1]) { __typename } }",
            "{ mlflowGetRun(input: $x) { __typename } }", "query($x: Nothing) { mlflowGetRun { __typename } }",
            "query($x: MlflowRun) { mlflowGetRun { __typename } }", "subscription { a }", "type A { b: C }",
            "{ ...F } fragment F on Query { ...F }", "{ ...F }", "{ ...F } fragment F on MlflowRunInfo { runId }",
            "{ mlflowGetRun { __typename } mlflowGetRun(input: {runId: \"a\"}) { __typename } }",
            "{ mlflowGetRun @other { __typename } }", "{ mlflowGetRun @include { __typename } }",
            "{ test(inputString: \"open) { output } }", "{ test(inputString: \"\"\"block\"\"\") { output } }",
            #"{ test(inputString: "\ud83d") { output } }"#, #"{ test(inputString: "\x") { output } }"#,
            "{ test(inputString: 007) { output } }",
            "{ mlflowSearchRuns(input: {maxResults: 2147483648}) { __typename } }",
            "{ mlflowSearchRuns(input: {maxResults: 99999999999999999999}) { __typename } }",
            "{ mlflowSearchRuns(input: {runViewType: SOME}) { __typename } }",
            "query A { __typename } query A { __typename }", "{ __typename } { __typename }",
        ]
    )
    func refused(_ text: String) {
        #expect(Self.refusal(text) != nil, "\(text)")
    }

    @Test(
        "a query that asks for too much is refused before anything is read",
        arguments: [
            "{ "
                + (0..<1000).map { "a\($0): mlflowGetRun(input: {runId: \"x\"}) { __typename }" }.joined(separator: " ")
                + " }",
            "{ " + (0..<11).map { "a\($0): __typename" }.joined(separator: " ") + " }",
            String(repeating: "{ mlflowGetRun ", count: 5000),
            "{ test(inputString: " + String(repeating: "[", count: 50_000) + ") { output } }",
            "{ __schema { types { " + String(repeating: "fields { type { ", count: 10) + "name"
                + String(repeating: " }", count: 23),
            "{ mlflowGetRun { " + (0..<1001).map { _ in "__typename" }.joined(separator: " ") + " } }",
            // Each fragment opens the one before it twice: 2^30 fields in a kilobyte.
            "{ ...F29 } fragment F0 on Query { __typename } "
                + (1..<30).map { "fragment F\($0) on Query { ...F\($0 - 1) ...F\($0 - 1) }" }.joined(separator: " "),
        ]
    )
    func limits(_ text: String) throws {
        let refusal = try #require(Self.refusal(text))
        #expect(refusal.utf8.count < 300)
    }

    @Test("every type that the schema names is in it, and every object can be described")
    func schemaIsWhole() {
        let schema = MLflowSchema.schema
        for type in schema.types.values {
            for field in type.fields {
                #expect(schema.types[field.type.name] != nil, "\(type.name).\(field.name): \(field.type)")
                for argument in field.arguments { #expect(schema.types[argument.type.name] != nil) }
            }
            #expect(type.kind != .object || !type.fields.isEmpty)
        }
    }

    @Test("no byte of a document that is changed or missing breaks the reader")
    func mutations() {
        let text =
            #"query Q($a: [String] = ["x"]) { b: test(inputString: "y\n") @skip(if: false) { output ...F } } fragment F on Test { output }"#
        let bytes = Array(text.utf8)
        var random = SplitMix(state: 20_261_123)
        for _ in 0..<5000 {
            var changed = bytes
            for _ in 0...random.next() % 3 {
                let place = Int(random.next() % UInt64(changed.count))
                if random.next() % 2 == 0 {
                    changed.remove(at: place)
                } else {
                    changed[place] = UInt8(random.next() % 128)
                }
            }
            // A refusal is as good as a plan; a trap would end the test.
            _ = Self.refusal(String(decoding: changed, as: UTF8.self))
        }
    }
}

/// Random numbers with a seed.
private struct SplitMix {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
