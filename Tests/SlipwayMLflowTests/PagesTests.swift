import HTTPTypes
import SlipwayDomain
import SlipwayMLflow
import SlipwayWire
import Testing

/// MLflow's pages: only their own files, and beside them the API's own routes.
@Suite struct PagesTests {
    @Test(
        "only the ordinary files of the build are sent, by their one name",
        arguments: [
            ("/mlflow/", 200), ("/mlflow", 308), ("/mlflow/static-files/index.html", 200),
            ("/mlflow/static-files/static/js/main.0a1b2c3d.js", 200), ("/mlflow/static-files/a%20b%25.txt", 200),
            ("/mlflow/static-files/link.txt", 404), ("/mlflow/static-files/up/secret.txt", 404),
            ("/mlflow/static-files/up/up/secret.txt", 404), ("/mlflow/static-files/../secret.txt", 404),
            ("/mlflow/static-files/../../secret.txt", 404), ("/mlflow/static-files/%2e%2e/%2e%2e/secret.txt", 404),
            ("/mlflow/static-files/..%2f..%2fsecret.txt", 404), ("/mlflow/static-files/%252e%252e/secret.txt", 404),
            ("/mlflow/static-files//index.html", 404), ("/mlflow/static-files/./index.html", 404),
            ("/mlflow/static-files/static/../index.html", 404), ("/mlflow/static-files/static", 404),
            ("/mlflow/static-files/static/js/", 404), ("/mlflow/static-files/index.html/", 404),
            ("/mlflow/static-files/index.html%00.js", 404), ("/mlflow/static-files/%zz", 400),
            ("/mlflow/static-files/%c0%ae%c0%ae/secret.txt", 400), ("/mlflow/static-files/INDEX.HTML", 404),
            ("/mlflow/index.html", 404), ("/mlflow/api/2.0/mlflow/experiments/search", 404),
        ]
    )
    func files(_ path: String, _ status: Int) async throws {
        let server = try await PagesServer()
        let answer = try await server.call("GET", path)
        #expect(answer.status == status, "\(path): \(answer.text)")
        #expect(!answer.text.contains(RegistryServer.secret))
        if status == 308 { #expect(answer.headers[.location] == "/mlflow/") }
    }

    @Test("hashed files are kept for good, the page is asked for again, and nothing foreign may run in it")
    func headers() async throws {
        let server = try await PagesServer()
        let page = try await server.call("GET", "/mlflow/")
        #expect(page.headers[.contentType] == "text/html; charset=utf-8" && page.text == "<html>")
        #expect(page.headers[.cacheControl] == "no-cache")
        let policy = try #require(page.headers[.contentSecurityPolicy])
        #expect(policy.contains("default-src 'self'") && !policy.contains("script-src 'self' 'unsafe-inline'"))
        #expect(!policy.contains("http"))
        let hashed = try await server.call("GET", "/mlflow/static-files/static/js/main.0a1b2c3d.js")
        #expect(hashed.headers[.contentType] == "text/javascript; charset=utf-8")
        #expect(hashed.headers[.cacheControl] == "max-age=31536000, immutable")
        let plain = try await server.call("GET", "/mlflow/static-files/static/js/plain.js")
        #expect(plain.headers[.cacheControl] == "no-cache")
    }

    @Test("every route that pages call stands under /mlflow too, once, with the same access")
    func routeWalk() async throws {
        let server = try await PagesServer()
        let api = server.doors[0].routes
        let pages = server.doors[1].routes
        let all = server.doors.flatMap(\.routes).map { "\($0.method) \($0.path)" }
        #expect(Set(all).count == all.count, "a route stands twice")
        let twins = api.filter { $0.path.hasPrefix("/ajax-api/") }
        #expect(twins.count > 60)
        for route in twins + api.filter({ ["/graphql", "/get-artifact"].contains($0.path) }) {
            let mounted = pages.filter { $0.method == route.method && $0.path == "/mlflow" + route.path }
            #expect(mounted.map(\.access) == [route.access], "\(route.method) \(route.path)")
        }
        for route in pages { #expect(route.path == "/mlflow" || route.path.hasPrefix("/mlflow/"), "\(route.path)") }
    }

    @Test("a mounted call answers as the call itself, paths in its address included")
    func mounted() async throws {
        let server = try await PagesServer()
        let made = try await server.json("POST", "/mlflow/ajax-api/2.0/mlflow/experiments/create", #"{"name": "e"}"#)
        let path = "ajax-api/2.0/mlflow/experiments/get?experiment_id=\(made["experiment_id"]?.string ?? "")"
        #expect(try await server.json("GET", "/" + path) == server.json("GET", "/mlflow/" + path))
        let artifact = "/ajax-api/2.0/mlflow-artifacts/artifacts/a/b%20c.txt"
        _ = try await server.call("PUT", "/mlflow" + artifact, "{}")
        #expect(try await server.call("GET", artifact).text == "{}")
        let telemetry = try await server.json("GET", "/mlflow/ajax-api/3.0/mlflow/ui-telemetry")
        #expect(telemetry["disable_ui_telemetry"] == true)
    }
}
