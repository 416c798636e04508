import Foundation
import Glibc
import SlipwayDomain
import Synchronization
import Testing

@Suite struct BadMLflowInputTests {
    /// Unpickling this makes the file `pwned`.
    private static func pickle(_ folder: String) -> [UInt8] {
        Array("cposix\nsystem\n(S'touch \(folder)/pwned'\ntR.".utf8)
    }

    @Test func `every bad input is refused in MLflow's words, and nothing outside the artifacts is touched`()
        async throws
    {
        #expect(BadInputTable.all.count > 900)
        let folder = try TemporaryFolder()
        let secret = "the secret \(UUID().uuidString)"
        try secret.write(toFile: folder.path + "/secret", atomically: true, encoding: .utf8)
        let canary = try CanaryListener()
        let server = try await ServerProcess.start(in: folder)
        let names = try await Self.prepare(server.http, folder, canary.port)
        let before = Self.files(in: folder)
        for row in BadInputTable.all.map({ $0.filled(names) }) {
            let answer = try await server.http.send(row.method, row.path, row.payload, headers: row.headers)
            let fault = row.fault(in: answer)
            #expect(fault == nil, "\(row): \(answer) \(fault ?? "")")
            for leak in [secret, "root:x", "SQLite", "FROM runs", "Swift."] {
                #expect(!answer.text.contains(leak), "\(row) tells '\(leak)': \(answer)")
            }
            #expect(answer.headers["x-evil"] == nil, "\(row)")
            #expect(answer.seconds < 10, "\(row) took \(answer.seconds) s")
        }
        #expect(try await server.isHealthy())
        #expect(Self.files(in: folder) == before, "something was written or removed")
        #expect(try String(contentsOfFile: folder.path + "/secret", encoding: .utf8) == secret)
        #expect(canary.connections == 0, "the server asked an address that a client named")
        try Self.expectModes(folder.path + "/data")
        // Nothing of the refused batches was stored.
        let run = try await server.http.get("\(RawHTTP.mlflow)/runs/get?run_id=\(names["<run>"] ?? "")").json
        #expect(run?["run"]?["data"]?["metrics"] == nil)
        #expect(run?["run"]?["data"]?["params"]?.array?.count == 1)
        let other = try await server.http.get("\(RawHTTP.mlflow)/runs/get?run_id=\(names["<other>"] ?? "")").text
        #expect(!other.contains(#""key":"k""#), "the run that no body named was changed: \(other)")
        #expect(try await server.http.get(RawHTTP.native + "/ledger/verify").json?["intact"]?.bool == true)
        #expect(try await server.terminate() == 0, "\(server.log)")
    }

    @Test func `nobody comes in by a default password, an empty one, a sign-up of their own or a side door`()
        async throws
    {
        let folder = try TemporaryFolder()
        let local = try await ServerProcess.start(in: folder)
        let made = try await local.http.post(RawHTTP.native + "/users", ["user": "alice"])
        let token = try #require(made.json?["token"]?.string, "\(made)")
        #expect(try await local.terminate() == 0, "\(local.log)")
        let server = try await ServerProcess.start(in: folder, ["--require-token"])
        for row in BadInputTable.guarded.map({ $0.filled(["<token>": token]) }) {
            let answer = try await server.http.send(row.method, row.path, row.payload, headers: row.headers)
            let fault = row.fault(in: answer)
            #expect(fault == nil, "\(row): \(answer) \(fault ?? "")")
        }
        var known = server.http
        known.token = token
        let users = try await known.get(RawHTTP.native + "/users")
        #expect(users.json?["users"]?.array?.count == 1, "\(users)")
        #expect(try await server.terminate() == 0, "\(server.log)")
    }

    @Test func `a page or a picture among the artifacts is a file to save, and its name cannot end a header`()
        async throws
    {
        try await withServer { server in
            let run = try await CrashTraffic.makeRun(server.http)
            let store = "/api/2.0/mlflow-artifacts/artifacts/0/\(run)/artifacts"
            for name in ["a.html", "a.svg", "a%22%3bb.txt", "%C3%A9.txt", "a'c.js", "x.XHTML"] {
                try await server.http.demand("PUT", "\(store)/\(name)", .bytes(Array("<script>1</script>".utf8)))
                for path in ["\(store)/\(name)", "/get-artifact?run_id=\(run)&path=\(name)"] {
                    let answer = try await server.http.get(path)
                    let disposition = answer.headers["content-disposition"] ?? ""
                    #expect(disposition.hasPrefix("attachment; filename=\""), "\(path): \(disposition)")
                    let quotes = disposition.filter { $0 == "\"" }.count
                    #expect(quotes == 2, "\(path): \(disposition)")
                    let isPlain = disposition.allSatisfy(\.isASCII)
                    #expect(isPlain, "\(path): \(disposition)")
                    #expect(disposition.contains("filename*=UTF-8''") || !name.contains("%"), "\(path): \(disposition)")
                    #expect(answer.headers["x-content-type-options"] == "nosniff")
                    #expect(!["text/html", "image/svg+xml", "text/javascript"].contains(answer.mediaType), "\(path)")
                }
            }
        }
    }

    @Test func `clients that are slow, that lie about lengths or that never end are let go, and others are served`()
        async throws
    {
        let server = try await ServerProcess.start(in: TemporaryFolder(), ["--idle-seconds", "2"])
        let batch =
            "POST \(RawHTTP.mlflow)/runs/log-batch HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            + "Content-Type: application/json\r\n"
        let upload = "PUT /api/2.0/mlflow-artifacts/artifacts/slow/x HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        let openings = [
            "", "GET", "GET /health HTTP/1.1\r\n", "GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: ", batch,
            batch + "Content-Length: 1000\r\n\r\n{\"run_id\"",
            batch + "Transfer-Encoding: chunked\r\n\r\n5\r\n{\"run\r\n",
            upload + "Content-Length: 1000\r\n\r\nonly this",
            upload + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
            "POST /nothing HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100000000\r\nConnection: close\r\n\r\nx",
        ]
        let port = server.port
        try await withThrowingTaskGroup(of: Void.self) { group in
            for opening in openings {
                for trickle in [false, true] where !trickle || opening.contains("X-A") {
                    group.addTask {
                        let isClosed = try await blocking {
                            try LoopbackSocket(port: port).waitsForTheEnd(after: opening, trickle: trickle)
                        }
                        #expect(isClosed, "'\(opening.suffix(60))' holds its connection")
                    }
                }
            }
            for _ in 0..<20 { #expect(try await server.isHealthy()) }
            try await group.waitForAll()
        }
        let store = "/api/2.0/mlflow-artifacts/artifacts"
        #expect(try await server.http.get("\(store)?path=slow").text == "{}")
        // Two lengths, a length that is none, and a body longer than its length.
        for fields in [
            "Content-Length: 2\r\nContent-Length: 3\r\n", "Content-Length: -1\r\n", "Content-Length: x\r\n",
            "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n",
        ] {
            let answer = try await blocking { try LoopbackSocket(port: port).answer(to: batch + fields + "\r\n{}") }
            #expect(answer == 400 || answer == nil, "\(fields): \(answer ?? 0)")
        }
        #expect(try await server.isHealthy())
        #expect(try await server.terminate() == 0, "\(server.log)")
    }

    @Test func `a client that sends all of a refused body before it reads the answer gets the answer`() async throws {
        let folder = try TemporaryFolder()
        let local = try await ServerProcess.start(in: folder)
        try await local.http.demand("POST", RawHTTP.native + "/users", RawHTTP.json(["user": "alice"]))
        #expect(try await local.terminate() == 0)
        for arguments in [[], ["--require-token"]] {
            let server = try await ServerProcess.start(in: folder, arguments)
            let port = server.port
            for (path, status) in [
                ("/runs/log-batch", arguments.isEmpty ? 413 : 401), ("/no/such/call", arguments.isEmpty ? 404 : 401),
            ] {
                let size = 40 << 20
                let head =
                    "POST \(RawHTTP.mlflow)\(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
                    + "Content-Type: application/json\r\nContent-Length: \(size)\r\n\r\n"
                let answer = try await blocking {
                    let socket = try LoopbackSocket(port: port)
                    try socket.write(Array(head.utf8))
                    let piece = [UInt8](repeating: UInt8(ascii: " "), count: 1 << 20)
                    for _ in 0..<(size >> 20) { try socket.write(piece) }
                    return try socket.readAnswer()
                }
                #expect(answer.status == status, "\(path)")
                #expect(String(decoding: answer.body, as: UTF8.self).contains("error_code"))
            }
            #expect(try await server.terminate() == 0, "\(server.log)")
        }
    }

    // MARK: The stage

    private static func prepare(_ http: RawHTTP, _ folder: TemporaryFolder, _ canary: Int) async throws -> [String:
        String]
    {
        func post(_ call: String, _ body: JSONValue) async throws -> JSONValue {
            let answer = try await http.post(RawHTTP.mlflow + "/" + call, body)
            guard answer.isSuccess, let json = answer.json else { throw SystemTestError("\(call): \(answer)") }
            return json
        }
        _ = try await post("experiments/create", ["name": "one"])
        var runs: [String] = []
        for _ in 0..<2 {
            let made = try await post("runs/create", ["experiment_id": "1", "start_time": 1])
            runs.append(made["run"]?["info"]?["run_id"]?.string ?? "")
        }
        let store = "/api/2.0/mlflow-artifacts/artifacts/1/\(runs[0])/artifacts"
        try await http.demand("PUT", store + "/kept.txt", .bytes(Array("kept".utf8)))
        try await http.demand("PUT", store + "/page.html", .bytes(Array("<script>alert(1)</script>".utf8)))
        try await http.demand("PUT", store + "/model.pkl", .bytes(pickle(folder.path)))
        let inside = "\(folder.path)/data/artifacts/1/\(runs[0])/artifacts"
        try FileManager.default.createSymbolicLink(
            atPath: inside + "/link",
            withDestinationPath: folder.path + "/secret"
        )
        try FileManager.default.createSymbolicLink(atPath: inside + "/folder", withDestinationPath: folder.path)
        let other = try await post("runs/create", ["experiment_id": "0"])
        let long = String(repeating: "a", count: 6000)
        for run in [runs[0], other["run"]?["info"]?["run_id"]?.string ?? ""] {
            _ = try await post("runs/log-parameter", ["run_id": .string(run), "key": "aaa", "value": .string(long)])
        }
        for name in ["good", "bad"] { _ = try await post("registered-models/create", ["name": .string(name)]) }
        _ = try await post(
            "model-versions/create",
            ["name": "good", "source": .string("mlflow-artifacts:/1/\(runs[0])/artifacts"), "run_id": .string(runs[0])]
        )
        let model = try await post("logged-models", ["experiment_id": "1", "name": "lm"])
        let trace: JSONValue = [
            "trace_id": "tr-0123456789abcdef0123456789abcdef", "request_time": "2026-01-01T00:00:00Z", "state": "OK",
            "trace_location": ["type": "MLFLOW_EXPERIMENT", "mlflow_experiment": ["experiment_id": "1"]],
            "tags": ["long": .string(long)],
        ]
        let stored = try await http.post("/api/3.0/mlflow/traces", ["trace": ["trace_info": trace]])
        guard stored.isSuccess else { throw SystemTestError("traces: \(stored)") }
        let hook = try await post(
            "webhooks",
            [
                "name": "far", "url": "https://93.184.216.34/", "status": "DISABLED",
                "events": [["entity": "MODEL_VERSION", "action": "CREATED"]],
            ]
        )
        var names: [String: String] = [:]
        for (index, location) in BadInputTable.farLocations.enumerated() {
            let location = location.replacing("<canary>", with: String(canary))
            let far = try await post(
                "experiments/create",
                ["name": .string("far \(index)"), "artifact_location": .string(location)]
            )
            let run = try await post("runs/create", ["experiment_id": far["experiment_id"] ?? .null])
            names["<far\(index)>"] = run["run"]?["info"]?["run_id"]?.string
        }
        let fixed = [
            "<run>": runs[0], "<other>": runs[1], "<folder>": folder.path, "<canary>": String(canary),
            "<model>": model["model"]?["info"]?["model_id"]?.string ?? "",
            "<trace>": trace["trace_id"]?.string ?? "", "<hook>": hook["webhook"]?["webhook_id"]?.string ?? "",
        ]
        return names.merging(fixed) { $1 }
    }

    /// All files but those that the database writes by itself.
    private static func files(in folder: TemporaryFolder) -> [String] {
        folder.contents().filter { !$0.contains("slipway.sqlite") }
    }

    /// B5.37: nobody else on the machine may read the server's files.
    private static func expectModes(_ folder: String) throws {
        var paths = [folder]
        for case let path as String in FileManager.default.enumerator(atPath: folder)?.allObjects ?? [] {
            paths.append(folder + "/" + path)
        }
        #expect(paths.count > 5)
        for path in paths {
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            guard attributes[.type] as? FileAttributeType != .typeSymbolicLink else { continue }
            let mode = (attributes[.posixPermissions] as? NSNumber)?.intValue ?? 0
            #expect(mode & 0o077 == 0, "\(path) has the mode \(String(mode, radix: 8))")
        }
    }
}
