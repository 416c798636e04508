import Foundation
import Synchronization
import Testing

@testable import SlipwayONNX

@Suite("Running ONNX models")
struct ONNXRunTests {
    @Test("A gradient-boosting model gives scikit-learn's labels and probabilities, for many rows and for each alone")
    func gradientBoosting() throws {
        let session = try ONNXFixture.session("breast-cancer-gb.onnx")
        let expected = try ONNXFixture.expected()
        func check(_ rows: Range<Int>) throws {
            let input = ONNXTensor(
                name: "X",
                shape: [rows.count, 30],
                data: .float(expected.rows[rows].flatMap { $0 })
            )
            let outputs = try session.run(inputs: [input])
            #expect(outputs.map(\.name) == ["label", "probabilities"])
            #expect(outputs[0].data == .int64(Array(expected.gb.labels[rows])))
            #expect(outputs[1].shape == [rows.count, 2])
            guard case .float(let scores) = outputs[1].data else {
                Issue.record("the probabilities are no floats")
                return
            }
            for (score, wanted) in zip(scores, expected.gb.probabilities[rows].flatMap { $0 }) {
                #expect(abs(Double(score) - wanted) < 1e-5)
            }
        }
        try check(0..<expected.rows.count)
        for row in expected.rows.indices { try check(row..<(row + 1)) }
    }

    @Test("A sequence of maps comes out as rows and columns, with the class of each column")
    func zipMap() throws {
        let session = try ONNXFixture.session("zipmap-lr.onnx")
        let expected = try ONNXFixture.expected()
        #expect(session.outputs.map(\.isSequenceOfMaps) == [false, true])
        let rows = expected.rows.count
        let input = ONNXTensor(name: "X", shape: [rows, 30], data: .float(expected.rows.flatMap { $0 }))
        let outputs = try session.run(inputs: [input])
        #expect(outputs[0].data == .string(expected.lr.labels))
        #expect(outputs[1].columnLabels == expected.lr.classes)
        #expect(outputs[1].shape == [rows, 2])
        guard case .float(let scores) = outputs[1].data else {
            Issue.record("the probabilities are no floats")
            return
        }
        #expect(scores.count == rows * 2)
        for (score, wanted) in zip(scores, expected.lr.probabilities.flatMap { $0 }) {
            #expect(abs(Double(score) - wanted) < 1e-5)
        }
    }

    static let everyType: [ONNXTensor.Data] = [
        .float([1.5, -.infinity]), .double([.pi, -0.0]), .int64([.min, .max]), .int32([.min, .max]),
        .int16([.min, .max]), .int8([.min, .max]), .uint64([.min, .max]), .uint32([.min, .max]),
        .uint16([.min, .max]), .uint8([.min, .max]), .bool([true, false]), .string(["", "Zürich – 東京 🛫"]),
    ]

    @Test("Every element type goes in and comes out unchanged, whatever the order of the inputs")
    func everyTypeRoundTrip() throws {
        let session = try ONNXFixture.session("every-type.onnx")
        #expect(session.inputs.map(\.elementType) == Self.everyType.map(\.elementType))
        let inputs = zip(session.inputs, Self.everyType).map { ONNXTensor(name: $0.name, shape: [1, 2], data: $1) }
        for order in [inputs, inputs.reversed()] {
            let outputs = try session.run(inputs: order)
            #expect(outputs.map(\.data) == Self.everyType)
            #expect(outputs.allSatisfy { $0.shape == [1, 2] })
        }
        let chosen = try session.run(inputs: inputs, outputs: ["string_out", "bool_out"])
        #expect(chosen.map(\.name) == ["string_out", "bool_out"])
        #expect(chosen[0].data == Self.everyType[11])
    }

    @Test("No rows in, no rows out")
    func noRows() throws {
        let session = try ONNXFixture.session("every-type.onnx")
        let empty: [ONNXTensor.Data] = [
            .float([]), .double([]), .int64([]), .int32([]), .int16([]), .int8([]), .uint64([]), .uint32([]),
            .uint16([]), .uint8([]), .bool([]), .string([]),
        ]
        let inputs = zip(session.inputs, empty).map { ONNXTensor(name: $0.name, shape: [0, 2], data: $1) }
        let outputs = try session.run(inputs: inputs)
        #expect(outputs.map(\.data) == empty)
        #expect(outputs.allSatisfy { $0.shape == [0, 2] })
    }

    static let wrongInputs: [(tensors: [ONNXTensor], message: String)] = {
        func x(_ shape: [Int], _ data: ONNXTensor.Data) -> ONNXTensor {
            ONNXTensor(name: "X", shape: shape, data: data)
        }
        let row = [Float](repeating: 0, count: 30)
        return [
            ([], "missing: X"),
            ([ONNXTensor(name: "Y", shape: [1, 30], data: .float(row))], "no input \"Y\""),
            ([x([1, 30], .float(row)), x([1, 30], .float(row))], "given twice"),
            ([x([1, 30], .float(row)), ONNXTensor(name: "", shape: [], data: .float([0]))], "no input \"\""),
            ([x([1, 30], .double([Double](repeating: 0, count: 30)))], "has type FP64; the model wants FP32"),
            ([x([30], .float(row))], "has shape [30]; the model wants [any, 30]"),
            ([x([1, 29], .float(Array(row.dropLast())))], "has shape [1, 29]"),
            ([x([1, 30], .float([]))], "has 0 elements"),
            ([x([2, 30], .float(row))], "has 30 elements"),
            ([x([-1, 30], .float(row))], "has shape [-1, 30]"),
            ([x([.max, 30], .float(row))], "too large"),
        ]
    }()

    @Test("A wrong input is refused in words", arguments: wrongInputs)
    func wrongInput(tensors: [ONNXTensor], message: String) throws {
        let session = try ONNXFixture.session("breast-cancer-gb.onnx")
        let error = #expect(throws: ONNXError.self) { try session.run(inputs: tensors) }
        guard case .inputRefused(let reason) = try #require(error) else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(reason.contains(message), "\(reason)")
    }

    @Test("A string with a NUL is refused, not cut off")
    func stringWithNul() throws {
        let session = try ONNXFixture.session("every-type.onnx")
        var inputs = zip(session.inputs, Self.everyType).map { ONNXTensor(name: $0.name, shape: [1, 2], data: $1) }
        inputs[11].data = .string(["a\0b", ""])
        #expect(throws: ONNXError.self) { try session.run(inputs: inputs) }
    }

    @Test("An unknown output is named together with the known ones")
    func unknownOutput() throws {
        let session = try ONNXFixture.session("breast-cancer-gb.onnx")
        let input = ONNXTensor(name: "X", shape: [1, 30], data: .float([Float](repeating: 0, count: 30)))
        #expect(throws: ONNXError.outputUnknown(name: "score", known: ["label", "probabilities"])) {
            try session.run(inputs: [input], outputs: ["score"])
        }
    }

    @Test("A run past its deadline is stopped, and the session goes on working")
    func deadline() throws {
        let session = try ONNXFixture.session("counting-loop.onnx")
        func count(_ steps: Int64, milliseconds: Int?) throws -> ONNXTensor.Data? {
            let inputs = [
                ONNXTensor(name: "count", shape: [], data: .int64([steps])),
                ONNXTensor(name: "start", shape: [1], data: .float([0])),
            ]
            return try session.run(inputs: inputs, timeoutMilliseconds: milliseconds).first?.data
        }
        for _ in 0..<3 {
            #expect(throws: ONNXError.timedOut(milliseconds: 30)) { try count(.max, milliseconds: 30) }
            #expect(try count(10, milliseconds: 60_000) == .float([10]))
            #expect(try count(10, milliseconds: nil) == .float([10]))
        }
    }

    @Test("One session gives the right answers to several threads at once, and outlives its last reference")
    func threads() throws {
        let expected = try ONNXFixture.expected()
        let wrong = Mutex(0)
        let runs = Mutex(0)
        let group = DispatchGroup()
        var session: ONNXSession? = try ONNXFixture.session("breast-cancer-gb.onnx")
        for thread in 0..<4 {
            guard let held = session else { return }
            DispatchQueue.global().async(group: group) {
                for turn in 0..<200 {
                    let row = (thread * 7 + turn) % expected.rows.count
                    let input = ONNXTensor(name: "X", shape: [1, 30], data: .float(expected.rows[row]))
                    // An error counts as a wrong answer.
                    let outputs = try? held.run(inputs: [input], timeoutMilliseconds: turn % 2 == 0 ? 60_000 : nil)
                    let right = outputs?.first?.data == .int64([expected.gb.labels[row]])
                    wrong.withLock { $0 += right ? 0 : 1 }
                    runs.withLock { $0 += 1 }
                }
            }
        }
        session = nil
        group.wait()
        #expect(wrong.withLock { $0 } == 0)
        #expect(runs.withLock { $0 } == 800)
    }
}
