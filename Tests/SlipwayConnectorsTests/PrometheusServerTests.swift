import Foundation
import SlipwayConnectors
import SlipwayService
import Testing

/// The real questioner, against servers on this machine.
@Suite struct PrometheusServerTests {
    private func ask(_ answer: String, query: String = "up") async throws -> (MetricReply, [String]) {
        let receiver = try LocalReceiver(answer: answer)
        let server = try #require(PrometheusServer("http://127.0.0.1:\(receiver.port)/prom/"))
        let reply = await server.ask(query)
        return (reply, receiver.requests)
    }

    private static func response(_ body: String, status: String = "200 OK") -> String {
        "HTTP/1.1 \(status)\r\nContent-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    @Test("the query goes to the query API as a form, whatever stands in it, and its number comes back")
    func asks() async throws {
        let body = #"{"status":"success","data":{"resultType":"scalar","result":[1,"0.25"]}}"#
        let (reply, requests) = try await ask(Self.response(body), query: #"sum(bad{v="2"}) & x=1"#)
        #expect(reply.value == 0.25, "\(reply)")
        let request = try #require(requests.first)
        #expect(request.hasPrefix("POST /prom/api/v1/query HTTP/1.1\r\n"), "\(request)")
        #expect(request.hasSuffix("query=sum%28bad%7Bv%3D%222%22%7D%29%20%26%20x%3D1"), "\(request)")
    }

    @Test("too long an answer, a redirect, noise and nobody at all are failures in words of ours")
    func failures() async throws {
        let long = try await ask(Self.response(String(repeating: "x", count: 70_000))).0
        #expect(long.failure?.contains("longer than 65536 bytes") == true, "\(long)")
        let moved = "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"
        let (redirect, requests) = try await ask(moved)
        #expect(redirect.value == nil && requests.count == 1)
        let noise = try await ask("SSH-2.0-secret\r\n").0
        #expect(noise.failure?.isEmpty == false && noise.text.isEmpty)
        let absent = await PrometheusServer("http://127.0.0.1:1")?.ask("up")
        #expect(absent?.failure?.contains("Prometheus") == true)
    }

    @Test("only an http or https address is taken", arguments: ["ftp://a", "a:9090", "http://u:p@a", "http://a/?x=1"])
    func addresses(text: String) { #expect(PrometheusServer(text) == nil) }
}
