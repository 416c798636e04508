import SlipwayDomain
import SlipwayWire
import Testing

@Suite struct ByteRangeTests {
    /// A Range field for ten bytes, and what is sent; nil is all of it.
    private static let cases: [(field: String, part: Range<Int64>?)] = [
        ("bytes=0-9", 0..<10), ("bytes=0-0", 0..<1), ("bytes=9-9", 9..<10), ("bytes=3-", 3..<10),
        ("bytes=0-", 0..<10), ("bytes=2-5", 2..<6), ("bytes=5-100", 5..<10), ("bytes=-1", 9..<10),
        ("bytes=-10", 0..<10), ("bytes=-11", 0..<10), ("BYTES=1-2", 1..<3), ("bytes= 1 - 2 ", 1..<3),
        ("bytes=1-99999999999999999999", 1..<10), ("bytes=-99999999999999999999", 0..<10),
        ("bytes=5-2", nil), ("bytes=-", nil), ("bytes=", nil), ("bytes=a-b", nil), ("bytes=1-2,4-5", nil),
        ("bytes=1--2", nil), ("bytes=--1", nil), ("bytes=+1-2", nil), ("bytes=1.5-2", nil), ("lines=1-2", nil),
        ("1-2", nil), ("", nil), ("bytes=0x1-2", nil), ("bytes=1-2-3", nil), ("bytes=\u{661}-5", nil),
        (String(repeating: "bytes=1-2", count: 100), nil),
    ]

    @Test("A range means what RFC 9110 says, and one in another form means all", arguments: cases.indices)
    func table(_ index: Int) {
        let (field, part) = Self.cases[index]
        #expect(ByteRange(field, size: 10) == part.map { .part($0) } ?? .whole, "\(field)")
    }

    @Test(
        "A range behind the last byte cannot be had",
        arguments: [
            "bytes=10-", "bytes=10-12", "bytes=99999999999999999999-", "bytes=-0", "bytes=9223372036854775807-",
        ]
    )
    func unsatisfiable(_ field: String) {
        #expect(ByteRange(field, size: 10) == .unsatisfiable)
        #expect(ByteRange("bytes=0-", size: 0) == .unsatisfiable)
        #expect(ByteRange(nil, size: 0) == .whole)
    }

    @Test("Whatever is asked, the part lies within the bytes")
    func alwaysWithin() {
        var generator = SystemRandomNumberGenerator()
        let seed = generator.next()
        print("ByteRangeTests: seed \(seed)")
        var state = seed
        func next(_ bound: UInt64) -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (state >> 33) % bound
        }
        let pieces = ["bytes=", "0", "1", "9", "-", ",", " ", "18446744073709551616", "7", "x"]
        for _ in 0..<20_000 {
            let field = (0..<next(7)).reduce("bytes=") { text, _ in text + pieces[Int(next(10))] }
            let size = Int64(next(20))
            guard case .part(let part) = ByteRange(field, size: size) else { continue }
            #expect(
                !part.isEmpty && part.lowerBound >= 0 && part.upperBound <= size,
                "seed \(seed): \(field) of \(size)"
            )
        }
    }

    @Test("Downloads answer ranges, conditions and HEAD")
    func downloads() async throws {
        let server = try await RegistryServer()
        try await server.serving { client in
            let path = "/api/2.0/mlflow-artifacts/artifacts/1/a.bin"
            #expect(try await client.send("PUT \(path)", body: Array("0123456789".utf8)).status == 200)
            let whole = try await client.send("GET \(path)")
            let tag = try #require(whole.headers["etag"])
            #expect(whole.text == "0123456789" && whole.headers["accept-ranges"] == "bytes")
            for (headers, status, text, range) in [
                (["Range": "bytes=2-4"], 206, "234", "bytes 2-4/10"),
                (["Range": "bytes=-3"], 206, "789", "bytes 7-9/10"),
                (["Range": "bytes=8-"], 206, "89", "bytes 8-9/10"),
                (["Range": "bytes=1-2", "If-Range": tag], 206, "12", "bytes 1-2/10"),
                (["Range": "bytes=1-2", "If-Range": "\"other\""], 200, "0123456789", nil),
                (["Range": "bytes=1-2", "If-Range": "W/\(tag)"], 200, "0123456789", nil),
                (["Range": "bytes=1-2,5-6"], 200, "0123456789", nil),
                (["If-None-Match": tag], 304, "", nil), (["If-None-Match": "\"x\", W/\(tag)"], 304, "", nil),
                (["If-None-Match": "*"], 304, "", nil), (["If-None-Match": "\"x\""], 200, "0123456789", nil),
            ] as [([String: String], Int, String, String?)] {
                let answer = try await client.send("GET \(path)", headers: headers)
                #expect(answer.status == status && answer.text == text, "\(headers): \(answer.status) \(answer.text)")
                #expect(answer.headers["content-range"] == range, "\(headers)")
                #expect(answer.headers["x-content-type-options"] == "nosniff")
            }
            let behind = try await client.send("GET \(path)", headers: ["Range": "bytes=10-"])
            #expect(behind.status == 416 && behind.headers["content-range"] == "bytes */10")
            #expect(behind.errorCode == "INVALID_PARAMETER_VALUE")
            for headers in [[:], ["Range": "bytes=2-4"]] {
                let head = try await client.send("HEAD \(path)", headers: headers)
                #expect(head.status == 200 && head.body.isEmpty && head.headers["content-length"] == "10")
                #expect(head.headers["etag"] == tag)
            }
            #expect(try await client.send("HEAD \(path)x").status == 404)
            // Another file of the same size is another file.
            #expect(try await client.send("PUT \(path)", body: Array("abcdefghij".utf8)).status == 200)
            let stale = try await client.send("GET \(path)", headers: ["Range": "bytes=1-2", "If-Range": tag])
            #expect(stale.status == 200 && stale.text == "abcdefghij")
        }
    }
}
