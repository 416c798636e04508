import Foundation
import SlipwayDomain
import SlipwayMLflow
import SlipwayService
import Testing

/// Artifacts over a real socket, with paths exactly as they are written here.
@Suite struct ArtifactSocketTests {
    private static let root = "/api/2.0/mlflow-artifacts/artifacts/"

    /// Ways out of the store; each stands behind the root above.
    private static let tricks = [
        "../secret.txt", "../../secret.txt", "..", ".%2e/secret.txt", "%2e%2e/%2e%2e/secret.txt", "%2E%2E/secret.txt",
        "..%2f..%2fsecret.txt", "%252e%252e/%252e%252e/secret.txt", "%252E%252E%252Fsecret.txt",
        "%25252e%25252e%25252fsecret.txt", "a/../../../secret.txt", "a/%2e%2e/%2e%2e/%2e%2e/secret.txt",
        "/etc/passwd", "//etc/passwd", "///etc/passwd", "%2fetc%2fpasswd", "%252fetc%252fpasswd",
        "a;/../../secret.txt", "a;%2e%2e/..;/secret.txt", "..;/secret.txt", "%2e%2e;x=1/secret.txt",
        "a%00b", "%00", "a%0d%0aX-Evil:%201", "a%0ab", "a%7fb", "..%5csecret.txt", "..%255csecret.txt", "a%5c..%5cb",
        "C:%5cwindows", "C:/windows", "c:", "file:///etc/passwd", "file:%2f%2f%2fetc%2fpasswd", "FILE:/etc/passwd",
        "http://127.0.0.1/x", "a%23b", "a%2523b", "%c0%ae%c0%ae/secret.txt", "%ff", "%", "a%zz", "a%2", ".", "./.",
        ".slipway-work/x", String(repeating: "a", count: 300), String(repeating: "b/", count: 2500) + "c",
    ]

    @Test("No path leads out of the store, by reading, writing, listing or deleting, and each is answered with 400")
    func traversal() async throws {
        let server = try await RegistryServer()
        try await server.serving { client in
            let run = try await server.makeRun(client)
            _ = try await client.send("PUT \(Self.root)keep.txt", body: Array("kept".utf8))
            let before = server.tree()
            for trick in Self.tricks {
                for root in [Self.root, "/ajax-api/2.0/mlflow-artifacts/artifacts/"] {
                    for method in ["GET", "PUT", "DELETE"] {
                        let answer = try await client.send("\(method) \(root)\(trick)", body: Array("evil".utf8))
                        #expect(answer.status == 400, "\(method) \(trick): \(answer.text.prefix(200))")
                        #expect(answer.errorCode != nil, "\(method) \(trick)")
                        #expect(!answer.text.contains(RegistryServer.secret))
                        #expect(answer.headers["x-evil"] == nil)
                    }
                }
                try await Self.checkOtherCalls(trick, run: run, client)
            }
            #expect(server.tree() == before)
            #expect(try server.leftovers().isEmpty)
            #expect(try server.outsideIsUntouched())
        }
    }

    /// The same path in the calls that have it in the query or in the body. `.` alone is a folder there, and fine.
    private static func checkOtherCalls(_ trick: String, run: String, _ client: RawClient) async throws {
        let lists = [
            "GET /api/2.0/mlflow-artifacts/artifacts?path=\(trick)",
            "GET /api/2.0/mlflow/artifacts/list?run_id=\(run)&path=\(trick)",
        ]
        let files = [
            "GET /get-artifact?run_id=\(run)&path=\(trick)", "GET /get-artifact?run_uuid=\(run)&path=\(trick)",
            "POST /ajax-api/2.0/mlflow/upload-artifact?run_uuid=\(run)&path=\(trick)",
        ]
        let isFolder = trick == "." || trick == "./."
        for line in isFolder ? files : lists + files where !(trick.hasPrefix(".slipway-work")) {
            let answer = try await client.send(line, body: line.hasPrefix("POST") ? [1] : nil)
            #expect(answer.status == 400, "\(line): \(answer.text.prefix(200))")
            #expect(answer.errorCode != nil)
        }
        guard !isFolder, !trick.hasPrefix(".slipway-work"), !["%", "a%zz", "a%2"].contains(trick) else { return }
        for step in ["create", "complete", "abort"] {
            let answer = try await client.post("/api/2.0/mlflow-artifacts/mpu/\(step)/1/a", ["path": .string(trick)])
            #expect(answer.status == 400, "mpu/\(step) \(trick)")
        }
    }

    @Test("A link that somebody put into the store is not followed")
    func links() async throws {
        let server = try await RegistryServer()
        let inside = server.base + "/data/artifacts/link"
        try FileManager.default.createSymbolicLink(atPath: inside, withDestinationPath: server.base)
        try FileManager.default.createSymbolicLink(
            atPath: server.base + "/data/artifacts/file",
            withDestinationPath: server.base + "/secret.txt"
        )
        try await server.serving { client in
            for path in ["link/secret.txt", "file", "link"] {
                let answer = try await client.send("GET \(Self.root)\(path)")
                #expect(answer.status == 400)
                #expect(!answer.text.contains(RegistryServer.secret))
            }
            #expect(try await client.send("PUT \(Self.root)link/new.txt", body: [1]).status == 400)
            #expect(try await client.send("DELETE \(Self.root)link/secret.txt").status == 400)
            #expect(try await client.send("GET /api/2.0/mlflow-artifacts/artifacts?path=link").status == 400)
            #expect(try await client.send("DELETE \(Self.root)link").status == 200)
            #expect(try server.outsideIsUntouched())
        }
    }

    @Test("A large file goes both ways whole, with a length and in chunks")
    func largeFiles() async throws {
        let server = try await RegistryServer()
        try await server.serving { client in
            let bytes = (0..<5_000_001).map { UInt8(truncatingIfNeeded: $0 &* 17 &+ $0 >> 8) }
            #expect(try await client.send("PUT \(Self.root)1/run/big.onnx", body: bytes).status == 200)
            let answer = try await client.send("GET \(Self.root)1/run/big.onnx")
            #expect(answer.body == bytes)
            #expect(answer.headers["content-length"] == "5000001")
            let chunks = Array("5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n".utf8)
            let chunked = try await client.send(
                "PUT \(Self.root)c.txt",
                headers: ["Transfer-Encoding": "chunked"],
                body: chunks
            )
            #expect(chunked.status == 200)
            #expect(chunked.body.isEmpty)
            #expect(try await client.send("GET \(Self.root)c.txt").text == "hello world")
        }
    }

    @Test("An upload that breaks off stores nothing and leaves what was there")
    func brokenUploads() async throws {
        let server = try await RegistryServer()
        try await server.serving { client in
            _ = try await client.send("PUT \(Self.root)m.bin", body: Array("old".utf8))
            let start = "PUT \(Self.root)m.bin HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            let short = start + "Content-Length: 1000\r\n\r\nonly this"
            _ = try await client.exchange(Array(short.utf8), hangsUp: true)
            let open = start + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"
            _ = try await client.exchange(Array(open.utf8), hangsUp: true)
            #expect(try await client.send("GET \(Self.root)m.bin").text == "old")
            #expect(server.tree() == ["m.bin"])
            #expect(try server.leftovers().isEmpty)
        }
    }

    @Test("No artifact is shown as a page of the server, whatever its name")
    func labels() async throws {
        let server = try await RegistryServer()
        try await server.serving { client in
            let script = Array("<script>alert(1)</script>".utf8)
            let cases = [
                ("a.html", "text/plain", #"attachment; filename="a.html""#),
                ("a.SVG", "text/plain", #"attachment; filename="a.SVG""#),
                ("a.xhtml", "text/plain", #"attachment; filename="a.xhtml""#),
                ("MLmodel", "text/plain", #"attachment; filename="MLmodel""#),
                ("roc.png", "image/png", #"attachment; filename="roc.png""#),
                ("model.onnx", "application/octet-stream", #"attachment; filename="model.onnx""#),
                ("page", "application/octet-stream", #"attachment; filename="page""#),
                ("%C3%A9%20b.txt", "text/plain", #"attachment; filename="_ b.txt"; filename*=UTF-8''%C3%A9%20b.txt"#),
                ("a%22%3b.txt", "text/plain", #"attachment; filename="a__.txt"; filename*=UTF-8''a%22%3B.txt"#),
                ("100%25.txt", "text/plain", #"attachment; filename="100_.txt"; filename*=UTF-8''100%25.txt"#),
            ]
            for (name, type, disposition) in cases {
                #expect(try await client.send("PUT \(Self.root)x/\(name)", body: script).status == 200)
                let answer = try await client.send("GET \(Self.root)x/\(name)")
                #expect(answer.body == script)
                #expect(answer.headers["content-type"] == type, "\(name)")
                #expect(answer.headers["content-disposition"] == disposition)
                #expect(answer.headers["x-content-type-options"] == "nosniff")
                #expect(answer.headers["content-security-policy"]?.contains("sandbox") == true)
            }
        }
    }

    @Test("What a page may upload at once is limited, and nothing of more is kept")
    func pageUploads() async throws {
        let server = try await RegistryServer()
        try await server.serving { client in
            let run = try await server.makeRun(client)
            let line = "POST /ajax-api/2.0/mlflow/upload-artifact?run_uuid=\(run)&path=notes/n.txt"
            #expect(try await client.send(line, body: Array("hello".utf8)).status == 200)
            #expect(try await client.send("GET /get-artifact?run_id=\(run)&path=notes/n.txt").text == "hello")
            let big = [UInt8](repeating: 1, count: 11 << 20)
            let answer = try await client.send(line.replacing("n.txt", with: "big"), body: big)
            #expect(answer.status == 413)
            #expect(server.tree().filter { $0.hasSuffix("big") }.isEmpty)
            #expect(try server.leftovers().isEmpty)
            #expect(try await client.send("GET /get-artifact?run_id=none&path=a").status == 404)
            #expect(try await client.send("GET /get-artifact?path=a").status == 400)
        }
    }
}
