import Foundation
import SlipwayDomain
import Testing

/// What a data folder and a clock allow.
@Suite struct FolderTests {
    private static let drill = ["--clock", "2026-01-01T00:00:00Z,1000"]

    /// Runs `slipway up` that must refuse, and gives what it says.
    private func refusal(_ data: String, _ arguments: [String] = []) async throws -> String {
        let child = try ChildProcess(try Checkout.binary(), ["up", "--data", data, "--port", "0"] + arguments)
        #expect(try await child.exitCode(within: 15) == 1, "\(child.errors)")
        #expect(!child.errors.contains("listens on"))
        return child.errors
    }

    @Test func `a second server on a data folder refuses, names the folder, and the first goes on`() async throws {
        let folder = try TemporaryFolder()
        let data = folder.path + "/data"
        let first = try await ServerProcess.start(in: folder)
        try await first.http.makeTinyModel()
        let message = try await refusal(data)
        #expect(message.contains(data), "\(message)")
        #expect(message.split(separator: "\n").count <= 2, "one sentence is enough: \(message)")
        #expect(try await first.isHealthy())
        #expect(try await first.http.get(RawHTTP.native + "/ledger/verify").json?["intact"]?.bool == true)
        #expect(try await first.terminate() == 0, "\(first.log)")
        let next = try await ServerProcess.start(in: folder)
        #expect(try await next.http.get(RawHTTP.native + "/models").json?["models"] == ["tiny"])
        #expect(try await next.terminate() == 0, "\(next.log)")
    }

    @Test func `a drill and production never share a folder`() async throws {
        let folder = try TemporaryFolder()
        let (real, drill) = ("real", "drill")
        let first = try await ServerProcess.start(in: folder, data: real)
        #expect(try await first.terminate() == 0)
        let started = try await ServerProcess.start(in: folder, data: drill, Self.drill)
        #expect(try await started.http.get(RawHTTP.native + "/clock").json?["drill"]?["rate"]?.number == 1000)
        let entries = try await started.http.get(RawHTTP.native + "/ledger/entries").json?["entries"]?.array
        #expect(entries?.first?["type"]?.string == "dev.slipway.server.started")
        #expect(entries?.first?["data"]?["clock"]?["start"]?.string == "2026-01-01T00:00:00.000Z")
        #expect(try await started.terminate() == 0)
        let mixed = try await refusal(folder.path + "/" + real, Self.drill)
        #expect(mixed.contains("--clock") && mixed.contains("--data"), "\(mixed)")
        let unmarked = try await refusal(folder.path + "/" + drill)
        #expect(unmarked.contains("drill") && unmarked.contains("--clock"), "\(unmarked)")
        for data in [real, drill] {
            let again = try await ServerProcess.start(in: folder, data: data, data == drill ? Self.drill : [])
            #expect(try await again.http.get(RawHTTP.native + "/ledger/verify").json?["intact"]?.bool == true)
            #expect(try await again.terminate() == 0)
        }
    }

    @Test func `beyond loopback nobody comes in without a token`() async throws {
        let folder = try TemporaryFolder()
        let data = folder.path + "/data"
        let everywhere = ["--host", "0.0.0.0"]
        let message = try await refusal(data, everywhere)
        #expect(message.contains("slipway user create"), "\(message)")

        let local = try await ServerProcess.start(in: folder)
        let made = try await local.http.post(RawHTTP.native + "/users", ["user": "alice"])
        let token = try #require(made.json?["token"]?.string, "\(made)")
        #expect(try await local.terminate() == 0)

        let server = try await ServerProcess.start(in: folder, everywhere)
        var known = server.http
        known.token = token
        var unknown = server.http
        unknown.token = "0123456789ab." + String(repeating: "0", count: 64)
        for path in ["/health", "/version", "/v2/health/live", "/v2/health/ready"] {
            #expect(try await server.http.get(path).status == 200, "\(path) is open")
            #expect(try await known.get(path).status == 200, "\(path) with a token")
        }
        for call in Self.oneCallPerDoor {
            for visitor in [server.http, unknown] {
                let refused = try await visitor.send(call.method, call.path, call.payload, headers: call.headers)
                #expect(refused.status == 401, "\(call.path): \(refused)")
                #expect(refused.headers["www-authenticate"] != nil, "\(call.path)")
                #expect(call.door.isError(refused), "\(call.path): \(refused)")
            }
            let answer = try await known.send(call.method, call.path, call.payload, headers: call.headers)
            #expect(answer.status == 200, "\(call.path): \(answer)")
        }
        #expect(try await server.terminate() == 0)
    }

    private struct Call {
        let door: Door
        let method: String
        let path: String
        var payload = Payload.none
        var headers: [String: String] = [:]
    }

    private static let oneCallPerDoor = [
        Call(door: .mlflow, method: "GET", path: "/api/3.0/mlflow/server-info"),
        Call(
            door: .mlflow,
            method: "POST",
            path: "/api/2.0/mlflow/experiments/search",
            payload: .bytes(Array(#"{"max_results": 10}"#.utf8)),
            headers: ["Content-Type": "application/json"]
        ),
        Call(door: .mlflow, method: "GET", path: "/ajax-api/2.0/mlflow/registered-models/search"),
        Call(door: .mlflow, method: "GET", path: "/api/2.0/mlflow-artifacts/artifacts?path="),
        Call(door: .mlflow, method: "PUT", path: "/api/2.0/mlflow-artifacts/artifacts/x/y", payload: .bytes([1])),
        Call(door: .inference, method: "GET", path: "/v2"),
        Call(door: .native, method: "GET", path: "/api/slipway/v1/models"),
        Call(door: .native, method: "GET", path: "/api/slipway/v1/users"),
        Call(door: .native, method: "GET", path: "/api/slipway/v1/clock"),
        Call(door: .native, method: "GET", path: "/api/slipway/v1/incidents"),
        Call(door: .native, method: "GET", path: "/api/slipway/v1/scorecard"),
        Call(door: .native, method: "GET", path: "/api/slipway/v1/ledger/verify"),
        Call(door: .native, method: "GET", path: "/api/slipway/v1/ledger/entries"),
        Call(door: .console, method: "GET", path: "/"),
    ]
}
