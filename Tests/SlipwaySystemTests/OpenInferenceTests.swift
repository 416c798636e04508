import Foundation
import Glibc
import SlipwayDomain
import Testing

/// A `slipway serve` in a process of its own.
private struct Serving {
    let child: ChildProcess
    let http: RawHTTP
    let announced: JSONValue

    var url: String { "http://127.0.0.1:\(http.port)" }

    static func start(_ files: [String], _ options: [String] = []) async throws -> Serving {
        let child = try ChildProcess(try Checkout.binary(), ["serve"] + files + ["--port", "0", "--json"] + options)
        let deadline = Date(timeIntervalSinceNow: 120)
        while Date() < deadline, child.isRunning {
            if child.output.hasSuffix("\n") {
                let announced = try JSONValue(parsing: Array(child.output.utf8))
                guard let port = announced["url"]?.string?.split(separator: ":").last.flatMap({ Int($0) }) else {
                    break
                }
                return Serving(child: child, http: RawHTTP(port: port), announced: announced)
            }
            try await Task.sleep(for: .milliseconds(5))
        }
        throw SystemTestError("nothing is served:\n\(child.output)\(child.errors)")
    }
}

@Suite struct OpenInferenceTests {
    /// The fixtures that are served, two of them under names of their own.
    private static func files(in folder: TemporaryFolder) throws -> [String] {
        let fixtures = Checkout.root + "/Tests/Fixtures/onnx/"
        let renamed = folder.path + "/my model+1%.onnx"
        try FileManager.default.copyItem(atPath: fixtures + "tiny-1.onnx", toPath: renamed)
        let names = ["tiny-1", "tiny-2", "zipmap-lr", "every-type", "half", "logarithm", "counting-loop"]
        return names.map { fixtures + $0 + ".onnx" } + [renamed]
    }

    @Test(arguments: [[], ["--batch-size", "16", "--batch-delay", "2"]])
    func `the unmodified tritonclient and raw HTTP find the protocol kept, alone and in batches`(options: [String])
        async throws
    {
        let python = Checkout.root + "/.venv/bin/python"
        try #require(FileManager.default.isExecutableFile(atPath: python), "\(python) is missing: run `make setup`")
        let folder = try TemporaryFolder()
        let serving = try await Serving.start(try Self.files(in: folder), options)
        let client = try ChildProcess(
            python,
            ["Tests/Wire/open_inference_http.py"],
            environment: ["OPEN_INFERENCE_URL": serving.url]
        )
        let code = try await client.exitCode(within: 150)
        #expect(code == 0, "\(client.output)\(client.errors)\n\(serving.child.errors)")
        let counts = try #require(client.output.firstMatch(of: /(\d+) passed, (\d+) failed/), "\(client.output)")
        #expect(Int(counts.1) ?? 0 >= 260 && counts.2 == "0", "\(client.output)")
        serving.child.signal(SIGTERM)
        #expect(try await serving.child.exitCode(within: 30) == 0, "\(serving.child.errors)")
    }

    @Test func `a governed model is listed, and neither loaded nor unloaded by hand`() async throws {
        try await withServer { server in
            try await server.http.makeTinyModel()
            try await server.http.serveFirstVersion()
            let index = try await server.http.post("/v2/repository/index")
            #expect(index.json?.array?.first?["name"] == "tiny" && index.json?.array?.count == 1, "\(index)")
            #expect(index.json?.array?.first?["state"] == "READY")
            for verb in ["load", "unload"] {
                let answer = try await server.http.post("/v2/repository/models/tiny/\(verb)")
                #expect(answer.status == 403 && Door.inference.isError(answer), "\(answer)")
                #expect(answer.json?["error"]?.string?.contains("releases decide") == true, "\(answer)")
                #expect(try await server.http.post("/v2/repository/models/nobody/\(verb)").status == 404)
            }
            #expect(try await server.http.post("/v2/models/tiny/infer", TinyModel.question).status == 200)
        }
    }

    private static let wrongCalls: [(arguments: [String], words: String)] = [
        (["/nowhere/model.onnx"], "there is no file"), (["Tests"], "is a folder"), (["Package.swift"], "no ONNX"),
        (["Tests/Fixtures/onnx/tiny-1.onnx", "/else/tiny-1.onnx"], "rename one"),
        (["Tests/Fixtures/onnx/external-initializer.onnx"], "other files"),
    ]

    @Test(arguments: wrongCalls)
    func `what cannot be served ends the command with one sentence`(arguments: [String], words: String) async throws {
        let child = try ChildProcess(try Checkout.binary(), ["serve"] + arguments + ["--port", "0"])
        #expect(try await child.exitCode(within: 30) == 1, "\(child.output)")
        #expect(child.errors.contains(words), "\(child.errors)")
    }

    @Test func `a taken port is named, and the printed example works`() async throws {
        let tiny = Checkout.root + "/Tests/Fixtures/onnx/breast-cancer-gb.onnx"
        let first = try await Serving.start([tiny])
        let port = String(first.http.port)
        #expect(first.announced["models"]?.array?.first?["name"] == "breast-cancer-gb", "\(first.announced)")
        let second = try ChildProcess(try Checkout.binary(), ["serve", tiny, "--port", port])
        #expect(try await second.exitCode(within: 30) == 1, "\(second.output)")
        #expect(second.errors.contains("port \(port) is taken"), "\(second.errors)")
        let third = try ChildProcess(try Checkout.binary(), ["serve", tiny, "--port", "0"])
        let deadline = Date(timeIntervalSinceNow: 60)
        while Date() < deadline, !third.output.contains("curl") { try await Task.sleep(for: .milliseconds(5)) }
        let line = try #require(third.output.split(separator: "\n").last { $0.contains("curl") })
        let curl = try ChildProcess("/bin/bash", ["-c", String(line)])
        #expect(try await curl.exitCode(within: 30) == 0, "\(curl.errors)")
        #expect(curl.output.contains(#""model_name":"breast-cancer-gb""#), "\(curl.output)")
        for child in [first.child, third] { child.signal(SIGTERM) }
        #expect(try await third.exitCode(within: 30) == 0)
    }
}
