import SlipwayDomain
import SlipwayJSON
import Testing

@Suite("Canonical JSON is RFC 8785")
struct CanonicalJSONTests {
    /// RFC 8785 appendix B: the bits of a double and its text.
    static let numbers: [(bits: UInt64, text: String)] = [
        (0x0000_0000_0000_0000, "0"), (0x8000_0000_0000_0000, "0"),
        (0x0000_0000_0000_0001, "5e-324"), (0x8000_0000_0000_0001, "-5e-324"),
        (0x7FEF_FFFF_FFFF_FFFF, "1.7976931348623157e+308"), (0xFFEF_FFFF_FFFF_FFFF, "-1.7976931348623157e+308"),
        (0x4340_0000_0000_0000, "9007199254740992"), (0xC340_0000_0000_0000, "-9007199254740992"),
        (0x4430_0000_0000_0000, "295147905179352830000"),
        (0x44B5_2D02_C7E1_4AF5, "9.999999999999997e+22"), (0x44B5_2D02_C7E1_4AF6, "1e+23"),
        (0x44B5_2D02_C7E1_4AF7, "1.0000000000000001e+23"),
        (0x444B_1AE4_D6E2_EF4E, "999999999999999700000"), (0x444B_1AE4_D6E2_EF4F, "999999999999999900000"),
        (0x444B_1AE4_D6E2_EF50, "1e+21"),
        (0x3EB0_C6F7_A0B5_ED8C, "9.999999999999997e-7"), (0x3EB0_C6F7_A0B5_ED8D, "0.000001"),
        (0x41B3_DE43_5555_5553, "333333333.3333332"), (0x41B3_DE43_5555_5554, "333333333.33333325"),
        (0x41B3_DE43_5555_5555, "333333333.3333333"), (0x41B3_DE43_5555_5556, "333333333.3333334"),
        (0x41B3_DE43_5555_5557, "333333333.33333343"), (0xBECB_F647_612F_3696, "-0.0000033333333333333333"),
        (0x4314_3FF3_C1CB_0959, "1424953923781206.2"),
    ]

    @Test("Numbers have the texts of appendix B", arguments: numbers)
    func appendixB(bits: UInt64, text: String) throws {
        let value = JSONValue.number(Double(bitPattern: bits))
        #expect(try CanonicalJSON.text(of: value) == text)
        let parsed = try JSONValue(parsing: Array(text.utf8))
        #expect(try CanonicalJSON.text(of: parsed) == text)
        #expect(parsed.number == Double(bitPattern: bits))
    }

    @Test("NaN and infinity are refused")
    func notFinite() {
        for number in [Double.nan, .infinity, -.infinity] {
            #expect(throws: CanonicalJSON.Failure.notFinite) { try CanonicalJSON.bytes(of: [.number(number)]) }
        }
    }

    @Test("An integer that no double holds is refused, one that a double gives back passes")
    func integers() throws {
        #expect(throws: CanonicalJSON.Failure.integerTooLarge(9_007_199_254_740_993)) {
            try CanonicalJSON.bytes(of: .integer(9_007_199_254_740_993))
        }
        #expect(throws: CanonicalJSON.Failure.integerTooLarge(.max)) { try CanonicalJSON.bytes(of: .integer(.max)) }
        #expect(throws: CanonicalJSON.Failure.integerTooLarge(.min)) { try CanonicalJSON.bytes(of: .integer(.min)) }
        for whole: Int64 in [0, -1, 9_007_199_254_740_992, -9_007_199_254_740_992, 100_000_000_000_000_000] {
            #expect(try CanonicalJSON.text(of: .integer(whole)) == String(whole))
        }
    }

    @Test("Members are sorted by the UTF-16 units of their names")
    func sorting() throws {
        // Section 3.2.3 of the RFC: U+1F600 (surrogates D83D DE00) comes before U+FB33, unlike in UTF-8.
        let value: JSONValue = [
            "\u{20AC}": "Euro Sign", "\r": "Carriage Return", "\u{FB33}": "Hebrew Letter Dalet With Dagesh", "1": "One",
            "\u{1F600}": "Emoji: Grinning Face", "\u{80}": "Control", "\u{F6}": "Latin Small Letter O With Diaeresis",
        ]
        let parts = [
            #""\r":"Carriage Return""#, #""1":"One""#, "\"\u{80}\":\"Control\"",
            "\"\u{F6}\":\"Latin Small Letter O With Diaeresis\"", "\"\u{20AC}\":\"Euro Sign\"",
            "\"\u{1F600}\":\"Emoji: Grinning Face\"", "\"\u{FB33}\":\"Hebrew Letter Dalet With Dagesh\"",
        ]
        #expect(try CanonicalJSON.text(of: value) == "{" + parts.joined(separator: ",") + "}")
    }

    @Test("Only what must be escaped is escaped, in lower case")
    func escaping() throws {
        let text = "\u{8}\t\n\u{C}\r\"\\/\u{0}\u{1F}\u{7F}\u{E9}\u{1F600}"
        let expected = #""\b\t\n\f\r\"\\/\u0000\u001f"# + "\u{7F}\u{E9}\u{1F600}\""
        #expect(try CanonicalJSON.text(of: .string(text)) == expected)
    }

    @Test("The RFC's first example has the RFC's bytes")
    func rfcExample() throws {
        let source = #"""
            {"numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
             "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
             "literals": [null, true, false]}
            """#
        let expected =
            #"{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"#
            + #""string":"€$\u000f\nA'B\"\\\\\"/"}"#
        #expect(try CanonicalJSON.text(of: JSONValue(parsing: Array(source.utf8))) == expected)
    }

    @Test("Parsing canonical bytes gives the value back, and canonicalising again the same bytes", arguments: 1...40)
    func roundTrip(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<50 {
            let value = RandomJSON.value(depth: 4, using: &generator)
            let bytes = try CanonicalJSON.bytes(of: value)
            let parsed = try JSONValue(parsing: bytes)
            #expect(parsed == value, "seed \(seed)")
            #expect(parsed.hashValue == value.hashValue, "seed \(seed)")
            #expect(try CanonicalJSON.bytes(of: parsed) == bytes, "seed \(seed)")
        }
    }

    @Test("Any finite double gives the same bytes after parsing", arguments: 1...10)
    func doubles(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<500 {
            let number = RandomJSON.finite(using: &generator)
            let bytes = try CanonicalJSON.bytes(of: .number(number))
            let parsed = try JSONValue(parsing: bytes)
            #expect(parsed.number == number, "seed \(seed), \(number)")
            #expect(try CanonicalJSON.bytes(of: parsed) == bytes, "seed \(seed), \(number)")
        }
    }

    @Test("Encodable values go through JSON and back")
    func codable() throws {
        struct Sample: Codable, Equatable {
            var when: Instant
            var every: Span
            var name: Identifier<EntryEntity>
            var score: Double
        }
        let sample = Sample(
            when: Instant(milliseconds: 1_364_792_400_000),
            every: .hours(24),
            name: EntryID("e1"),
            score: 0.1
        )
        let bytes = try CanonicalJSON.bytes(encoding: sample)
        let expected = #"{"every":"1d","name":"e1","score":0.1,"when":"2013-04-01T05:00:00.000Z"}"#
        #expect(String(decoding: bytes, as: UTF8.self) == expected)
        #expect(try JSONValue(parsing: bytes).decode(Sample.self) == sample)
    }
}

/// Random JSON values.
enum RandomJSON {
    static func value(depth: Int, using generator: inout SeededGenerator) -> JSONValue {
        switch Int.random(in: 0..<(depth > 0 ? 8 : 6), using: &generator) {
        case 0: .null
        case 1: .bool(Bool.random(using: &generator))
        case 2: .integer(Int64.random(in: -(1 << 53)...(1 << 53), using: &generator))
        case 3: .number(Double.random(in: -1e6...1e6, using: &generator))
        case 4: .number(outsideIntegers(using: &generator))
        case 5: .string(text(using: &generator))
        case 6:
            .array(
                (0..<Int.random(in: 0...4, using: &generator)).map { _ in value(depth: depth - 1, using: &generator) }
            )
        default: object(depth: depth, using: &generator)
        }
    }

    static func finite(using generator: inout SeededGenerator) -> Double {
        while true {
            let number = Double(bitPattern: generator.next())
            if number.isFinite { return number }
        }
    }

    /// Between 2^53 and 2^63 a double's shortest digits are another whole number, so only the bytes come back there.
    private static func outsideIntegers(using generator: inout SeededGenerator) -> Double {
        while true {
            let number = finite(using: &generator)
            if number.magnitude <= 9_007_199_254_740_992 || number.magnitude >= 18_446_744_073_709_551_616 {
                return number
            }
        }
    }

    private static func object(depth: Int, using generator: inout SeededGenerator) -> JSONValue {
        var members: [String: JSONValue] = [:]
        for _ in 0..<Int.random(in: 0...4, using: &generator) {
            members[text(using: &generator)] = value(depth: depth - 1, using: &generator)
        }
        return .object(members)
    }

    private static func text(using generator: inout SeededGenerator) -> String {
        let ranges: [ClosedRange<UInt32>] = [0...0x1F, 0x20...0x7E, 0x7F...0x2FF, 0x2000...0xD7FF, 0x1_0000...0x1_F9FF]
        var text = ""
        for _ in 0..<Int.random(in: 0...6, using: &generator) {
            let range = ranges[Int.random(in: 0..<ranges.count, using: &generator)]
            if let scalar = Unicode.Scalar(UInt32.random(in: range, using: &generator)) {
                text.unicodeScalars.append(scalar)
            }
        }
        return text
    }
}
