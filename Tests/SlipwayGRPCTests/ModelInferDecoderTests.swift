import Foundation
import GRPCCore
import SlipwayOpenInference
import SwiftProtobuf
import Testing

@testable import SlipwayGRPC
@testable import SlipwayService

@Suite struct ModelInferDecoderTests {
    typealias Message = Inference_ModelInferRequest

    /// Two rows of two floats in the typed form, changed.
    private static func typed(_ change: (inout Message) -> Void = { _ in }) -> Message {
        var message = Message()
        message.modelName = "m"
        var input = Message.InferInputTensor()
        input.name = "x"
        input.datatype = "FP32"
        input.shape = [2, 2]
        input.contents.fp32Contents = [1, 2, 3, 4]
        message.inputs = [input]
        change(&message)
        return message
    }

    private static func raw(_ type: String, _ shape: [Int64], _ bytes: [UInt8]) -> Message {
        typed {
            $0.inputs[0].datatype = type
            $0.inputs[0].shape = shape
            $0.inputs[0].clearContents()
            $0.rawInputContents = [Data(bytes)]
        }
    }

    private static func decode(_ message: Message) throws -> InferenceRequest {
        try ModelInferDecoder.request(message, headerKey: nil, timeoutNanoseconds: nil)
    }

    /// What is wrong, the code it must be refused with, and a word of the sentence.
    private static let bad: [(name: String, message: Message, code: RPCError.Code, word: String)] = [
        ("no inputs", typed { $0.inputs = [] }, .invalidArgument, "inputs"),
        ("no name", typed { $0.inputs[0].name = "" }, .invalidArgument, "name"),
        ("an unknown type", typed { $0.inputs[0].datatype = "FLOAT" }, .invalidArgument, "FLOAT"),
        ("no type", typed { $0.inputs[0].datatype = "" }, .invalidArgument, "datatype"),
        ("a negative length", typed { $0.inputs[0].shape = [-1, 4] }, .invalidArgument, "-1"),
        ("the smallest length", typed { $0.inputs[0].shape = [.min] }, .invalidArgument, "lengths"),
        ("a product that overflows", typed { $0.inputs[0].shape = [.max, 2] }, .invalidArgument, "too large"),
        ("nine dimensions", typed { $0.inputs[0].shape = .init(repeating: 1, count: 9) }, .invalidArgument, "8"),
        ("a shape that asks for more", typed { $0.inputs[0].shape = [3, 2] }, .invalidArgument, "asks for 6"),
        ("a shape that asks for nothing", typed { $0.inputs[0].shape = [0] }, .invalidArgument, "asks for 0"),
        ("another list", typed { $0.inputs[0].datatype = "FP64" }, .invalidArgument, "fp64_contents"),
        ("two lists", typed { $0.inputs[0].contents.intContents = [1] }, .invalidArgument, "1 in int_contents"),
        ("short floats in lists", typed { $0.inputs[0].datatype = "BF16" }, .invalidArgument, "raw_input_contents"),
        (
            "a number that is no INT8",
            typed {
                $0.inputs[0].datatype = "INT8"
                $0.inputs[0].contents = .with { $0.intContents = [1, 2, 128, 3] }
            }, .invalidArgument, "128"
        ),
        (
            "a number that is no UINT16",
            typed {
                $0.inputs[0].datatype = "UINT16"
                $0.inputs[0].contents = .with { $0.uintContents = [1, 2, 3, 65_536] }
            }, .invalidArgument, "65536"
        ),
        ("raw and typed", typed { $0.rawInputContents = [Data(count: 16)] }, .invalidArgument, "one or the other"),
        ("raw for more inputs", typed { $0.rawInputContents = [Data(), Data()] }, .invalidArgument, "one for each"),
        ("raw too short", raw("FP32", [2, 2], [UInt8](repeating: 0, count: 15)), .invalidArgument, "15 raw bytes"),
        ("raw too long", raw("INT64", [1], [UInt8](repeating: 0, count: 9)), .invalidArgument, "9 raw bytes"),
        ("raw that cannot be", raw("FP64", [.max], []), .invalidArgument, "more than there can be"),
        ("a raw BOOL of 2", raw("BOOL", [1], [2]), .invalidArgument, "BOOL"),
        ("BYTES that end in a length", raw("BYTES", [1], [1, 0, 0]), .invalidArgument, "end within"),
        ("BYTES that end in an element", raw("BYTES", [1], [2, 0, 0, 0, 65]), .invalidArgument, "end within"),
        ("BYTES with the largest length", raw("BYTES", [1], [255, 255, 255, 255, 0]), .invalidArgument, "end within"),
        ("too many BYTES", raw("BYTES", [1], [0, 0, 0, 0, 0, 0, 0, 0]), .invalidArgument, "2 raw elements"),
        ("an output without a name", typed { $0.outputs = [.init()] }, .invalidArgument, "name"),
        (
            "a class instead of scores",
            typed {
                $0.outputs = [
                    .with {
                        $0.name = "y"; $0.parameters["classification"] = .with { $0.int64Param = 1 }
                    }
                ]
            }, .unimplemented, "classification"
        ),
        (
            "shared memory",
            typed { $0.inputs[0].parameters["shared_memory_region"] = .with { $0.stringParam = "r" } }, .unimplemented,
            "shared memory"
        ),
        (
            "a key that is no text", typed { $0.parameters["key"] = .with { $0.boolParam = true } }, .invalidArgument,
            "key"
        ),
        (
            "a timeout below 0", typed { $0.parameters["timeout"] = .with { $0.int64Param = -1 } }, .invalidArgument,
            "timeout"
        ),
    ]

    @Test func `what is not of the protocol is refused with a code and a sentence`() {
        for row in Self.bad {
            let error = #expect(throws: RPCError.self, "\(row.name)") { try Self.decode(row.message) }
            #expect(error?.code == row.code, "\(row.name): \(String(describing: error))")
            #expect(error?.message.contains(row.word) == true, "\(row.name): \(String(describing: error))")
        }
    }

    @Test func `every type is read alike from raw bytes and from its list, and written back the same`() throws {
        let rows: [(type: TensorType, raw: [UInt8], fill: (inout Inference_InferTensorContents) -> Void)] = [
            (.bool, [1, 0], { $0.boolContents = [true, false] }),
            (.int8, [0xff, 127], { $0.intContents = [-1, 127] }),
            (.int16, [0xfe, 0xff, 0, 1], { $0.intContents = [-2, 256] }),
            (.int32, [1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff], { $0.intContents = [1, -1] }),
            (
                .int64, [1] + .init(repeating: 0, count: 7) + .init(repeating: 255, count: 8),
                { $0.int64Contents = [1, -1] }
            ),
            (.uint8, [0, 255], { $0.uintContents = [0, 255] }),
            (.uint16, [0, 0, 255, 255], { $0.uintContents = [0, 65_535] }),
            (.uint32, [1, 0, 0, 0, 255, 255, 255, 255], { $0.uintContents = [1, .max] }),
            (
                .uint64, [1] + .init(repeating: 0, count: 7) + .init(repeating: 255, count: 8),
                { $0.uint64Contents = [1, .max] }
            ),
            (.fp32, [0, 0, 0x80, 0x3f, 0, 0, 0xc0, 0x7f], { $0.fp32Contents = [1, .nan] }),
            (
                .fp64, [0, 0, 0, 0, 0, 0, 0xf0, 0x3f, 0, 0, 0, 0, 0, 0, 0xf0, 0x7f],
                { $0.fp64Contents = [1, .infinity] }
            ),
            (.bytes, [1, 0, 0, 0, 65, 0, 0, 0, 0], { $0.bytesContents = [Data("A".utf8), Data()] }),
            (.bytes, [1, 0, 0, 0, 255, 0, 0, 0, 0], { $0.bytesContents = [Data([255]), Data()] }),
        ]
        for row in rows {
            var message = Self.raw(row.type.rawValue, [2], row.raw)
            let fromRaw = try Self.decode(message).inputs[0]
            message.rawInputContents = []
            message.inputs[0].contents = .with(row.fill)
            let fromList = try Self.decode(message).inputs[0]
            #expect(fromRaw.data.type == row.type && fromRaw.shape == [2], "\(row.type)")
            #expect(Array(fromRaw.data.raw.bytes) == row.raw, "\(row.type)")
            #expect(Array(fromList.data.raw.bytes) == row.raw, "\(row.type)")
            let written = try #require(TypedContents.message(of: fromRaw.data), "\(row.type)")
            // Bytes, because NaN is not equal to itself.
            #expect(
                try written.serializedData() == Inference_InferTensorContents.with(row.fill).serializedData(),
                "\(row.type)"
            )
            #expect(RawContents.bytes(of: fromList.data) == Data(row.raw), "\(row.type)")
        }
    }

    @Test func `the shorter of both deadlines counts, and a key in the message comes before the header's`() throws {
        let message = Self.typed {
            $0.parameters["timeout"] = .with { $0.int64Param = 3_000_000 }
            $0.parameters["key"] = .with { $0.stringParam = "mine" }
            $0.parameters["nobody's"] = .with { $0.doubleParam = 1 }
            $0.id = "i"
        }
        for (deadline, expected) in [(nil, 3000), (1_000_000_000, 1000), (9_000_000_000, 3000)] as [(UInt64?, Int)] {
            let request = try ModelInferDecoder.request(message, headerKey: "theirs", timeoutNanoseconds: deadline)
            #expect(request.timeoutMilliseconds == expected && request.key == "mine" && request.id == "i")
        }
        let plain = try ModelInferDecoder.request(Self.typed(), headerKey: "theirs", timeoutNanoseconds: nil)
        #expect(plain.timeoutMilliseconds == nil && plain.key == "theirs" && plain.id == nil && plain.outputs == nil)
    }

    @Test func `versions are numbers from 1, and nothing is the server's choice`() throws {
        #expect(try ModelInferDecoder.version("") == nil)
        #expect(try ModelInferDecoder.version("12") == 12)
        for text in ["0", "-1", "one", "1.0", "99999999999999999999", " 1"] {
            let error = #expect(throws: RPCError.self) { try ModelInferDecoder.version(text) }
            #expect(error?.code == .notFound, "\(text)")
        }
    }

    @Test func `an answer with a type that has no list is raw whatever was asked`() {
        let half = TensorBytes([0, 0x3c], of: .fp16, count: 1)
        let answer = InferenceAnswer(
            model: "m",
            version: 1,
            id: nil,
            predictionID: "p",
            outputs: [Tensor(name: "a", shape: [1], data: .fp32([1])), Tensor(name: "b", shape: [1], data: .raw(half))]
        )
        let message = ModelInferEncoder.message(answer, isRaw: false)
        #expect(message.rawOutputContents == [Data([0, 0, 0x80, 0x3f]), Data([0, 0x3c])])
        #expect(message.outputs.allSatisfy { !$0.hasContents })
    }
}
