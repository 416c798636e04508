import Testing

@testable import SlipwayService

/// Where webhooks may go: a pure decision over addresses, and a strict reader of URLs.
@Suite("Where webhooks may go")
struct WebhookAddressTests {
    @Test(
        "an address that is not for the whole internet is refused",
        arguments: [
            "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.0", "100.127.255.255", "127.0.0.1",
            "127.255.255.254", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.2.1",
            "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.19.255.255", "198.51.100.9", "203.0.113.9", "224.0.0.1",
            "239.1.1.1", "240.0.0.1", "255.255.255.255",
            "::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:7f00:1", "::ffff:10.0.0.1", "::ffff:169.254.169.254",
            "64:ff9b::7f00:1", "64:ff9b::10.0.0.1", "64:ff9b:1::1.1.1.1", "100::1", "2001::1", "2001:20::1",
            "2001:db8::1", "2002:7f00:1::", "2002:101:101::1", "3fff::1", "4000::1", "5f00::1", "fc00::1",
            "fd12:3456::1", "fe80::1", "fec0::1", "ff02::1", "ffff::1",
        ]
    )
    func inner(_ text: String) throws {
        #expect(try !#require(HostAddress(text)).isPublic)
    }

    @Test(
        "the neighbours of the refused blocks are public",
        arguments: [
            "1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0",
            "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "191.255.255.255", "192.0.1.0",
            "192.0.3.0", "192.88.98.255", "192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0",
            "203.0.112.255", "203.0.114.0", "223.255.255.255",
            "::ffff:1.1.1.1", "64:ff9b::1.1.1.1", "2001:200::1", "2001:4860:4860::8888", "2003::1", "2606:4700::1111",
            "3ffe::1",
        ]
    )
    func outer(_ text: String) throws {
        #expect(try #require(HostAddress(text)).isPublic)
    }

    @Test(
        "only the usual spellings are addresses",
        arguments: [
            "", "1", "1.1", "127.1", "1.1.1", "1.1.1.1.1", "256.1.1.1", "01.1.1.1", "0x7f.0.0.1", "1.1.1.1 ",
            " 1.1.1.1",
            "1..1.1", "+1.1.1.1", "٣.1.1.1", ":", ":::", "1::2::3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "::12345",
            "::g", "fe80::1%eth0", "1:2:3:4:5:6:7::8", "::1.1.1", "1.1.1.1::", "[::1]",
        ]
    )
    func noAddress(_ text: String) { #expect(HostAddress(text) == nil) }

    @Test("an address reads back from what it is written as", arguments: ["1.2.3.4", "2001:db8:0:0:0:0:0:1"])
    func spelling(_ text: String) throws {
        #expect(try #require(HostAddress(text)).description == text)
    }

    @Test(
        "a URL is read as host, port and path",
        arguments: [
            ("https://hooks.example.com", "hooks.example.com", 443, "/"),
            ("HTTPS://Hooks.Example.COM./a/b?c=d", "hooks.example.com", 443, "/a/b?c=d"),
            ("https://h.example:8443?x=1", "h.example", 8443, "/?x=1"), ("http://1.2.3.4:80/", "1.2.3.4", 80, "/"),
            ("https://[2001:DB8::1]:9/p", "2001:db8::1", 9, "/p"),
        ]
    )
    func url(_ text: String, _ host: String, _ port: Int, _ path: String) throws {
        let url = try WebhookURL(text)
        #expect(url.host == host && url.port == port && url.path == path)
        #expect(try WebhookURL(url.text) == url)
    }

    @Test(
        "a URL that two libraries could read differently is refused",
        arguments: [
            "", "https", "https:", "https://", "https:///x", "//h.example", "ftp://h.example/", "file:///etc/passwd",
            "gopher://h.example", "javascript://h.example", "https://user@127.0.0.1/", "https://h.example@127.0.0.1/",
            "https://h.example:443@127.0.0.1/", "https://h.example#@127.0.0.1", "https://h.example\\@127.0.0.1/",
            "https://h.example /", "https://h.example/\r\nX: y", "https://h.example/é", "https://hé.example/",
            "https://h..example/", "https://-h.example/", "https://h_.example-/", "https://h.example:0/",
            "https://h.example:65536/", "https://h.example:/", "https://h.example:80:80/", "https://h.example:+80/",
            "https://0x7f000001/", "https://2130706433/", "https://127.1/", "https://0177.0.0.1/",
            "https://127.0.0.1.5/",
            "https://1.2.3.0x4/", "https://[::1/", "https://[::1]x/", "https://[127.0.0.1]/", "https://[fe80::1%25lo]/",
            "https://h%2eexample/", "https://" + String(repeating: "a", count: 64) + ".example/",
            "https://h.example/" + String(repeating: "a", count: 2048),
        ]
    )
    func badURL(_ text: String) {
        #expect(throws: ServiceError.self) { try WebhookURL(text) }
    }

    @Test("a name that has a public and a private address is refused, and so is a name that changes")
    func rebinding() async throws {
        let network = FakeNetwork()
        network.set("mixed.example", ["1.1.1.1", "10.0.0.1"])
        network.set("turns.example", ["1.1.1.1"], then: ["127.0.0.1"])
        network.set("fine.example", ["1.1.1.1", "2606:4700::1111"])
        let gate = WebhookGate(transport: network)
        await #expect(throws: WebhookRefusal.notPublic) {
            try await gate.address(of: gate.url("https://mixed.example"))
        }
        await #expect(throws: WebhookRefusal.unknownHost) {
            try await gate.address(of: gate.url("https://gone.example"))
        }
        #expect(try await gate.address(of: gate.url("https://fine.example")).description == "1.1.1.1")
        let turning = try gate.url("https://turns.example")
        #expect(try await gate.address(of: turning).description == "1.1.1.1")
        let message = WebhookMessage(headers: [], body: [])
        guard case .refused = await gate.post(message, to: turning) else {
            Issue.record("the second look-up was believed")
            return
        }
        #expect(network.posts.isEmpty)
    }

    @Test(
        "what the operator allows is one host, and one port if it is named",
        arguments: [
            ("localhost", "http://localhost:99/", true), ("LOCALHOST.", "http://localhost/", true),
            ("127.0.0.1:99", "http://127.0.0.1:99/", true), ("127.0.0.1:99", "http://127.0.0.1:98/", false),
            ("127.0.0.1", "http://127.0.0.2/", false), ("[::1]:99", "http://[::1]:99/", true),
            ("[::1]", "https://[::1]/", true), ("h.example", "http://x.h.example/", false),
        ]
    )
    func allowed(_ flag: String, _ url: String, _ isAllowed: Bool) async throws {
        let network = FakeNetwork()
        network.set("localhost", ["127.0.0.1"])
        let gate = WebhookGate(transport: network, allowed: [try #require(AllowedHost(flag))])
        var passed = true
        do {
            _ = try await gate.address(of: gate.url(url))
        } catch {
            passed = false
        }
        #expect(passed == isAllowed)
    }

    @Test("a flag that is no host is refused", arguments: ["", "a b", "http://x", "x/y", "127.1", "x:0", "u@x", "x?"])
    func badFlag(_ flag: String) { #expect(AllowedHost(flag) == nil) }
}
