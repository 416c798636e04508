import Foundation
import GRPCCore
import SlipwayOpenInference
import SwiftProtobuf
import Testing

@testable import SlipwayGRPC

@Suite struct MessageOutlineTests {
    private static func refusal(_ message: Inference_ModelInferRequest) throws -> RPCError? {
        let bytes: [UInt8] = try message.serializedBytes()
        return refusal(bytes)
    }

    private static func refusal(_ bytes: [UInt8]) -> RPCError? {
        do {
            try bytes.withUnsafeBytes { try MessageOutline.check($0) }
            return nil
        } catch let error as RPCError {
            return error
        } catch {
            return RPCError(code: .unknown, message: "\(error)")
        }
    }

    @Test func `a thousand parts of each kind pass and one more does not`() throws {
        let parts: [(name: String, add: (inout Inference_ModelInferRequest, Int) -> Void)] = [
            ("parameters", { $0.parameters["\($1)"] = .init() }),
            ("inputs", { message, _ in message.inputs.append(.init()) }),
            ("outputs", { message, _ in message.outputs.append(.init()) }),
            ("raw_input_contents", { message, _ in message.rawInputContents.append(Data()) }),
        ]
        for part in parts {
            var message = Inference_ModelInferRequest()
            for index in 0..<MessageOutline.mostParts { part.add(&message, index) }
            #expect(try Self.refusal(message) == nil, "\(part.name)")
            part.add(&message, MessageOutline.mostParts)
            let error = try #require(try Self.refusal(message), "\(part.name)")
            #expect(error.code == .invalidArgument && error.message.contains(part.name), "\(error)")
        }
    }

    @Test func `typed contents have a limit of their own, raw contents have the message's`() throws {
        var message = Inference_ModelInferRequest()
        message.rawInputContents = [Data(count: MessageOutline.mostTypedBytes + 1)]
        #expect(try Self.refusal(message) == nil)
        var input = Inference_ModelInferRequest.InferInputTensor()
        input.contents.fp32Contents = [Float](repeating: 1, count: MessageOutline.mostTypedBytes / 8)
        message.inputs = [input]
        #expect(try Self.refusal(message) == nil)
        message.inputs = [input, input]
        #expect(try Self.refusal(message)?.code == .resourceExhausted)
    }

    @Test func `any bytes are looked over without harm, and the decoder has the last word`() throws {
        let seed: UInt64 = 20_261_124
        var random = SeededGenerator(seed: seed)
        let whole: [UInt8] = try Inference_ModelInferRequest.with {
            $0.modelName = "m"
            $0.parameters["key"] = .with { $0.stringParam = "k" }
            $0.inputs = [
                .with {
                    $0.name = "x"; $0.shape = [1]; $0.contents.fp32Contents = [1]
                }
            ]
            $0.rawInputContents = [Data([1, 2, 3, 4])]
        }.serializedBytes()
        for round in 0..<20_000 {
            var bytes = whole
            for _ in 0..<Int.random(in: 1...8, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            bytes.removeLast(Int.random(in: 0..<bytes.count, using: &random))
            #expect(Self.refusal(bytes) == nil, "seed \(seed), round \(round): \(bytes)")
            // Whatever can be decoded is either a question or refused with a sentence; nothing stops the process.
            guard let message = try? Inference_ModelInferRequest(serializedBytes: bytes) else { continue }
            do {
                _ = try ModelInferDecoder.request(message, headerKey: nil, timeoutNanoseconds: nil)
            } catch {
                #expect(error.message.count > 15, "seed \(seed), round \(round): \(error)")
            }
        }
    }
}

/// SplitMix64, so that a found seed can be run again.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
