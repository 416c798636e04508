import Testing

@testable import SlipwayInference

@Suite("Heads that are known by their bytes")
struct UsualHeadTests {
    private static func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    private static let head = "POST /v2/models/m/infer HTTP/1.1\r\nHost: a\r\ncontent-LENGTH: 25\r\nX: y\r\n\r\n"

    private func lengths(_ text: String, after head: String = head) throws -> [Int]? {
        let usual = try #require(UsualHead(Self.bytes(head)))
        return Self.bytes(text).withUnsafeBytes { usual.lengths(in: $0) }.map { [$0.head, $0.body] }
    }

    @Test("the same head with a body of any plain length")
    func same() throws {
        let count = Self.head.utf8.count
        #expect(try lengths(Self.head) == [count, 25])
        #expect(try lengths(Self.head + "{and a body}") == [count, 25])
        #expect(try lengths(Self.head.replacing("25", with: "7")) == [count - 1, 7])
        #expect(try lengths(Self.head.replacing("25", with: "123456")) == [count + 4, 123_456])
        let last = "POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\n"
        #expect(try lengths(last.replacing("3", with: "40"), after: last) == [last.utf8.count + 1, 40])
    }

    @Test(
        "every other head is another",
        arguments: [
            "", "P", String(head.dropLast()), head.replacing("25", with: ""), head.replacing("25", with: "0"),
            head.replacing("25", with: "025"), head.replacing("25", with: "1234567"), head.replacing("25", with: "+5"),
            head.replacing("25", with: "2 5"), head.replacing("25", with: "25 "), head.replacing("25", with: "25,25"),
            head.replacing("25\r\n", with: "25\n"), head.replacing("X: y", with: "X: z"),
            head.replacing("Host: a", with: "Host: b"),
            head.replacing("X: y", with: "X: y\r\nTransfer-Encoding: chunked"), " " + head, "\r\n" + head,
            head.replacing("content-LENGTH", with: "Content-Length"), head.replacing("1.1", with: "1.0"),
        ]
    )
    func other(_ text: String) throws {
        #expect(try lengths(text) == nil)
    }

    @Test(
        "a head of which a length cannot be learned is none",
        arguments: [
            "", "\r\n\r\n", "POST / HTTP/1.1\r\n\r\n", String(head.dropLast(2)), head + "x",
            head.replacing("25", with: "0"), head.replacing("25", with: "025"), head.replacing("25", with: "1234567"),
            head.replacing(": 25", with: ":25"), head.replacing(": 25", with: ":  25"),
            head.replacing("25", with: "25 "),
            head.replacing("25", with: "2x"), head.replacing("X: y", with: "Content-Length: 25"),
            head.replacing("25\r\n", with: "25\n"), head.replacing("\r\nX: y", with: "\n\nX: y"),
        ]
    )
    func unknown(_ text: String) {
        #expect(UsualHead(Self.bytes(text)) == nil)
    }

    @Test("a head ends at its first empty line, whoever reads it")
    func ends() {
        for (text, end) in [
            ("", nil), ("a", nil), ("a\r\n", nil), ("a\r\n\r", nil), ("a\r\n\r\n", 5), ("a\r\n\r\nb\r\n\r\n", 5),
            ("a\n\nb", 3),
            ("a\n\r\nb", 4), ("\n\n", 2), ("a\r\n b\r\n\r\n", 9),
        ] as [(String, Int?)] {
            #expect(Self.bytes(text).withUnsafeBytes { UsualHead.end(in: $0) } == end, "\(text.debugDescription)")
        }
    }
}
