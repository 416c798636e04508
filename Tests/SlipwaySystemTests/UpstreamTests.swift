import Foundation
import Glibc
import SlipwayDomain
import Testing

/// Versions that run on real servers elsewhere: MLServer, MLflow and another Slipway.
@Suite(.serialized) struct UpstreamTests {
    private static let manifest = """
        apiVersion: slipway/v1
        kind: Model
        metadata: {name: tiny, owner: team-tests, tier: 3}
        spec:
          task: binary-classification
          release: {strategy: canary, steps: [50, 100], analysis: [{metric: error_rate, against: stable, maxIncrease: 0.2}], stepDuration: 1s, minRequests: 40, deadline: 1h}
        """

    /// A server on which the local version 1 serves.
    private func server(_ upstreams: [UpstreamProcess]) async throws -> ServerProcess {
        let allowed = upstreams.flatMap { ["127.0.0.1:\($0.port)", "127.0.0.1:\($0.grpcPort)"] }
        let server = try await ServerProcess.start(
            in: TemporaryFolder(),
            allowed.filter { !$0.hasSuffix(":0") }.flatMap { ["--upstream-allow", $0] }
        )
        try await server.http.makeTinyModel()
        try await server.http.demand(
            "POST",
            RawHTTP.native + "/manifests?file=slipway.yaml",
            .bytes(Array(Self.manifest.utf8))
        )
        try await server.http.serveFirstVersion()
        return server
    }

    /// Registers a declaration, evaluates what it declares, and gives the version's number.
    private func register(_ bytes: [UInt8], _ http: RawHTTP) async throws -> Int {
        let version = try await http.register(bytes, as: "tiny", folder: UUID().uuidString, file: "upstream.json")
        let path = "\(RawHTTP.native)/models/tiny/versions/\(version)/evaluations?label=y&file=x.csv"
        let answer = try await http.send("POST", path, .bytes(Array(TinyModel.table.utf8)))
        guard answer.isSuccess else { throw SystemTestError("\(answer)") }
        #expect(answer.json?["metrics"]?["roc_auc"]?.number == 1, "scored by the upstream: \(answer)")
        return version
    }

    /// What a command prints.
    private func run(_ arguments: [String]) async throws -> String {
        let child = try ChildProcess(try Checkout.binary(), arguments)
        #expect(try await child.exitCode() == 0, "\(child.errors)")
        return child.output
    }

    private func ask(_ key: String, _ row: JSONValue, _ http: RawHTTP) async throws -> Answer {
        try await http.post("/v2/models/tiny/infer", TinyModel.question(key, row))
    }

    /// Ships a version under traffic, and gives the end of its release.
    private func ship(_ version: Int, _ http: RawHTTP) async throws -> JSONValue {
        let answer = try await http.post("\(RawHTTP.native)/models/tiny/versions/\(version)/ship")
        let release = try #require(answer.json?["release"]?["release"]?.string, "\(answer)")
        let client = Task {
            for number in 0... {
                if Task.isCancelled { return }
                _ = try await ask("k\(number)", [1, 2], http)
            }
        }
        defer { client.cancel() }
        return try await http.finished(release, within: 60)
    }

    private func circuit(_ version: Int, _ http: RawHTTP) async throws -> JSONValue? {
        try await http.get(RawHTTP.native + "/clock").json?["upstreams"]?.array?
            .first { $0["version"]?.integer == Int64(version) }
    }

    /// The score of the positive class by `tiny-1` and `tiny-2`.
    private func score(_ a: Double, _ b: Double, model: Int) -> Double { 1 / (1 + exp(-(Double(model) * a + b))) }

    private func probability(_ answer: Answer) -> Double? {
        answer.json?["outputs"]?.array?.first { $0["name"]?.string == "probabilities" }?["data"]?.array?.last?.number
    }

    @Test func `MLServer behind an endpoint by REST and gRPC: governed, released, cut off when it fails, and back`()
        async throws
    {
        let mlserver = try await UpstreamProcess.mlserver()
        let server = try await server([mlserver])
        let http = server.http
        // A host that the operator did not name is not asked, whoever registers it.
        let foreign = try TinyUpstream.declaration("open-inference", 9, ["model": "tiny", "version": "2"])
        let outside = try await http.register(foreign, as: "tiny", folder: "outside", file: "upstream.json")
        let refusal = try await http.post("\(RawHTTP.native)/models/tiny/versions/\(outside)/ship")
        #expect(refusal.status == 403 && refusal.text.contains("--upstream-allow"), "\(refusal)")
        // One that is not what it says is denied with the reason.
        let other = try TinyUpstream.declaration(
            "open-inference",
            mlserver.port,
            ["model": "tiny", "version": "2", "inputs": [["name": "features", "datatype": "FP64", "shape": [-1, 2]]]]
        )
        let wrong = try await http.register(other, as: "tiny", folder: "wrong", file: "upstream.json")
        let denial = try await http.post(
            "\(RawHTTP.native)/models/tiny/versions/\(wrong)/check",
            ["environment": "production"]
        )
        #expect(denial.text.contains("FP32[-1, 2], declared is FP64"), "\(denial)")
        let written = try await run([
            "declare", "http://127.0.0.1:\(mlserver.port)", "--model", "tiny", "--model-version", "2",
        ])
        let declared = try JSONValue(parsing: Array(written.utf8))
        #expect(declared["outputs"] == TinyUpstream.outputs && declared["version"]?.string == "2", "\(written)")
        // Both protocols: a canary takes over from the version that runs here.
        for (dialect, port, model) in [
            ("open-inference", mlserver.port, 2), ("open-inference-grpc", mlserver.grpcPort, 1),
        ] {
            let declaration = try TinyUpstream.declaration(
                dialect,
                port,
                ["model": "tiny", "version": .string("\(model)"), "limits": ["timeoutMilliseconds": 2000]]
            )
            let version = try await register(declaration, http)
            let end = try await ship(version, http)
            #expect(end["outcome"]?.string == "promoted", "\(end)")
            let answer = try await ask("k", [0.5, 0.25], http)
            #expect(answer.json?["model_version"]?.string == "\(version)", "\(answer)")
            let found = try #require(probability(answer), "\(answer)")
            #expect(abs(found - score(0.5, 0.25, model: model)) < 1e-6, "\(answer)")
            try await misbehave(http, isRaw: dialect != "open-inference")
            try await killAndBack(mlserver, version, http)
        }
        let metrics = try await http.get("/metrics")
        #expect(metrics.text.contains("slipway_upstream_openings_total{model=\"tiny\""), "\(metrics)")
        #expect(try await http.get(RawHTTP.native + "/ledger/verify").json?["intact"]?.bool == true)
        #expect(try await server.terminate() == 0, "\(server.log)")
        try await mlserver.kill9()
    }

    /// What the runtime does on demand, and what a client sees of it.
    private func misbehave(_ http: RawHTTP, isRaw: Bool) async throws {
        let table: [(whim: Double, status: Int, words: String)] = [
            (7001, 502, "failed"), (7003, 502, "'label'"), (7004, 502, "BYTES"), (7005, 502, "rows"),
            (7006, 400, "7006 is no question"), (7002, 504, "in time"), (7007, 502, "null"),
        ]
        for row in table {
            // MLServer makes NaN of a null where numbers are raw.
            if isRaw, row.whim == 7007 { continue }
            let answer = try await ask("k", [.number(row.whim), 1], http)
            #expect(answer.status == row.status && answer.text.contains(row.words), "\(row): \(answer)")
            #expect(!answer.text.contains("127.0.0.1"), "clients are not told where: \(answer)")
            // A good one between, so that the circuit stays closed.
            for _ in 0..<2 { #expect(try await ask("k", [1, 1], http).status == 200) }
        }
    }

    private func killAndBack(_ upstream: UpstreamProcess, _ version: Int, _ http: RawHTTP) async throws {
        try await upstream.kill9()
        try await eventually {
            _ = try await ask("k", [1, 1], http)
            return try await circuit(version, http)?["circuit"]?.string != "closed"
        }
        let refused = try await ask("k", [1, 1], http)
        #expect(refused.status == 503, "\(refused)")
        #expect(
            refused.headers["retry-after"].flatMap { Int($0) }.map { (1...30).contains($0) } == true,
            "\(refused.headers)"
        )
        #expect(refused.seconds < 1, "nobody waits for a server that is down")
        #expect(try await http.get("/v2/models/tiny/ready").status == 503)
        #expect(try await http.get("/v2/health/ready").status == 200, "the server itself is well")
        let status = try #require(try await circuit(version, http))
        #expect(["open", "probing"].contains(status["circuit"]?.string), "\(status)")
        try await upstream.startAgain()
        try await eventually(within: 30) { try await http.get("/v2/models/tiny/ready").status == 200 }
        #expect(try await ask("k", [1, 1], http).status == 200)
    }

    @Test func `a server that speaks TLS is asked when its authority is trusted, by REST and gRPC`() async throws {
        let elsewhere = try await UpstreamProcess.slipway("tiny-2")
        let folder = try TemporaryFolder()
        let front = try ChildProcess(
            Checkout.root + "/.venv/bin/python",
            ["Tests/Wire/tls_front.py", folder.path, "\(elsewhere.port)", "\(elsewhere.grpcPort)"]
        )
        try await eventually { front.output.hasSuffix("\n") || !front.isRunning }
        let found = try JSONValue(parsing: Array(front.output.utf8)).array?.compactMap { $0.integer.map(Int.init) }
        let ports = try #require(found, "\(front.errors)")
        let authority = folder.path + "/authority.pem"
        let kinds = [("open-inference", ports[0]), ("open-inference-grpc", ports[1])]
        func declare(_ dialect: String, _ port: Int, _ more: [String]) async throws -> (code: Int32, said: String) {
            let words = ["declare", "https://localhost:\(port)", "--model", "tiny-2", "--protocol", dialect]
            let child = try ChildProcess(try Checkout.binary(), words + more)
            return (try await child.exitCode(), child.output + child.errors)
        }
        for (dialect, port) in kinds {
            #expect(try await declare(dialect, port, []).code != 0, "nobody vouches for it")
            let told = try await declare(dialect, port, ["--upstream-ca", authority])
            #expect(told.code == 0 && told.said.contains("https://localhost:"), "\(told)")
        }
        let stranger = try await declare("open-inference", ports[2], ["--upstream-ca", authority])
        #expect(stranger.code != 0, "\(stranger)")
        let broken = try await declare("open-inference", ports[0], ["--upstream-ca", folder.path + "/none.pem"])
        #expect(broken.code != 0 && broken.said.contains("no certificate"), "\(broken)")

        let allowed = ports.flatMap { ["--upstream-allow", "localhost:\($0)"] }
        let server = try await ServerProcess.start(in: TemporaryFolder(), allowed + ["--upstream-ca", authority])
        let http = server.http
        try await http.makeTinyModel()
        try await http.demand(
            "POST",
            RawHTTP.native + "/manifests?file=slipway.yaml",
            .bytes(Array(Self.manifest.utf8))
        )
        try await http.serveFirstVersion()
        for (dialect, port) in kinds {
            let members: [String: JSONValue] = [
                "url": .string("https://localhost:\(port)"), "model": "tiny-2", "version": "1",
            ]
            let version = try await register(try TinyUpstream.declaration(dialect, port, members), http)
            #expect(try await ship(version, http)["outcome"]?.string == "promoted")
            let answer = try await ask("k", [0.5, 0.25], http)
            #expect(answer.json?["model_version"]?.string == "\(version)", "\(answer)")
            #expect(abs((probability(answer) ?? 0) - score(0.5, 0.25, model: 2)) < 1e-6, "\(answer)")
        }
        #expect(try await server.terminate() == 0, "\(server.log)")
        try await elsewhere.kill9()
        front.signal(SIGKILL)
        _ = try await front.exitCode()
    }

    @Test func `a candidate elsewhere that dies is rolled back, and the stable version answers all the while`()
        async throws
    {
        let elsewhere = try await UpstreamProcess.slipway("tiny-2")
        let server = try await server([elsewhere])
        let http = server.http
        let slow = Self.manifest.replacing("minRequests: 40", with: "minRequests: 1000000")
        try await http.demand("POST", RawHTTP.native + "/manifests?file=slipway.yaml", .bytes(Array(slow.utf8)))
        let version = try await register(
            try TinyUpstream.declaration(
                "open-inference-grpc",
                elsewhere.grpcPort,
                ["model": "tiny-2", "version": "1"]
            ),
            http
        )
        let answer = try await http.post("\(RawHTTP.native)/models/tiny/versions/\(version)/ship")
        let release = try #require(answer.json?["release"]?["release"]?.string, "\(answer)")
        var (stable, candidate, refused, isDead) = (0, 0, 0, false)
        var end: JSONValue?
        for number in 0..<20_000 {
            let answer = try await ask("k\(number)", [1, 2], http)
            switch answer.json?["model_version"]?.string {
            case "1": stable += 1
            case "\(version)": candidate += 1
            default:
                #expect(isDead && [502, 503].contains(answer.status), "\(answer)")
                refused += 1
            }
            if !isDead, candidate >= 20, stable >= 20 {
                try await elsewhere.kill9()
                isDead = true
            }
            if isDead, number % 20 == 0 {
                let state = try await http.get("\(RawHTTP.native)/releases/\(release)").json
                if state?["phase"]?.string == "finished" {
                    end = state
                    break
                }
            }
        }
        #expect(end?["outcome"]?.string == "rolledBack", "\(end ?? .null)")
        #expect(refused > 0 && stable > 20)
        for number in 0..<50 {
            #expect(try await ask("k\(number)", [1, 2], http).json?["model_version"]?.string == "1")
        }
        try await server.kill9()
    }

    @Test func `a model of mlflow models serve is released like any other`() async throws {
        let mlflow = try await UpstreamProcess.mlflow()
        let server = try await server([mlflow])
        let outputs: JSONValue = [["name": "probabilities", "datatype": "FP32", "shape": [-1, 2]]]
        let p = score(1, 2, model: 1)
        let check: JSONValue = [
            "inputs": [["name": "features", "datatype": "FP32", "shape": [1, 2], "data": [1, 2]]],
            "outputs": [
                ["name": "probabilities", "datatype": "FP32", "shape": [1, 2], "data": [.number(1 - p), .number(p)]]
            ],
        ]
        let declaration = try TinyUpstream.declaration("mlflow", mlflow.port, ["outputs": outputs, "check": check])
        let version = try await register(declaration, server.http)
        let end = try await ship(version, server.http)
        #expect(end["outcome"]?.string == "promoted", "\(end)")
        let answer = try await server.http.post(
            "/v2/models/tiny/infer",
            ["inputs": [["name": "features", "datatype": "FP32", "shape": [2, 2], "data": [1, 2, -3, 0.5]]]]
        )
        let found = answer.json?["outputs"]?.array?.first?["data"]?.array?.compactMap(\.number) ?? []
        #expect(found.count == 4, "\(answer)")
        if found.count == 4 { #expect(abs(found[1] - p) < 1e-6 && abs(found[3] - score(-3, 0.5, model: 1)) < 1e-6) }
        // A gateway finds it too, when its own operator allows the host.
        let gateway = try await GatewayProcess.start(
            of: server.port,
            in: TemporaryFolder(),
            data: "gateway",
            ["--upstream-allow", "127.0.0.1:\(mlflow.port)"]
        )
        try await gateway.ready()
        try await eventually { try await gateway.version() == "\(version)" }
        try await gateway.kill9()
        #expect(try await server.terminate() == 0, "\(server.log)")
        try await mlflow.kill9()
    }
}
