import Foundation
import SlipwayDomain
import SlipwayObjects
import SlipwayService
import Testing

/// Uploads in parts over a real socket, as MLflow's client makes them.
@Suite struct MultipartTests {
    private static let root = "/api/2.0/mlflow-artifacts"
    private static let folder = "1/run/artifacts"

    private static func create(_ client: RawClient, _ name: String, parts: Int) async throws -> JSONValue {
        let answer = try await client.post(
            "\(root)/mpu/create/\(folder)",
            ["path": .string("/home/ada/\(name)"), "num_parts": .integer(Int64(parts))]
        )
        try #require(answer.status == 200, "\(answer.text)")
        return answer.json
    }

    private static func urls(_ upload: JSONValue) -> [String] {
        (upload["credentials"]?.array ?? []).compactMap { $0["url"]?.string }
    }

    /// Sends a part to the address that the server gave, and returns its tag.
    private static func put(_ client: RawClient, _ url: String, _ text: String) async throws -> String {
        let path = try #require(url.split(separator: "/", maxSplits: 2).last.map { "/" + $0 })
        let answer = try await client.send("PUT \(path)", body: Array(text.utf8))
        #expect(answer.status == 200, "\(answer.text)")
        return answer.headers["etag"] ?? ""
    }

    private static func end(
        _ step: String,
        _ client: RawClient,
        _ name: String,
        _ upload: JSONValue,
        _ tags: [(Int, String)] = []
    ) async throws -> RawClient.Answer {
        let parts = tags.map { number, tag -> JSONValue in
            ["part_number": .integer(Int64(number)), "etag": .string(tag), "url": "ignored"]
        }
        return try await client.post(
            "\(root)/mpu/\(step)/\(folder)",
            ["path": .string("/home/ada/\(name)"), "upload_id": upload["upload_id"] ?? "", "parts": .array(parts)]
        )
    }

    private static func get(_ client: RawClient, _ name: String) async throws -> RawClient.Answer {
        try await client.send("GET \(root)/artifacts/\(folder)/\(name)")
    }

    @Test("The parts become one file, whatever the order in which they come; until then nothing is seen")
    func happy() async throws {
        let server = try await RegistryServer()
        try await server.serving { client in
            let upload = try await Self.create(client, "m.bin", parts: 3)
            let urls = Self.urls(upload)
            #expect(urls.count == 3)
            #expect(urls.allSatisfy { $0.hasPrefix("http://127.0.0.1:\(client.port)/") })
            #expect(upload["credentials"]?.array?.map { $0["part_number"]?.integer } == [1, 2, 3])
            var tags: [(Int, String)] = []
            for (number, text) in [(3, "!"), (1, "hello "), (2, "world")] {
                tags.append((number, try await Self.put(client, urls[number - 1], text)))
                #expect(try await Self.get(client, "m.bin").status == 404)
                #expect(server.tree().isEmpty)
            }
            #expect(try await Self.end("complete", client, "m.bin", upload, tags).status == 200)
            #expect(try await Self.get(client, "m.bin").text == "hello world!")
            // The answer may have been lost: asking again changes nothing, and neither does giving up too late.
            #expect(try await Self.end("complete", client, "m.bin", upload, tags).status == 200)
            #expect(try await Self.end("abort", client, "m.bin", upload).status == 200)
            #expect(try await Self.get(client, "m.bin").text == "hello world!")
            #expect(try await server.store.uploads().isEmpty)
            let late = try await client.send("PUT \(urls[0].dropFirst(7).drop { $0 != "/" })", body: [1])
            #expect(late.status == 409)
        }
    }

    @Test("A part that is missing, named twice or sent again under another tag stops the end, not the upload")
    func wrongParts() async throws {
        let server = try await RegistryServer()
        try await server.serving { client in
            let upload = try await Self.create(client, "m.bin", parts: 2)
            let urls = Self.urls(upload)
            let old = try await Self.put(client, urls[0], "old")
            let first = try await Self.put(client, urls[0], "new")
            let second = try await Self.put(client, urls[1], "2")
            for tags in [
                [], [(1, first)], [(2, second)], [(1, first), (1, first)], [(1, first), (2, second), (3, "a")],
                [(1, old), (2, second)], [(1, second), (2, first)], [(1, first), (2, "")], [(1, first), (2, "*")],
                [(1, first), (2, "../1." + first)], [(1, first), (-2, second)], [(0, first), (1, second)],
            ] {
                let answer = try await Self.end("complete", client, "m.bin", upload, tags)
                #expect(answer.status == 400, "\(tags): \(answer.text)")
                #expect(answer.errorCode == "INVALID_PARAMETER_VALUE")
                #expect(server.tree().isEmpty)
            }
            let bare = first.filter { $0 != "\"" }
            #expect(try await Self.end("complete", client, "m.bin", upload, [(1, bare), (2, second)]).status == 200)
            #expect(try await Self.get(client, "m.bin").text == "new2")
        }
    }

    @Test("An upload that is given up leaves nothing, and takes nothing any more")
    func abort() async throws {
        let server = try await RegistryServer()
        try await server.serving { client in
            let upload = try await Self.create(client, "m.bin", parts: 1)
            let url = Self.urls(upload)[0]
            let tag = try await Self.put(client, url, "x")
            #expect(try await Self.end("abort", client, "m.bin", upload).status == 200)
            #expect(try await Self.end("abort", client, "m.bin", upload).status == 200)
            #expect(try await client.send("PUT \(url.dropFirst(7).drop { $0 != "/" })", body: [1]).status == 404)
            #expect(try await Self.end("complete", client, "m.bin", upload, [(1, tag)]).status == 404)
            #expect(try await server.store.uploads().isEmpty)
            #expect(server.tree().isEmpty)
        }
    }

    @Test("Two uploads to one place do not mix, and of two ends at once each is answered well")
    func twoAtOnce() async throws {
        let server = try await RegistryServer()
        try await server.serving { client in
            let one = try await Self.create(client, "m.bin", parts: 1)
            let two = try await Self.create(client, "m.bin", parts: 1)
            let firstTag = try await Self.put(client, Self.urls(one)[0], "one")
            let secondTag = try await Self.put(client, Self.urls(two)[0], "two")
            #expect(try await Self.end("complete", client, "m.bin", one, [(1, secondTag)]).status == 400)
            async let left = Self.end("complete", client, "m.bin", one, [(1, firstTag)])
            async let right = Self.end("complete", client, "m.bin", one, [(1, firstTag)])
            #expect(try await [left.status, right.status] == [200, 200])
            #expect(try await Self.get(client, "m.bin").text == "one")
            #expect(try await Self.end("complete", client, "m.bin", two, [(1, secondTag)]).status == 200)
            #expect(try await Self.get(client, "m.bin").text == "two")
        }
    }

    @Test("The address of a part is good for its upload only, and whoever guesses is told nothing")
    func tokens() async throws {
        let server = try await RegistryServer()
        try await server.serving { client in
            let upload = try await Self.create(client, "m.bin", parts: 2)
            let url = Self.urls(upload)[0].split(separator: "/").map(String.init)
            let (id, token) = (url[url.count - 3], url[url.count - 2])
            #expect(id.count == 32 && token.count == 32 && id != token)
            for (path, status) in [
                ("\(id)/\(String(repeating: "0", count: 32))/1", 404), ("\(id)/x/1", 404), ("\(token)/\(id)/1", 404),
                ("\(id)/\(token)/3", 400), ("\(id)/\(token)/0", 400), ("\(id)/\(token)/x", 400),
                ("..%2f\(id)/\(token)/1", 404), ("%2e%2e/\(token)/1", 404),
            ] {
                let answer = try await client.send("PUT \(Self.root)/mpu/parts/\(path)", body: [1])
                #expect(answer.status == status, "\(path): \(answer.text)")
                #expect(answer.errorCode != nil)
            }
            #expect(try await Self.end("complete", client, "other.bin", upload).status == 404)
            #expect(try await Self.end("abort", client, "other.bin", upload).status == 404)
        }
    }

    @Test("Uploads in parts are limited in number, size and time", arguments: [-1, 0, 10_001, Int64.max])
    func limits(_ parts: Int64) async throws {
        let server = try await RegistryServer()
        let small = Artifacts(
            database: server.database,
            store: server.store,
            limits: ArtifactLimits(largest: 10)
        )
        await #expect(throws: ServiceError.self) {
            _ = try await small.beginUpload(caller: .anonymous, ArtifactPath("a"), parts: parts)
        }
        let upload = try await small.beginUpload(caller: .anonymous, ArtifactPath("a"), parts: 2)
        func send(_ number: Int64, _ count: Int) async throws -> ArtifactPart {
            var pieces = [[UInt8](repeating: 7, count: count)]
            let tag = try await small.writePart(
                caller: .anonymous,
                number,
                of: upload.id,
                token: upload.token,
                length: nil,
                pieces: { pieces.popLast() }
            )
            return ArtifactPart(number: number, tag: tag)
        }
        await #expect(throws: ServiceError.self) { _ = try await send(1, 11) }
        let sent = [try await send(1, 6), try await send(2, 5)]
        await #expect(throws: ServiceError.self) {
            try await small.completeUpload(caller: .anonymous, ArtifactPath("a"), upload: upload.id, parts: sent)
        }
        #expect(server.tree().isEmpty)
        // The day is not over, then it is.
        try await small.removeStaleUploads()
        #expect(try await server.store.uploads() == [upload.id])
        var later = Runtime.live()
        let now = later.now
        later.now = { Instant(milliseconds: now().milliseconds + 86_401_000) }
        try await Artifacts(database: server.database, store: server.store, runtime: later).removeStaleUploads()
        #expect(try await server.store.uploads().isEmpty)
    }

    /// Paths in the address, and the file's path on the client's machine, that lead nowhere good.
    private static let badFolders = [
        "..", "../..", "%2e%2e", "%252e%252e/x", "a/../../b", "/etc", "a%00b", "a%5cb", "a%23", "file:%2f%2f%2fetc",
        "C:%5cx", "a;/../../b", ".slipway-work", ".slipway-work/parts/x", "%ff", String(repeating: "a", count: 300),
    ]
    private static let badNames = [
        "../x", "a/../../x", "%2e%2e/x", "/tmp/%252e%252e/x", "..", "/", "", "a/", "/tmp/..", "a\u{0}b", "/tmp/a\nb",
        "a#b", "file:///etc/passwd", "/tmp/..;x/y", "%2fetc%2fpasswd", "..\\x", "C:\\a\\..\\b", "a%5cb", "C:", ".",
        String(repeating: "n", count: 300), String(repeating: "d/", count: 2500) + "x",
    ]
    private static let goodNames = [
        ("m.bin", "m.bin"), ("/home/ada/m.bin", "m.bin"), ("C:\\Users\\ada\\m.bin", "m.bin"), ("C:/x/m.bin", "m.bin"),
        ("\\\\server\\share\\m.bin", "m.bin"), ("/tmp/a b é.bin", "a b é.bin"), ("./m.bin", "m.bin"),
    ]

    @Test("No field of an upload in parts leads out of its folder")
    func traversal() async throws {
        let server = try await RegistryServer()
        try await server.serving { client in
            for step in ["create", "complete", "abort"] {
                for name in Self.badNames {
                    let body: JSONValue = [
                        "path": .string(name), "num_parts": 1, "upload_id": "x",
                        "parts": [["part_number": 1, "etag": "a"]],
                    ]
                    let answer = try await client.post("\(Self.root)/mpu/\(step)/1/a", body)
                    #expect(answer.status == 400, "\(step) \(name.prefix(50)): \(answer.text)")
                    #expect(answer.errorCode != nil)
                }
                for folder in Self.badFolders {
                    let body: JSONValue = [
                        "path": "m.bin", "num_parts": 1, "upload_id": "x", "parts": [["part_number": 1, "etag": "a"]],
                    ]
                    let answer = try await client.post("\(Self.root)/mpu/\(step)/\(folder)", body)
                    let isOwnFolder = folder.hasPrefix(".slipway") && step != "create"
                    #expect(
                        answer.status == 400 || isOwnFolder && answer.status < 500,
                        "\(step) \(folder): \(answer.text)"
                    )
                }
            }
            for (given, name) in Self.goodNames {
                let body: JSONValue = ["path": .string(given), "num_parts": 1]
                let upload = try await client.post("\(Self.root)/mpu/create/g", body).json
                let tag = try await Self.put(client, try #require(Self.urls(upload).first, "\(given)"), given)
                let end: JSONValue = [
                    "path": .string(given), "upload_id": upload["upload_id"] ?? "",
                    "parts": [["part_number": 1, "etag": .string(tag)]],
                ]
                #expect(try await client.post("\(Self.root)/mpu/complete/g", end).status == 200, "\(given)")
                #expect(server.tree() == ["g", "g/\(name)"], "\(given)")
                _ = try await client.send("DELETE \(Self.root)/artifacts/g")
            }
            #expect(try server.outsideIsUntouched())
        }
    }

    @Test("What says who uploads goes along with the parts' addresses")
    func authorization() async throws {
        let server = try await RegistryServer()
        try await server.serving { client in
            let body = try CanonicalJSON.bytes(of: ["path": "m.bin", "num_parts": 1])
            let answer = try await client.send(
                "POST \(Self.root)/mpu/create/1",
                headers: [
                    "Content-Type": "application/json", "Authorization": "Bearer abc", "X-Forwarded-Proto": "https",
                ],
                body: body
            )
            let credential = answer.json["credentials"]?.array?.first
            #expect(credential?["headers"] == ["Authorization": "Bearer abc"])
            #expect(credential?["url"]?.string?.hasPrefix("https://127.0.0.1:") == true)
        }
    }
}
