import HTTPTypes
import SlipwayJSON
import SlipwayService
import SlipwayWire
import Testing

@testable import SlipwayInference

@Suite("Reading inference requests")
struct InferenceDecoderTests {
    /// Decodes a body as the door does.
    private static func question(_ json: String, _ tail: [UInt8]? = nil, length: Int? = nil) throws -> InferenceQuestion
    {
        let bytes = Array(json.utf8) + (tail ?? [])
        let body = try InferenceBody(bytes, headerLength: length ?? tail.map { _ in json.utf8.count })
        guard let header = body.header else { throw WireError.malformed("no JSON") }
        return try InferenceDecoder.question(header.root, tail: body.tail, headerKey: nil)
    }

    private static func input(_ type: String, _ shape: String, _ rest: String) -> String {
        #"{"inputs":[{"name":"x","datatype":"\#(type)","shape":\#(shape),\#(rest)}]}"#
    }

    static let binary: [(type: TensorType, bytes: [UInt8], numbers: [Double])] = [
        (.bool, [1, 0], [1, 0]), (.int8, [0x80, 0x7F], [-128, 127]), (.uint8, [0, 255], [0, 255]),
        (.int16, [0, 0x80, 0xFF, 0x7F], [-32768, 32767]), (.uint16, [0, 0, 0xFF, 0xFF], [0, 65535]),
        (.int32, [0, 0, 0, 0x80, 1, 0, 0, 0], [-2_147_483_648, 1]),
        (.uint32, [0xFF, 0xFF, 0xFF, 0xFF, 1, 0, 0, 0], [4_294_967_295, 1]),
        (.int64, [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 2, 0, 0, 0, 0, 0, 0, 0], [-1, 2]),
        (.uint64, [0, 0, 0, 0, 0, 0, 0, 0x80, 2, 0, 0, 0, 0, 0, 0, 0], [9_223_372_036_854_775_808, 2]),
        (.fp16, [0, 0x3C, 0, 0xC0], [1, -2]), (.bf16, [0x80, 0x3F, 0, 0xC0], [1, -2]),
        (.fp32, [0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0], [1, -2]),
        (.fp64, [0, 0, 0, 0, 0, 0, 0xF0, 0x3F, 0, 0, 0, 0, 0, 0, 0, 0xC0], [1, -2]),
    ]

    @Test("each type is read from its bytes, wherever they begin", arguments: binary)
    func binaryTypes(_ type: TensorType, _ bytes: [UInt8], _ numbers: [Double]) throws {
        for padding in 0..<4 {
            let json =
                Self.input(type.rawValue, "[1,2]", #""parameters":{"binary_data_size":\#(bytes.count)}"#)
                + String(repeating: " ", count: padding)
            let tensor = try #require(try Self.question(json, bytes).request.inputs.first)
            #expect(tensor.shape == [1, 2] && tensor.data.type == type && tensor.data.count == 2)
            #expect((0..<2).map { tensor.data.number(at: $0) } == numbers)
            #expect(Array(tensor.data.raw.bytes) == bytes)
        }
    }

    @Test("texts are read from their bytes, and bytes that are no text stay bytes")
    func binaryTexts() throws {
        let json = { (size: Int) in Self.input("BYTES", "[2]", #""parameters":{"binary_data_size":\#(size)}"#) }
        let texts: [UInt8] = [3, 0, 0, 0] + Array("a東".utf8)[..<3] + [0, 0, 0, 0]
        let broken = try Self.question(json(texts.count), texts).request.inputs[0].data
        #expect(broken.type == .bytes && broken.count == 2)
        let whole = TensorBytes(texts: ["a東", ""])
        let read = try Self.question(json(whole.bytes.count), Array(whole.bytes)).request.inputs[0].data
        #expect(read == .bytes(["a東", ""]))
        #expect(read.raw == whole)
    }

    static let exactNumbers: [(type: String, data: String, texts: [String])] = [
        ("INT64", "[9223372036854775807,-9223372036854775808]", ["9223372036854775807", "-9223372036854775808"]),
        ("UINT64", "[18446744073709551615,9007199254740993]", ["18446744073709551615", "9007199254740993"]),
        ("INT8", "[-128,127]", ["-128", "127"]), ("UINT8", "[0,255]", ["0", "255"]),
        ("INT16", "[-32768,32767]", ["-32768", "32767"]), ("UINT16", "[0,65535]", ["0", "65535"]),
        ("UINT32", "[0,4294967295]", ["0", "4294967295"]), ("BOOL", "[true,false]", ["true", "false"]),
        ("BYTES", #"["","x"]"#, ["", "x"]),
    ]

    @Test("JSON keeps all digits", arguments: exactNumbers)
    func digits(_ type: String, _ data: String, _ texts: [String]) throws {
        let tensor = try Self.question(Self.input(type, "[2]", #""data":\#(data)"#)).request.inputs[0]
        #expect((0..<2).map { tensor.data.text(at: $0) } == texts)
    }

    static let refused: [(why: String, json: String, tail: [UInt8]?)] = {
        func sized(_ size: String, _ shape: String = "[1,2]", type: String = "FP32") -> String {
            input(type, shape, #""parameters":{"binary_data_size":\#(size)}"#)
        }
        let eight = [UInt8](repeating: 0, count: 8)
        return [
            ("binary without the header", sized("8"), nil), ("size over the body", sized("12"), eight),
            ("size unlike the shape", sized("4"), eight), ("bytes left over", sized("8"), eight + [0]),
            ("negative size", sized("-1"), eight), ("size is a text", sized(#""8""#), eight),
            ("size is a fraction", sized("8.0"), eight), ("size is null", sized("null"), eight),
            ("shape whose bytes overflow", sized("8", "[4611686018427387904]"), eight),
            ("both forms", input("FP32", "[1,2]", #""data":[1,2],"parameters":{"binary_data_size":8}"#), eight),
            ("JSON data and bytes left over", input("FP32", "[1,2]", #""data":[1,2]"#), eight),
            ("BOOL of 2", sized("2", type: "BOOL"), [1, 2]),
            ("text longer than the rest", sized("5", "[1]", type: "BYTES"), [9, 0, 0, 0, 65]),
            ("text of 4 GB", sized("5", "[1]", type: "BYTES"), [255, 255, 255, 255, 65]),
            ("text without a length", sized("3", "[1]", type: "BYTES"), [1, 0, 0]),
            ("fewer texts than the shape", sized("5", "[2]", type: "BYTES"), [1, 0, 0, 0, 65]),
            ("FP16 in JSON", input("FP16", "[1]", #""data":[1]"#), nil),
            ("BF16 in JSON", input("BF16", "[1]", #""data":[1]"#), nil),
            ("UINT8 of 256", input("UINT8", "[1]", #""data":[256]"#), nil),
            ("UINT8 of -1", input("UINT8", "[1]", #""data":[-1]"#), nil),
            ("INT8 of 128", input("INT8", "[1]", #""data":[128]"#), nil),
            ("UINT64 of 2^64", input("UINT64", "[1]", #""data":[18446744073709551616]"#), nil),
            ("INT64 of 2^63", input("INT64", "[1]", #""data":[9223372036854775808]"#), nil),
            ("INT64 with a point", input("INT64", "[1]", #""data":[1.0]"#), nil),
            ("BOOL as a number", input("BOOL", "[1]", #""data":[1]"#), nil),
            ("NaN", input("FP32", "[1]", #""data":[NaN]"#), nil),
            ("Infinity", input("FP32", "[1]", #""data":[Infinity]"#), nil),
            ("null", input("FP32", "[1]", #""data":[null]"#), nil), ("a list", "[]", nil), ("nothing", "", nil),
            ("cut off", #"{"inputs":["#, nil), ("shape is an object", input("FP32", "{}", #""data":[1]"#), nil),
            ("data twice", input("FP32", "[1]", #""data":[1],"data":[2]"#), nil),
            ("parameters of an input are a list", input("FP32", "[1]", #""data":[1],"parameters":[]"#), nil),
            (
                "shared memory",
                input("FP32", "[1]", #""parameters":{"shared_memory_region":"r","shared_memory_byte_size":4}"#), nil
            ),
            ("binary_data_output is a text", #"{"parameters":{"binary_data_output":"yes"},"inputs":[]}"#, nil),
            ("timeout is negative", #"{"parameters":{"timeout":-1},"inputs":[]}"#, nil),
            ("binary_data is 1", #"{"outputs":[{"name":"a","parameters":{"binary_data":1}}],"inputs":[]}"#, nil),
            ("classification", #"{"outputs":[{"name":"a","parameters":{"classification":2}}],"inputs":[]}"#, nil),
            ("outputs twice", #"{"outputs":[],"outputs":[],"inputs":[]}"#, nil),
            ("deep", String(repeating: "[", count: 100_000), nil),
        ]
    }()

    @Test("what is not of the protocol is refused with a sentence", arguments: refused)
    func refusal(_ why: String, _ json: String, _ tail: [UInt8]?) throws {
        let error = #expect(throws: (any Error).self, "\(why)") { try Self.question(json, tail) }
        let status = InferenceStatus(try #require(error))
        #expect(status.status == .badRequest && status.message.count > 8, "\(why): \(status.message)")
    }

    @Test("the header's length must lie within the body", arguments: [3, 1000, Int.max])
    func headerLength(_ length: Int) {
        #expect(throws: (any Error).self) { try Self.question(#"{"inputs":[]}"#, [], length: length) }
    }

    @Test("the form of the answer is what the request says, output by output")
    func forms() throws {
        let json = #"""
            {"id":"q","parameters":{"binary_data_output":true,"timeout":1500,"mine":[1],"key":"k"},
             "inputs":[{"name":"x","datatype":"FP32","shape":[1],"data":[1]}],
             "outputs":[{"name":"a","parameters":{"binary_data":false,"other":1}},{"name":"b"}]}
            """#
        let question = try Self.question(json)
        #expect(question.request.outputs == ["a", "b"] && question.request.id == "q" && question.request.key == "k")
        #expect(question.request.timeoutMilliseconds == 2)
        #expect(!question.form.isBinary("a") && question.form.isBinary("b"))
    }

    @Test("a raw body becomes one row of the only input")
    func rawBody() throws {
        let eight = [UInt8](repeating: 0, count: 8)[...]
        func shape(_ shape: [Int], _ type: TensorType = .fp32) throws -> [Int] {
            let signature = TensorSignature(name: "x", type: type, shape: shape)
            let question = try InferenceDecoder.rawQuestion(eight, signatures: [signature], headerKey: nil)
            #expect(question.form.isBinary("anything"))
            return question.request.inputs[0].shape
        }
        #expect(try shape([-1, 2]) == [1, 2])
        #expect(try shape([-1]) == [2])
        #expect(try shape([-1, -1]) == [1, 2])
        #expect(try shape([2]) == [2])
        #expect(try shape([1, -1, 2]) == [1, 1, 2])
        #expect(try shape([-1, 1], .bytes) == [1, 1])
        for wrong in [[-1, 3], [3], [-1, -1, -1], [-1, 0], [Int.max, Int.max]] {
            #expect(throws: ServiceError.self) { try shape(wrong) }
        }
        #expect(throws: ServiceError.self) {
            try InferenceDecoder.rawQuestion(eight, signatures: [], headerKey: nil)
        }
    }
}
