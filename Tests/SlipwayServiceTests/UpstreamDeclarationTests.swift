import SlipwayDomain
import Testing

@testable import SlipwayService

@Suite("Declarations of upstreams")
struct UpstreamDeclarationTests {
    @Test("a declaration says everything that its digest pins")
    func whole() throws {
        let check: JSONValue = [
            "inputs": [["name": "x", "datatype": "FP32", "shape": [1, 2], "data": [1, 2]]],
            "outputs": [["name": "score", "datatype": "FP32", "shape": [1], "data": [1]]], "tolerance": 0.01,
        ]
        let declaration = try UpstreamDeclaration(
            try FakeUpstream.declaration([
                "url": "https://mlserver.example/base", "properties": ["slipway.features": #"["a","b"]"#],
                "limits": ["timeoutMilliseconds": 250, "connections": 2, "answerBytes": 4096],
                "hedge": ["quantile": 0.9], "check": check,
            ])
        )
        #expect(declaration.address == "mlserver.example:443" && declaration.url.path == "/base")
        #expect(declaration.model == "there" && declaration.version == "3")
        #expect(declaration.limits.timeoutMilliseconds == 250 && declaration.limits.requests == 8)
        #expect(declaration.hedgeQuantile == 0.9 && declaration.check?.tolerance == 0.01)
        #expect(declaration.inputs == [TensorSignature(name: "x", type: .fp32, shape: [-1, 2])])
        let usual = try UpstreamDeclaration(try FakeUpstream.declaration())
        #expect(usual.hedgeQuantile == nil, "nobody is asked twice unless that was wanted")
    }

    private static let bad: [(members: [String: JSONValue], words: String)] = [
        (["kind": "Model"], "begins with"), (["surprise": 1], "'surprise'"), (["url": "ftp://x"], "URL"),
        (["url": "http://user:secret@x"], "URL"), (["url": "http://x/?q=1"], "query"), (["url": .null], "url"),
        (["protocol": "kserve"], "protocol"), (["model": ""], "model"), (["model": ".."], "model"),
        (["version": 3], "version"), (["inputs": []], "inputs"), (["outputs": .null], "outputs"),
        (["inputs": [["name": "x", "datatype": "FP31", "shape": [-1]]]], "inputs"),
        (["inputs": [["name": "x", "datatype": "FP32", "shape": [0]]]], "shape"),
        (["inputs": [["name": "x", "datatype": "FP32", "shape": [-2]]]], "shape"),
        (["outputs": [["name": "y", "datatype": "FP16", "shape": [-1]]]], "FP16"),
        (["limits": ["connections": 0]], "connections"), (["limits": ["conections": 1]], "conections"),
        (["hedge": ["quantile": 1.5]], "hedge"), (["properties": ["a": 1]], "'a'"),
        (["protocol": "mlflow"], "leave out"), (["protocol": "mlflow", "model": .null, "version": .null], "check"),
        (["protocol": "open-inference-grpc", "url": "http://x:1/path"], "no paths"),
        (["check": ["inputs": [], "outputs": []]], "check"), (["check": 1], "check"),
        (
            [
                "check": [
                    "inputs": [["name": "x", "datatype": "FP32", "shape": [1, 3], "data": [1, 2, 3]]],
                    "outputs": [["name": "score", "datatype": "FP32", "shape": [1], "data": [1]]],
                ]
            ], "check"
        ),
    ]

    @Test("what is not meant so is refused with words that say what to do")
    func refused() throws {
        for row in Self.bad {
            let bytes = try FakeUpstream.declaration(row.members)
            let error = #expect(throws: ServiceError.self, "\(row.members)") { try UpstreamDeclaration(bytes) }
            #expect(
                error?.kind == .invalid && error?.message.contains(row.words) == true,
                "\(row): \(error?.message ?? "")"
            )
        }
        for text in ["", "{", "[]", "{\"url\": \"a\", \"url\": \"b\"}", "null"] {
            #expect(throws: ServiceError.self, "\(text)") { try UpstreamDeclaration(Array(text.utf8)) }
        }
    }

    @Test("a model file is never taken for a declaration")
    func kinds() {
        #expect(UpstreamDeclaration.isDeclaration(Array("  {}".utf8)))
        #expect(!UpstreamDeclaration.isDeclaration([0x08, 0x08, 0x12]))
        #expect(!UpstreamDeclaration.isDeclaration([]))
    }

    @Test("only hosts that the operator named are ever asked")
    func allowed() throws {
        let fake = FakeUpstream()
        func load(_ url: String, _ hosts: [String]) throws {
            let upstreams = Upstreams(
                network: fake,
                allowed: hosts.compactMap { AllowedHost($0) },
                runtime: .live(),
                log: FakeUpstream.quiet
            )
            _ = try upstreams.model(try FakeUpstream.declaration(["url": .string(url)]))
        }
        for (url, hosts) in [
            ("http://127.0.0.1:8080", []), ("http://127.0.0.1:8080", ["127.0.0.1:8081"]),
            ("http://169.254.169.254", ["mlserver.example"]), ("https://mlserver.example", ["mlserver.example:80"]),
            ("http://[::1]:8080", ["127.0.0.1:8080"]), ("http://localhost:8080", ["127.0.0.1:8080"]),
            ("https://mlserver.example.evil.example", ["mlserver.example"]),
        ] {
            let error = #expect(throws: ServiceError.self, "\(url)") { try load(url, hosts) }
            #expect(error?.kind == .forbidden && error?.message.contains("--upstream-allow") == true)
        }
        try load("http://127.0.0.1:8080", ["127.0.0.1:8080"])
        try load("https://MLServer.example.", ["mlserver.example"])
        #expect(fake.questions == 0 && fake.looks == 0)
    }
}
