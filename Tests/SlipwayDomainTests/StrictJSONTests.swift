import SlipwayDomain
import SlipwayJSON
import Testing

@Suite("JSON is read strictly")
struct StrictJSONTests {
    static let malformed: [String] = [
        "", " ", "{", "}", "[", "]", "[1,]", "[,1]", "[1 2]", #"{"a":1,}"#, #"{"a"}"#, #"{"a":}"#, #"{a:1}"#,
        #"{'a':1}"#, #"{"a":1 "b":2}"#, #"{1:2}"#, "[1]]", "{}{}", "1 2", "nul", "True", "NaN", "Infinity", "-Infinity",
        "+1", "01", "-", "1.", ".5", "1e", "1e+", "0x10", "1_000", "1e400", "-1e400", #""abc"#, #""\x""#, #""\u12""#,
        #""\ud800""#, #""\udc00\ud800""#, "\"a\tb\"", "\"a\nb\"", "// c\n1", "/* c */ 1", "[1] // c", "\u{FEFF}1",
        "undefined",
        "'a'", #"["a" : 1]"#, #"{"a":1,,"b":2}"#, "[1}", #"{"a":1]"#, "\u{0}", "1\u{0}", "012345678901234567890",
        "12345678901234567890x", "1.e5", "--12345678901234567890",
    ]

    @Test("Malformed text is refused with a sentence", arguments: malformed)
    func refuses(text: String) {
        #expect(throws: JSONError.self) { try JSONValue(parsing: Array(text.utf8)) }
    }

    @Test("Bytes that are not UTF-8 are refused")
    func utf8() {
        let bad: [[UInt8]] = [
            [0x22, 0xFF, 0x22], [0x22, 0xC0, 0x80, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22], [0x22, 0xE2, 0x82, 0x22],
            [0x22, 0xF5, 0x80, 0x80, 0x80, 0x22], [0x80],
        ]
        for bytes in bad { #expect(throws: JSONError.self) { try JSONValue(parsing: bytes) } }
    }

    @Test("Every prefix of a good text but the whole is refused")
    func truncation() throws {
        let text = Array(#"{"a":[1,2.5e3,"x\n€",null,true],"b":{"c":false}}"#.utf8)
        #expect(try JSONValue(parsing: text)["b"]?["c"]?.bool == false)
        for count in 0..<text.count {
            #expect(throws: JSONError.self) { try JSONValue(parsing: Array(text[..<count])) }
        }
    }

    @Test("A member that stands twice is refused, at any depth")
    func duplicates() {
        for text in [#"{"a":1,"a":1}"#, #"[{"x":{"a":1,"b":2,"a":3}}]"#, #"{"a":1,"\u0061":2}"#] {
            let error = #expect(throws: JSONError.self) { try JSONValue(parsing: Array(text.utf8)) }
            #expect(error?.message == #"the member "a" stands twice in one object"#)
        }
    }

    @Test("Nesting is accepted up to the limit and refused over it")
    func depth() throws {
        func nested(_ depth: Int) -> [UInt8] {
            Array((String(repeating: "[", count: depth) + String(repeating: "]", count: depth)).utf8)
        }
        #expect(throws: Never.self) { try JSONValue(parsing: nested(120)) }
        #expect(throws: JSONError.self) { try JSONValue(parsing: nested(129)) }
        #expect(throws: JSONError.self) { try JSONValue(parsing: nested(100_000)) }
        #expect(throws: JSONError.self) { try JSONValue(parsing: nested(12), limits: JSONLimits(maxDepth: 10)) }
    }

    @Test("A text over the size limit is refused before it is parsed")
    func size() {
        let limits = JSONLimits(maxBytes: 10)
        #expect(throws: Never.self) { try JSONValue(parsing: Array("[12345678]".utf8), limits: limits) }
        let error = #expect(throws: JSONError.self) {
            try JSONValue(parsing: Array("[123456789]".utf8), limits: limits)
        }
        #expect(error?.message.contains("11 bytes") == true)
    }

    @Test("64-bit integers keep every digit")
    func bigIntegers() throws {
        for text in ["9223372036854775807", "-9223372036854775808", "9007199254740993", "-9007199254740993", "0"] {
            let value = try JSONValue(parsing: Array(text.utf8))
            #expect(value.integer.map { String($0) } == text)
        }
        let unsigned = try JSONDocument.parse(Array("18446744073709551615".utf8)).root
        #expect(unsigned.unsigned == .max)
        #expect(unsigned.integer == nil)
        #expect(try JSONValue(parsing: Array("18446744073709551615".utf8)) == .number(18_446_744_073_709_551_616))
    }

    @Test("An integer of more than 64 bits is a double, as RFC 8785 writes large doubles")
    func longIntegers() throws {
        let text =
            #"{"a":[100000000000000000000,-295147905179352830000],"99999999999999999999":"99999999999999999999\"1"}"#
        let value = try JSONValue(parsing: Array(text.utf8))
        #expect(value["a"]?.array == [.number(1e20), .number(-295_147_905_179_352_825_856)])
        #expect(value["99999999999999999999"]?.string == #"99999999999999999999"1"#)
        for text in ["1e-10000000000000000000000", "0.10000000000000000000000000", "1.5e0000000000000000000001"] {
            #expect(throws: Never.self, "\(text)") { try JSONValue(parsing: Array(text.utf8)) }
        }
        #expect(throws: JSONError.self) { try JSONValue(parsing: Array(String(repeating: "9", count: 400).utf8)) }
    }

    @Test("A node gives members in the order of the text, and the last one of a name")
    func nodes() throws {
        let root = try JSONDocument.parse(Array(#"{"b":[1,[2,{}],"x"],"a":-1.5,"b":null}"#.utf8)).root
        #expect(root.kind == .object)
        #expect(root.members.map(\.name) == ["b", "a", "b"])
        #expect(root["b"]?.isNull == true)
        #expect(root["a"]?.double == -1.5)
        #expect(root["z"] == nil)
        let first = try #require(root.members.first(where: { $0.isNamed("b") })?.value)
        #expect(first.elements.map(\.kind) == [.integer, .array, .string])
        #expect(first.members.map(\.name) == [])
        let number = try #require(root["a"])
        #expect(number.elements.map(\.kind) == [])
    }

    @Test("Random bytes are refused or read, and never crash", arguments: 1...20)
    func randomBytes(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let alphabet = Array(#"{}[]",:\u0019-+.eE tfn"#.utf8) + [0x00, 0x80, 0xC3, 0xED, 0xF0, 0xFF]
        for _ in 0..<500 {
            let count = Int.random(in: 0...40, using: &generator)
            let bytes = (0..<count).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &generator)] }
            do {
                let value = try JSONValue(parsing: bytes)
                #expect(throws: Never.self, "seed \(seed)") { try CanonicalJSON.bytes(of: value) }
            } catch {
                #expect(!error.message.isEmpty, "seed \(seed)")
            }
        }
    }

    @Test("Numbers are equal by value, not by spelling")
    func equality() {
        #expect(JSONValue.integer(1) == .number(1.0))
        #expect(JSONValue.number(-0.0) == .integer(0))
        #expect(JSONValue.integer(1).hashValue == JSONValue.number(1.0).hashValue)
        #expect(JSONValue.integer(9_007_199_254_740_993) != .number(9_007_199_254_740_992))
        #expect(JSONValue.integer(1) != .string("1"))
        #expect(JSONValue.integer(1) != .bool(true))
        #expect(JSONValue.null != .object([:]))
    }
}
