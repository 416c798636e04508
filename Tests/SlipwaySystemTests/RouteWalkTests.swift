import ArgumentParser
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import SlipwayDomain
import SlipwayWire
import Testing

@testable import slipway

@Suite struct RouteWalkTests {
    /// Every call that needs no credentials on a server that asks for them.
    private static let open: Set = [
        "GET /health", "GET /version", "GET /v2/health/live", "GET /v2/health/ready", "GET /favicon.ico",
    ]

    @Test func `every route of every door refuses a caller without credentials, however the call is written`()
        async throws
    {
        let routes = try await RouteTable.all()
        #expect(routes.count > 150)
        #expect(Set(routes.filter { $0.access == .open }.map(\.line)) == Self.open)
        let folder = try TemporaryFolder()
        let local = try await ServerProcess.start(in: folder)
        try await local.http.demand("POST", RawHTTP.native + "/users", RawHTTP.json(["user": "alice"]))
        #expect(try await local.terminate() == 0, "\(local.log)")
        let server = try await ServerProcess.start(in: folder, ["--require-token"])
        for route in routes {
            let isOpen = route.access == .open
            let plain = try await server.http.send(route.method, route.example)
            #expect(isOpen ? plain.isSuccess : plain.status == 401, "\(route.line): \(plain)")
            for call in Self.variants(of: route) where !isOpen || call.headers.isEmpty {
                let answer = try await server.http.send(call.method, call.path, call.payload, headers: call.headers)
                #expect(answer.status == 401, "\(call): \(answer)")
            }
            guard !isOpen else { continue }
            #expect(plain.headers["www-authenticate"]?.hasPrefix("Basic ") == true, "\(route.line)")
            // An answer to HEAD has no body to say it in.
            guard route.isMLflow, route.method != "HEAD" else { continue }
            #expect(Door.mlflow.isError(plain), "\(route.line): \(plain)")
        }
        #expect(try await server.isHealthy())
        #expect(try await server.terminate() == 0, "\(server.log)")
    }

    private struct Call {
        let method: String
        let path: String
        var headers: [String: String] = [:]
        var payload = Payload.none
    }

    private static func variants(of route: RouteTable.Line) -> [Call] {
        let (method, path) = (route.method, route.example)
        let form = Payload.bytes(Array("a=b".utf8))
        return [
            Call(method: "OPTIONS", path: path), Call(method: "PUT", path: path + "/"),
            Call(method: method, path: path + "/"), Call(method: method, path: "/" + path),
            Call(method: method, path: path.replacing("/", with: "//")), Call(method: method, path: path.uppercased()),
            Call(method: method, path: path + "/.."), Call(method: method, path: path + ";x=y"),
            Call(method: "HEAD", path: path, headers: ["X-HTTP-Method-Override": method]),
            Call(method: "GET", path: path, headers: ["X-HTTP-Method-Override": method]),
            Call(method: "POST", path: path, headers: ["X-HTTP-Method-Override": method], payload: form),
            Call(method: method, path: path, headers: ["Content-Type": "text/plain"], payload: form),
            Call(
                method: method,
                path: path,
                headers: ["Content-Type": "application/x-www-form-urlencoded"],
                payload: form
            ),
            Call(
                method: method,
                path: path,
                headers: ["Authorization": "Basic \(Data("alice:".utf8).base64EncodedString())"]
            ),
            Call(method: method, path: path, headers: ["Authorization": "Bearer "]),
            Call(method: method, path: path, headers: ["Authorization": "Digest x"]),
        ]
    }

    /// Calls of MLflow 3.18 that Slipway does not serve, by the begin of their path after `/mlflow/`, and why. Clients
    /// do without them.
    private static let notServed: [String: String] = [
        "gateway/": "the gateway to LLM providers is an inference door, not a tracking call",
        "issues": "a preview of 3.18", "label-schemas": "a preview of 3.18", "review-queues": "a preview of 3.18",
        "workspaces": "workspaces come with roles",
        "prompt-optimization": "jobs that the server itself would run", "jobs": "jobs that the server itself would run",
        "genai/evaluate/invoke": "a job that the server itself would run",
        "scorer/invoke": "a job that the server itself would run",
        "/api/2.0mlflow/": "a path mistyped in MLflow", "/ajax-api/2.0mlflow/": "a path mistyped in MLflow",
        "get-online-trace-details": "for one vendor's cloud: MLflow itself answers that it is not implemented",
        "unified-traces": "for one vendor's cloud: MLflow itself answers that it is not implemented",
        "demo": "demo data for MLflow's own pages",
    ]

    @Test func `every call of MLflow that Slipway means to serve is a route, and the others are answered as unknown`()
        async throws
    {
        let routes = Set(try await RouteTable.all().map { "\($0.method) \(RouteTable.shape($0.path))" })
        let recorded = try RouteTable.mlflow()
        #expect(recorded.count > 390)
        var unused = Set(Self.notServed.keys)
        try await withServer { server in
            for call in recorded {
                let isServed = routes.contains("\(call.method) \(RouteTable.shape(call.path))")
                let name = call.path.firstRange(of: "/mlflow/").map { String(call.path[$0.upperBound...]) } ?? call.path
                let left = Self.notServed.keys.filter(name.hasPrefix)
                unused.subtract(left)
                #expect(isServed == left.isEmpty, "\(call.line): served \(isServed), listed as not served \(left)")
                guard !isServed else { continue }
                let answer = try await server.http.send(call.method, call.example)
                #expect(answer.status == 404, "\(call.line): \(answer)")
                guard call.isMLflow else { continue }
                #expect(answer.json?["error_code"]?.string == "ENDPOINT_NOT_FOUND", "\(call.line): \(answer)")
                #expect(Door.mlflow.isError(answer), "\(call.line): \(answer)")
            }
        }
        #expect(unused.isEmpty, "no call begins so: \(unused)")
    }
}

/// The routes of all doors, as the server itself makes them, and those of MLflow.
enum RouteTable {
    struct Line: Sendable {
        let method: String
        let path: String
        var access = Route.Access.caller

        var line: String { "\(method) \(path)" }
        var isMLflow: Bool { path.hasPrefix("/api/2.0") || path.hasPrefix("/api/3.0") || path.hasPrefix("/ajax-api/") }

        /// The path with something in each variable part.
        var example: String {
            path.split(separator: "/", omittingEmptySubsequences: false).map { part in
                part == "**" || part.hasPrefix("<path:")
                    ? "x/y" : part.hasPrefix(":") || part.hasPrefix("<") ? "x" : part
            }.joined(separator: "/")
        }
    }

    static func all() async throws -> [Line] {
        let folder = try TemporaryFolder()
        let options = try ServerOptions.parse(["--data", folder.path + "/data"])
        let house = try await House.open(options, log: Logger(label: "test"))
        return house.doors.all.flatMap(\.routes).map { route in
            Line(method: route.method.rawValue, path: route.path, access: route.access)
        }
    }

    /// MLflow's routes, from its own server's table: path, methods, handler.
    static func mlflow() throws -> [Line] {
        let text = String(decoding: try Checkout.fixture("mlflow-routes.txt"), as: UTF8.self)
        return text.split(separator: "\n").flatMap { line -> [Line] in
            let words = line.split(separator: " ")
            guard words.count >= 2, words[0].hasPrefix("/api/") || words[0].hasPrefix("/ajax-api/") else { return [] }
            return words[1].split(separator: ",").map { Line(method: String($0), path: String(words[0])) }
        }
    }

    /// A path with its variable parts nameless, so that the two spellings of a route are equal.
    static func shape(_ path: String) -> String {
        path.split(separator: "/").map { part in
            part == "**" || part.hasPrefix("<path:") ? "**" : part.hasPrefix(":") || part.hasPrefix("<") ? "*" : part
        }.joined(separator: "/")
    }
}
