import Foundation
import SlipwayDomain
import Testing

@Suite struct BadBodyTests {
    private static let drill = ["--clock", "2026-01-01T00:00:00Z,1000"]

    @Test func `malformed JSON of over 40 kinds is 400 in each door's own words`() async throws {
        #expect(MalformedJSON.all.count >= 40)
        try await withServer(Self.drill) { server in
            try await server.http.makeTinyModel()
            try await server.http.serveFirstVersion()
            for place in JSONPlace.all {
                for (kind, bytes) in MalformedJSON.all {
                    let answer = try await server.http.send(
                        place.method,
                        place.path,
                        .bytes(bytes),
                        headers: ["Content-Type": "application/json"]
                    )
                    #expect(answer.status == 400 && place.door.isError(answer), "\(place), \(kind): \(answer)")
                }
                #expect(try await server.isHealthy(), "after \(place)")
            }
            #expect(try await server.http.post("/v2/models/tiny/infer", TinyModel.question).status == 200)
            #expect(try await server.http.get(RawHTTP.native + "/ledger/verify").json?["intact"]?.bool == true)
        }
    }

    @Test func `bodies of 100 MB are refused at once, announced or endless`() async throws {
        try await withServer(Self.drill) { server in
            try await server.http.makeTinyModel()
            try await server.http.serveFirstVersion()
            let places = JSONPlace.all + [JSONPlace(door: .native, path: RawHTTP.native + "/manifests")]
            let start = Array(#"{"inputs": [""#.utf8) + [UInt8](repeating: UInt8(ascii: "a"), count: 988)
            let chunk = [UInt8](repeating: UInt8(ascii: " "), count: 1 << 18)
            for place in places {
                for payload in [Payload.announced(100 << 20, start), .chunks(chunk, upTo: 100 << 20)] {
                    let answer = try await server.http.send(
                        place.method,
                        place.path,
                        payload,
                        headers: ["Content-Type": "application/json"]
                    )
                    #expect([400, 413].contains(answer.status) && place.door.isError(answer), "\(place): \(answer)")
                    #expect(answer.seconds < 10, "\(place) took \(answer.seconds) s")
                }
                #expect(try await server.isHealthy(), "after \(place)")
            }
        }
    }

    @Test func `other content types, other hosts and other sites are refused`() async throws {
        try await withServer(Self.drill) { server in
            try await server.http.makeTinyModel()
            try await server.http.serveFirstVersion()
            let local = "127.0.0.1:\(server.port)"
            for place in JSONPlace.all {
                for type in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"] {
                    let answer = try await server.http.send(
                        place.method,
                        place.path,
                        .bytes(Array("{}".utf8)),
                        headers: ["Content-Type": type]
                    )
                    #expect([400, 415].contains(answer.status) && place.door.isError(answer), "\(place): \(answer)")
                }
                for host in ["evil.example", "evil.example:\(server.port)", "127.0.0.1.evil.example", "localhost.evil"]
                {
                    let answer = try await server.http.send(
                        place.method,
                        place.path,
                        .bytes(Array("{}".utf8)),
                        headers: ["Content-Type": "application/json", "Host": host]
                    )
                    #expect(answer.status == 403 && place.door.isError(answer), "\(place), \(host): \(answer)")
                }
                for origin in ["http://evil.example", "https://127.0.0.1.evil.example", "null"] {
                    let answer = try await server.http.send(
                        place.method,
                        place.path,
                        .bytes(Array("{}".utf8)),
                        headers: ["Content-Type": "application/json", "Origin": origin]
                    )
                    #expect(answer.status == 403 && place.door.isError(answer), "\(place), \(origin): \(answer)")
                    let preflight = try await server.http.send(
                        "OPTIONS",
                        place.path,
                        headers: ["Origin": origin, "Access-Control-Request-Method": place.method]
                    )
                    #expect(preflight.status == 400 && place.door.isError(preflight), "\(place): \(preflight)")
                    #expect(preflight.headers["access-control-allow-origin"] == nil, "\(place): \(preflight)")
                }
            }
            for (path, door) in [("/", Door.console), ("/v2", .inference), (RawHTTP.native + "/models", .native)] {
                let foreign = try await server.http.send("GET", path, headers: ["Host": "evil.example"])
                #expect(foreign.status == 403 && door.isError(foreign), "\(path): \(foreign)")
                let own = try await server.http.send("GET", path, headers: ["Host": "localhost:\(server.port)"])
                #expect(own.status == 200, "\(path): \(own)")
            }
            let own = try await server.http.send(
                "POST",
                "/v2/models/tiny/infer",
                try RawHTTP.json(TinyModel.question),
                headers: ["Content-Type": "application/json", "Origin": "http://\(local)"]
            )
            #expect(own.status == 200, "\(own)")
        }
    }

    @Test func `unknown paths and methods are answered in the door's own words`() async throws {
        try await withServer { server in
            let paths: [(String, Door)] = [
                ("/api/2.0/mlflow/no/such", .mlflow), ("/ajax-api/9.9/x", .mlflow), ("/v2/no/such", .inference),
                (RawHTTP.native + "/no/such", .native), ("/no/such", .console),
            ]
            for (path, door) in paths {
                for method in ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"] {
                    let answer = try await server.http.send(method, path)
                    #expect([404, 405].contains(answer.status) && door.isError(answer), "\(method) \(path): \(answer)")
                }
            }
            #expect(try await server.isHealthy())
        }
    }
}
