import Foundation
import SlipwayConnectors
import SlipwayService
import Testing

/// The real sender, against receivers on this machine.
@Suite struct TransportTests {
    private static let here = HostAddress("127.0.0.1")
    private static let message = WebhookMessage(headers: [(name: "X-Test", value: "yes")], body: Array("{}".utf8))

    private func send(_ url: String, answer: String) async throws -> (DeliveryOutcome, [String]) {
        let receiver = try LocalReceiver(answer: answer)
        let address = try #require(Self.here)
        let outcome = await HTTPWebhookTransport().post(
            Self.message,
            to: try WebhookURL(url.replacingOccurrences(of: "PORT", with: "\(receiver.port)")),
            at: address
        )
        return (outcome, receiver.requests)
    }

    @Test("it connects to the address that was judged, whatever the name would mean, and keeps the name in Host")
    func pinned() async throws {
        let answer = "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"
        let (outcome, requests) = try await send("http://hooks.example:PORT/a?b=c", answer: answer)
        #expect(outcome == .answered(status: 202, retryAfter: nil))
        let request = try #require(requests.first)
        #expect(request.hasPrefix("POST /a?b=c HTTP/1.1\r\n"))
        #expect(request.lowercased().contains("host: hooks.example:"))
        #expect(request.contains("X-Test: yes") && request.hasSuffix("{}"))
    }

    @Test("it follows no redirect and reads no body, however long the receiver goes on")
    func bounded() async throws {
        let moved = "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"
        let (redirect, requests) = try await send("http://hooks.example:PORT/", answer: moved)
        #expect(redirect == .answered(status: 302, retryAfter: nil) && requests.count == 1)
        let endless = "HTTP/1.1 503 Busy\r\nRetry-After: 7\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"
        let (outcome, _) = try await send("http://hooks.example:PORT/", answer: endless)
        #expect(outcome == .answered(status: 503, retryAfter: "7"))
    }

    @Test("what is no HTTP, and a receiver that is not there, are failures in words of ours")
    func failures() async throws {
        let (noise, _) = try await send("http://hooks.example:PORT/", answer: "SSH-2.0-secret\r\n")
        let address = try #require(Self.here)
        let absent = await HTTPWebhookTransport().post(
            Self.message,
            to: try WebhookURL("http://hooks.example:1/"),
            at: address
        )
        let (plain, _) = try await send("https://hooks.example:PORT/", answer: "HTTP/1.1 200 OK\r\n\r\n")
        for outcome in [noise, absent, plain] {
            guard case .failed(let reason) = outcome else {
                Issue.record("\(outcome) is no failure")
                continue
            }
            #expect(!reason.contains("SSH") && reason.count > 10, "\(reason)")
        }
    }

    @Test("the system's names are looked up to all their addresses, and unknown ones to none")
    func names() async {
        let found = await HostResolver().addresses(of: "localhost")
        #expect(!found.isEmpty && found.allSatisfy { !$0.isPublic })
        #expect(await HostResolver().addresses(of: "no-such-host.invalid").isEmpty)
    }
}
