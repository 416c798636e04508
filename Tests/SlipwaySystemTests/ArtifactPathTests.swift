import Foundation
import SlipwayDomain
import Testing

@Suite struct ArtifactPathTests {
    /// Ways out of the artifact folder, as they stand in a URL. From `<data>/artifacts`, `../../` is the test's folder.
    private static let waysOut = [
        "../../secret", "../../../../../../etc/passwd", "a/../../../secret", "a/b/../../../../secret", "..", "../",
        "%2e%2e/%2e%2e/secret", "%2E%2E/%2E%2E/secret", "..%2f..%2fsecret", "%2e%2e%2f%2e%2e%2fsecret",
        "%252e%252e/%252e%252e/secret", "%252e%252e%252f%252e%252e%252fsecret", "%25252e%25252e%25252fsecret",
        "..%5c..%5csecret", "..\\..\\secret", "a\\..\\..\\secret", "%5c%5chost%5cshare", "C:%5csecret", "c:/secret",
        "/etc/passwd", "//etc/passwd", "%2fetc%2fpasswd", "%252fetc%252fpasswd", "file:///etc/passwd",
        "file%3A///etc/passwd", "http://127.0.0.1/x", "x%00y", "%00", "../../secret%00.png", "a%0ab", "a%0d%0aX: y",
        "a;/../../secret", "..;/..;/secret", "%c0%ae%c0%ae/secret", "%ff%fe/secret", "%2e%2e%3b/secret",
        "..%2F%CC%81x%D8%80%2F../secret", "..%2F%CC%81x/f", "..%D8%80%2F../secret",
    ]

    @Test func `no artifact path leaves the artifact folder, for reading, writing, listing or deleting`() async throws {
        let folder = try TemporaryFolder()
        let secret = "the secret \(UUID().uuidString)"
        try secret.write(toFile: folder.path + "/secret", atomically: true, encoding: .utf8)
        let server = try await ServerProcess.start(in: folder)
        try await server.http.makeTinyModel()
        let run = try await CrashTraffic.makeRun(server.http)
        let before = Self.files(in: folder)
        for path in Self.waysOut {
            for call in Self.calls(path, run: run) {
                let answer = try await server.http.send(call.method, call.path, call.payload)
                #expect((400..<500).contains(answer.status), "\(call.method) \(call.path): \(answer)")
                #expect(Door.mlflow.isError(answer), "\(call.method) \(call.path): \(answer)")
                for leak in [secret, "root:", "ledger.key"] {
                    #expect(!answer.text.contains(leak), "\(call.method) \(call.path) tells \(leak)")
                }
            }
            // Registering such a source must not open what it names either.
            // (`mlflow-artifacts:///etc/passwd` is a file `etc/passwd` of the store, so such paths say nothing here.)
            for scheme in ["mlflow-artifacts:/", "file:///", "runs:/\(run)/", "models:/"] where !path.hasPrefix("/") {
                let answer = try await server.http.post(
                    RawHTTP.mlflow + "/model-versions/create",
                    ["name": "tiny", "source": .string(scheme + path)]
                )
                #expect(answer.status < 500 && !answer.text.contains(secret), "\(scheme)\(path): \(answer)")
                #expect(answer.status >= 400, "\(scheme)\(path): \(answer)")
            }
        }
        #expect(Self.files(in: folder) == before, "something was written or removed")
        #expect(try String(contentsOfFile: folder.path + "/secret", encoding: .utf8) == secret)
        #expect(try await server.isHealthy())
        #expect(try await server.terminate() == 0, "\(server.log)")
    }

    @Test func `a symbolic link in the artifact folder leads nowhere`() async throws {
        let folder = try TemporaryFolder()
        let secret = "the secret \(UUID().uuidString)"
        try secret.write(toFile: folder.path + "/secret", atomically: true, encoding: .utf8)
        try FileManager.default.createDirectory(atPath: folder.path + "/outside", withIntermediateDirectories: true)
        let server = try await ServerProcess.start(in: folder)
        let artifacts = folder.path + "/data/artifacts"
        let store = "/api/2.0/mlflow-artifacts/artifacts"
        try await server.http.demand("PUT", store + "/kept/file", .bytes([1, 2, 3]))
        try FileManager.default.createSymbolicLink(
            atPath: artifacts + "/kept/file-link",
            withDestinationPath: folder.path + "/secret"
        )
        try FileManager.default.createSymbolicLink(
            atPath: artifacts + "/kept/folder-link",
            withDestinationPath: folder.path
        )
        for path in ["/kept/file-link", "/kept/folder-link/secret"] {
            let read = try await server.http.get(store + path)
            #expect((400..<500).contains(read.status) && !read.text.contains(secret), "\(path): \(read)")
        }
        for path in ["/kept/folder-link/new", "/kept/folder-link/outside/new"] {
            let written = try await server.http.send("PUT", store + path, .bytes([9]))
            #expect((400..<500).contains(written.status), "\(path): \(written)")
        }
        _ = try await server.http.send("PUT", store + "/kept/file-link", .bytes([9]))
        _ = try await server.http.send("DELETE", store + "/kept/folder-link")
        _ = try await server.http.send("DELETE", store + "/kept")
        #expect(try String(contentsOfFile: folder.path + "/secret", encoding: .utf8) == secret)
        #expect(FileManager.default.fileExists(atPath: folder.path + "/outside"))
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/new"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path + "/outside").isEmpty)
        #expect(try await server.terminate() == 0, "\(server.log)")
    }

    private struct Call {
        let method: String
        let path: String
        var payload = Payload.none
    }

    private static func calls(_ path: String, run: String) -> [Call] {
        let store = "/api/2.0/mlflow-artifacts/artifacts"
        // A URL's path and query hold no such bytes as they are; everything else goes out as it stands.
        let raw = path.replacingOccurrences(of: "\\", with: "%5c").replacingOccurrences(of: " ", with: "%20")
        let query = raw.replacingOccurrences(of: ";", with: "%3b")
        return [
            Call(method: "GET", path: "\(store)/\(raw)"), Call(method: "DELETE", path: "\(store)/\(raw)"),
            Call(method: "PUT", path: "\(store)/\(raw)", payload: .bytes(Array("stolen".utf8))),
            Call(method: "GET", path: "\(store)?path=\(query)"),
            Call(method: "GET", path: "/api/2.0/mlflow/artifacts/list?run_id=\(run)&path=\(query)"),
            Call(method: "GET", path: "/get-artifact?run_id=\(run)&path=\(query)"),
            Call(method: "GET", path: "/model-versions/get-artifact?name=tiny&version=1&path=\(query)"),
            Call(
                method: "POST",
                path: "/ajax-api/2.0/mlflow/upload-artifact?run_id=\(run)&path=\(query)",
                payload: .bytes(Array("stolen".utf8))
            ),
        ]
    }

    /// All files but those that the database writes by itself.
    private static func files(in folder: TemporaryFolder) -> [String] {
        folder.contents().filter { !$0.contains("slipway.sqlite") }
    }
}
