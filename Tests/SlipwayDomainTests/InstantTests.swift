import SlipwayDomain
import Testing

@Suite("An instant is RFC 3339 in UTC")
struct InstantTests {
    static let known: [(text: String, milliseconds: Int64)] = [
        ("1970-01-01T00:00:00Z", 0), ("1970-01-01", 0), ("1969-12-31T23:59:59.999Z", -1),
        ("2013-04-01T05:00:00Z", 1_364_792_400_000), ("2013-04-01T01:00:00-04:00", 1_364_792_400_000),
        ("2013-04-01T10:45:00+05:45", 1_364_792_400_000), ("2013-04-01t05:00:00.000z", 1_364_792_400_000),
        ("2013-04-01 05:00:00Z", 1_364_792_400_000), ("2013-04-01T05:00:00.1Z", 1_364_792_400_100),
        ("2013-04-01T05:00:00.123456789Z", 1_364_792_400_123), ("2000-02-29T00:00:00Z", 951_782_400_000),
        ("2024-02-29", 1_709_164_800_000), ("2100-03-01", 4_107_542_400_000),
        ("0001-01-01T00:00:00Z", -62_135_596_800_000), ("9999-12-31T23:59:59.999Z", 253_402_300_799_999),
        ("1600-02-29", -11_670_998_400_000),
    ]

    @Test("Known texts are the known milliseconds, and what is printed is read back", arguments: known)
    func parses(text: String, milliseconds: Int64) throws {
        let instant = try #require(Instant(text))
        #expect(instant.milliseconds == milliseconds)
        #expect(Instant(instant.description) == instant)
    }

    static let refused: [String] = [
        "", "2013", "2013-04", "2013-4-1", "2013-04-01T", "2013-04-01T05:00Z", "2013-04-01T05:00:00", "2013-13-01",
        "2013-00-01",
        "2013-04-31", "2013-02-29", "1900-02-29", "2100-02-29", "2013-04-00", "0000-01-01", "2013-04-01T24:00:00Z",
        "2013-04-01T05:60:00Z", "2013-04-01T05:00:60Z", "2013-04-01T05:00:00.Z", "2013-04-01T05:00:00+24:00",
        "2013-04-01T05:00:00+05:60", "2013-04-01T05:00:00+0500", "2013-04-01T05:00:00+05", "2013-04-01T05:00:00ZZ",
        "2013-04-01T05:00:00Z ", " 2013-04-01T05:00:00Z", "2013-04-01X05:00:00Z", "-013-04-01", "2013/04/01",
        "２013-04-01",
        "0001-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01", "2013-04-01Z",
    ]

    @Test("Other texts are refused", arguments: refused)
    func refuses(text: String) {
        #expect(Instant(text) == nil)
    }

    @Test("Dates through the years 1 to 9999 are printed and read back, and print in order")
    func manyDates() throws {
        let first = try #require(Instant("0001-01-01"))
        let last = try #require(Instant("9999-12-31"))
        var previous = ""
        for day in stride(from: first.milliseconds, through: last.milliseconds, by: 86_400_000 * 97 + 1) {
            let instant = Instant(milliseconds: day)
            let text = instant.description
            #expect(Instant(text) == instant)
            #expect(text > previous)
            previous = text
        }
    }

    @Test("Random instants are printed and read back", arguments: 1...5)
    func roundTrip(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<2000 {
            let range: ClosedRange<Int64> = -62_135_596_800_000...253_402_300_799_999
            let instant = Instant(milliseconds: Int64.random(in: range, using: &generator))
            #expect(Instant(instant.description) == instant, "seed \(seed)")
            #expect(instant.description.count == 24)
        }
    }

    @Test("The ends of the 64-bit range neither print nor add with a crash")
    func extremes() {
        for milliseconds in [Int64.min, .min + 1, .max - 1, .max] {
            #expect(!Instant(milliseconds: milliseconds).description.isEmpty)
        }
        #expect(Instant(milliseconds: .max) + .days(1) == Instant(milliseconds: .max))
        #expect(Instant(milliseconds: .min) + Span(milliseconds: -1) == Instant(milliseconds: .min))
        #expect(Instant(milliseconds: .max) - Instant(milliseconds: .min) == Span(milliseconds: .max))
        #expect(Instant(milliseconds: .min) - Instant(milliseconds: .max) == Span(milliseconds: .min))
    }

    @Test("Differences and sums agree")
    func arithmetic() throws {
        let start = try #require(Instant("2013-02-28T23:00:00Z"))
        let end = try #require(Instant("2013-03-01T01:00:00Z"))
        #expect(end - start == .hours(2))
        #expect(start + .hours(2) == end)
        #expect(start < end)
        #expect(end.date == "2013-03-01")
    }
}

@Suite("A span is one number and one unit")
struct SpanTests {
    @Test(
        "Known texts",
        arguments: [
            ("500ms", 500), ("30s", 30_000), ("15m", 900_000), ("24h", 86_400_000), ("30d", 2_592_000_000), ("0s", 0),
            ("007m", 420_000),
        ] as [(String, Int64)]
    )
    func parses(text: String, milliseconds: Int64) throws {
        let span = try #require(Span(text))
        #expect(span.milliseconds == milliseconds)
        #expect(Span(span.description) == span)
    }

    @Test(
        "Other texts are refused",
        arguments: [
            "", "5", "m", "5 m", "5M", "-5m", "+5m", "1.5h", "5w", "5mm", "5m30s", "99999999999999999999d",
            "9223372036854775807d", "٣m",
        ]
    )
    func refuses(text: String) {
        #expect(Span(text) == nil)
    }

    @Test("The shortest exact form is printed")
    func prints() {
        #expect(Span.hours(24).description == "1d")
        #expect(Span.minutes(90).description == "90m")
        #expect(Span(milliseconds: 1001).description == "1001ms")
        #expect(Span(milliseconds: 0).description == "0ms")
        #expect(Span(milliseconds: 273_900_000).spoken == "3d 4h")
        #expect(Span.seconds(41).spoken == "41s")
        #expect(Span(milliseconds: 999).spoken == "999ms")
    }

    @Test("Any span is printed and read back", arguments: 1...3)
    func roundTrip(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<1000 {
            let span = Span(milliseconds: Int64.random(in: 0...1_000_000_000_000, using: &generator))
            #expect(Span(span.description) == span, "seed \(seed)")
        }
    }
}
