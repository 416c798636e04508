import Foundation
import Testing

@testable import SlipwayONNX

@Suite("Loading ONNX models")
struct ONNXLoadTests {
    @Test("A model tells its inputs, outputs and metadata")
    func metadata() throws {
        let session = try ONNXFixture.session("breast-cancer-gb.onnx")
        #expect(session.inputs == [ONNXValueInfo(name: "X", elementType: .float, shape: [-1, 30])])
        #expect(
            session.outputs == [
                ONNXValueInfo(name: "label", elementType: .int64, shape: [-1]),
                ONNXValueInfo(name: "probabilities", elementType: .float, shape: [-1, 2]),
            ]
        )
        #expect(session.metadata.producer == "skl2onnx")
        #expect(session.metadata.custom == ["slipway.fixture": "breast-cancer", "labels": "malignant,benign"])
    }

    @Test("Empty, random and foreign bytes are refused")
    func foreignBytes() throws {
        let runtime = try ONNXRuntime.load()
        let seed: UInt64 = 20_131
        var generator = ONNXFixture.Generator(state: seed)
        var models: [[UInt8]] = [[], [0]]
        models += ["not a model", "{\"a\": 1}", "....ORTM...."].map { Array($0.utf8) }
        for length in stride(from: 1, to: 4_000, by: 131) {
            models.append((0..<length).map { _ in UInt8.random(in: .min ... .max, using: &generator) })
        }
        for model in models {
            #expect(throws: ONNXError.self, "seed \(seed), \(model.count) bytes") {
                try ONNXSession(model: model, runtime: runtime)
            }
        }
    }

    @Test("A model that is cut off anywhere is refused", arguments: ["breast-cancer-gb.onnx", "every-type.onnx"])
    func truncated(name: String) throws {
        let runtime = try ONNXRuntime.load()
        let whole = [UInt8](try ONNXFixture.data(name))
        for length in stride(from: 0, to: whole.count - 8, by: max(1, whole.count / 97)) {
            #expect(throws: ONNXError.self, "\(length) bytes") {
                try ONNXSession(model: Array(whole[..<length]), runtime: runtime)
            }
        }
    }

    @Test("A model with changed bits loads or is refused, and leaves the process alive")
    func flippedBits() throws {
        let runtime = try ONNXRuntime.load()
        let seed: UInt64 = 7
        var generator = ONNXFixture.Generator(state: seed)
        let whole = [UInt8](try ONNXFixture.data("every-type.onnx"))
        var refused = 0
        for _ in 0..<300 {
            var model = whole
            for _ in 0..<4 {
                let position = Int.random(in: 0..<whole.count, using: &generator)
                model[position] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
            }
            do { _ = try ONNXSession(model: model, runtime: runtime) } catch { refused += 1 }
        }
        #expect(refused > 100, "seed \(seed)")
    }

    @Test("A model above the limit is refused before it is read")
    func tooLarge() throws {
        let data = try ONNXFixture.data("every-type.onnx")
        #expect(throws: ONNXError.modelTooLarge(bytes: data.count, limit: 100)) {
            try ONNXSession(model: data, runtime: .load(), maximumBytes: 100)
        }
    }

    @Test(
        "A model that would read another file of the server is refused",
        arguments: ["external-initializer.onnx", "external-attribute.onnx"]
    )
    func externalData(name: String) throws {
        let error = #expect(throws: ONNXError.self) { try ONNXFixture.session(name) }
        guard case .modelUnsupported(let reason) = try #require(error) else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(reason.contains("other files"))
    }

    @Test("The scan passes every good fixture and stops at nesting without end")
    func scan() throws {
        for name in ["breast-cancer-gb.onnx", "zipmap-lr.onnx", "every-type.onnx", "counting-loop.onnx"] {
            let verdict = [UInt8](try ONNXFixture.data(name)).withUnsafeBytes { ONNXModelScan.verdict(on: $0) }
            #expect(verdict == .selfContained, "\(name)")
        }
        // node(attribute(graph(node(...)))), 50 times.
        var nested: [UInt8] = []
        func wrap(_ field: UInt8) {
            var length = nested.count
            var varint: [UInt8] = []
            while length >= 128 {
                varint.append(UInt8(length & 127) | 128)
                length >>= 7
            }
            nested = [field << 3 | 2] + varint + [UInt8(length)] + nested
        }
        for _ in 0..<50 {
            wrap(6)
            wrap(5)
            wrap(1)
        }
        wrap(7)
        #expect(nested.withUnsafeBytes { ONNXModelScan.verdict(on: $0) } == .malformed)
    }

    @Test("A library that is not there is looked for in vain, and the message says where")
    func missingLibrary() throws {
        let error = #expect(throws: ONNXError.self) {
            try ONNXLibrary.locate(explicitPath: "/nowhere/libonnxruntime.so")
        }
        #expect(try #require(error).description.contains("/nowhere/libonnxruntime.so"))
        let plain = "/etc/hostname"
        #expect(throws: ONNXError.self) { try ONNXLibrary.open(path: plain) }
    }

    @Test(
        "Versions are understood",
        arguments: [
            ("1.32.0", true), ("1.17.3", true), ("2.0.0-rc1", true), ("1.16.3", false), ("", false), ("one.two", false),
        ]
    )
    func versions(text: String, understood: Bool) {
        #expect(ONNXRuntime.parses(version: text) == understood)
    }

    @Test("The runtime is loaded once")
    func loadedOnce() throws {
        #expect(try ONNXRuntime.load() === ONNXRuntime.load())
        #expect(Set(ONNXFunctionIndex.allCases.map(\.rawValue)).count == ONNXFunctionIndex.allCases.count)
    }
}
