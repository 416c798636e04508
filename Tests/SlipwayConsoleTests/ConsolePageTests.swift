import Foundation
import HTTPTypes
import Hummingbird
import SlipwayDomain
import SlipwayService
import SlipwayWire
import Testing

@testable import SlipwayConsole

@Suite("Pages of the console")
struct ConsolePageTests {
    @Test("the page of a model tells its whole story")
    func model() async throws {
        let answer = try await ConsoleServer([.whole()]).get("/models/flight-delay")
        #expect(answer.status == 200)
        #expect(MarkupCheck(answer.text).problems == [])
        if let file = ProcessInfo.processInfo.environment["SLIPWAY_PAGE"] {
            try answer.text.write(toFile: file, atomically: true, encoding: .utf8)
        }
        try expectGolden(Self.withoutStyle(answer.text), "model.html")
    }

    @Test("the list names what serves, the owner and what is open; a bare name does not break it")
    func list() async throws {
        var bare = Story(model: "only-a-name")
        bare.tell("model.registered", "2013-04-01", [:])
        let answer = try await ConsoleServer([.whole(), bare]).get("/")
        #expect(answer.status == 200)
        #expect(MarkupCheck(answer.text).problems == [])
        try expectGolden(Self.withoutStyle(answer.text), "list.html")
    }

    @Test("with MLflow's pages beside it, the list leads to them and to what its client's links name")
    func mlflowLinks() async throws {
        let server = try await ConsoleServer([.whole()], hasMLflowPages: true)
        let page = try await server.get("/")
        #expect(page.text.contains(#"href="/mlflow/""#) && page.text.contains(#"src="/mlflow-links.js""#))
        let script = try await server.get("/mlflow-links.js")
        #expect(script.status == 200 && script.text.contains("location.replace"))
        let alone = try await ConsoleServer([.whole()])
        #expect(!alone.door.routes.contains { $0.path == "/mlflow-links.js" })
        #expect(!(try await alone.get("/").text.contains("<script")))
    }

    @Test("an empty server tells the first commands")
    func empty() async throws {
        let answer = try await ConsoleServer([], drill: false).get("/")
        #expect(answer.status == 200)
        #expect(MarkupCheck(answer.text).problems == [])
        #expect(answer.text.contains("slipway apply slipway.yaml"))
        #expect(!answer.text.contains("Drill"))
    }

    @Test("a model with nothing but a version has a page without pictures")
    func young() async throws {
        var story = Story(model: "young")
        story.tell("version.registered", "2013-04-01", ["version": 1])
        let answer = try await ConsoleServer([story], drill: false).get("/models/young")
        #expect(answer.status == 200)
        #expect(MarkupCheck(answer.text).problems == [])
        #expect(MarkupCheck(answer.text).tags["svg"] == nil)
        #expect(answer.text.contains("no manifest"))
    }

    @Test("every page of a drill says so, error pages too", arguments: ["/", "/models/flight-delay", "/models/none"])
    func drill(_ path: String) async throws {
        let server = try await ConsoleServer([.whole()])
        let text = try await server.get(path).text
        #expect(text.contains("Drill: clock began at <time"))
        #expect(text.contains("not production"))
        let calm = try await ConsoleServer([.whole()], drill: false)
        #expect(try await !calm.get(path).text.contains("Drill"))
    }

    @Test("a ledger that holds a drill says so even when the server runs none")
    func oldDrill() async throws {
        var story = Story()
        story.tell("server.started", "2013-04-01", ["clock": ["start": "2013-04-01T00:00:00Z", "rate": 10]])
        story.tell("version.registered", "2013-04-01", ["version": 1])
        let text = try await ConsoleServer([story], drill: false).get("/models/flight-delay").text
        #expect(text.contains("Drill: this ledger holds records"))
    }

    @Test(
        "nothing that people wrote becomes markup",
        arguments: [
            "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "' onmouseover='alert(1)", "</style><b>",
            "javascript:alert(1)", "<!--", "]]>", "\u{0}<\u{202E}>", "&lt;script&gt;",
        ]
    )
    func hostile(_ text: String) async throws {
        let server = try await ConsoleServer([Story.whole(model: text).poisoned(with: text)])
        let path = "/models/" + (text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "")
        for path in ["/", path] {
            let answer = try await server.get(path)
            #expect(answer.status == 200)
            #expect(MarkupCheck(answer.text).problems == [])
            let tags = MarkupCheck(answer.text).tags
            #expect(tags["script"] == nil && tags["img"] == nil && tags["b"] == nil)
            // The text did arrive, wherever people's words are shown.
            #expect(answer.text.ranges(of: HTML.escape(text)).count >= (path == "/" ? 2 : 40))
        }
    }

    @Test("pages may run and load nothing, and the icon is no page")
    func headers() async throws {
        let server = try await ConsoleServer([.whole()])
        let page = try await server.get("/models/flight-delay")
        #expect(page.headers[.contentSecurityPolicy]?.hasPrefix("default-src 'none'") == true)
        #expect(page.headers[.contentType] == "text/html; charset=utf-8")
        let icon = try await server.get("/favicon.ico")
        #expect(icon.status == 204 && icon.text.isEmpty)
    }

    @Test("pages have one first heading, table headers with a scope, and pictures with a title")
    func accessible() async throws {
        let text = try await ConsoleServer([.whole()]).get("/models/flight-delay").text
        let tags = MarkupCheck(text).tags
        #expect(tags["h1"] == 1)
        #expect(text.matches(of: /<th scope="(col|row)"/).count == tags["th"])
        #expect(text.matches(of: /<svg viewBox="[^"]+" role="img">\n<title>[^<]+/).count == tags["svg"])
        #expect((tags["svg"] ?? 0) >= 4)
        #expect(tags["caption"] == tags["table"])
    }

    /// The style sheet is no part of what the golden files pin.
    static func withoutStyle(_ page: String) -> String {
        page.replacing(/<style>[^<]*<\/style>/, with: "<style></style>")
    }
}

@Suite("Error pages of the console")
struct ConsoleErrorTests {
    @Test("an unknown model is a 404 that does not echo markup")
    func unknown() async throws {
        let answer = try await ConsoleServer([]).get("/models/%3Cscript%3Ealert(1)%3C%2Fscript%3E")
        #expect(answer.status == 404)
        #expect(!answer.text.contains("<script"))
        #expect(MarkupCheck(answer.text).problems == [])
        try expectGolden(ConsolePageTests.withoutStyle(answer.text), "not-found.html")
    }

    @Test("an address that is no text is a 400")
    func badEscape() async throws {
        let server = try await ConsoleServer([])
        #expect(try await server.get("/models/%FF%FE").status == 400)
        #expect(try await server.get("/models/%zz").status == 400)
    }

    @Test(
        "each error has its status",
        arguments: [
            (ServiceError.invalid("x") as any Error, 400), (ServiceError.notFound("x"), 404),
            (ServiceError.alreadyExists("x"), 409), (ServiceError.conflict("x"), 409),
            (ServiceError(.unauthenticated, "x"), 401), (ServiceError.forbidden("x"), 403),
            (ServiceError.unavailable("x"), 503), (ServiceError(.internal, "x"), 500),
            (WireError.bodyTooLarge(limit: 3), 413), (WireError.wrongContentType("<b>"), 415),
            (WireError.malformed("<b>"), 400), (WireError.unauthenticated, 401), (WireError.foreignHost("<b>"), 403),
            (WireError.foreignOrigin("<b>"), 403), (HTTPError(.methodNotAllowed, message: "<b>"), 405),
            (HTTPError(.notFound), 404), (Secret(), 500),
        ]
    )
    func statuses(_ error: any Error, _ status: Int) async throws {
        let answer = try await ConsoleServer.answer(ConsoleServer([]).door.response(to: error))
        #expect(answer.status == status)
        #expect(MarkupCheck(answer.text).problems == [])
        #expect(!answer.text.contains("<b>") && !answer.text.contains("hidden"))
    }

    /// An error that is nobody's business.
    private struct Secret: Error, CustomStringConvertible {
        var description: String { "hidden" }
    }
}
