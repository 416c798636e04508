/// Bodies that no door may take.
enum MalformedJSON {
    static let all: [(kind: String, bytes: [UInt8])] = texts.map { ($0.kind, Array($0.text.utf8)) } + bytes

    private static let deep =
        #"{"a":"# + String(repeating: "[", count: 5000) + String(repeating: "]", count: 5000) + "}"

    /// Bodies that are no JSON object, each wrong in its own way.
    private static let texts: [(kind: String, text: String)] = [
        ("open object", "{"), ("closed object", "}"), ("open array", "["), ("name without value", #"{"a":}"#),
        ("no colon", #"{"a" 1}"#), ("bare name", "{a:1}"), ("single quotes", "{'a':1}"),
        ("comma at the end of an object", #"{"a":1,}"#), ("comma at the end of an array", #"{"a":[1,]}"#),
        ("no comma", #"{"a":1 "b":2}"#), ("two values", #"{"a":1}{"b":2}"#), ("text after the value", #"{"a":1} x"#),
        ("cut literal", #"{"a":nul}"#), ("capital literal", #"{"a":True}"#), ("NaN", #"{"a":NaN}"#),
        ("Infinity", #"{"a":-Infinity}"#), ("leading zero", #"{"a":01}"#), ("plus sign", #"{"a":+1}"#),
        ("no digit before the point", #"{"a":.5}"#), ("no digit after the point", #"{"a":1.}"#),
        ("empty exponent", #"{"a":1e}"#), ("hexadecimal", #"{"a":0x10}"#), ("unknown escape", #"{"a":"\x"}"#),
        ("cut escape", #"{"a":"\u12"}"#), ("half a surrogate pair", #"{"a":"\ud800"}"#), ("open string", #"{"a":"b}"#),
        ("line break in a string", "{\"a\":\"b\nc\"}"), ("comment", "/* x */ {}"), ("only blanks", "   \n"),
        ("a number", "1"), ("a string", #""text""#), ("null", "null"), ("an array", "[]"), ("a form", "a=1&b=2"),
        ("XML", "<a>1</a>"), ("too deep", String(repeating: "[", count: 100_000)),
        ("too deep and closed", deep),
    ]

    private static let bytes: [(kind: String, bytes: [UInt8])] = [
        ("invalid UTF-8", [0x7B, 0x22, 0xC3, 0x28, 0x22, 0x3A, 0x31, 0x7D]),
        ("overlong UTF-8", [0x7B, 0x22, 0xC0, 0xAF, 0x22, 0x3A, 0x31, 0x7D]),
        ("UTF-16", [0x7B, 0, 0x7D, 0]),
        ("NUL bytes", [0, 0, 0, 0]), ("NUL after the value", [0x7B, 0x7D, 0]),
        ("random bytes", [0x8A, 0x01, 0xFF, 0x7F, 0x00, 0xFE, 0x22, 0x7B]),
    ]
}
