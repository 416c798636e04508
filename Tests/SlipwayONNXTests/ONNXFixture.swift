import Foundation

@testable import SlipwayONNX

/// The models and expected values in Tests/Fixtures/onnx; `make.py` there makes them.
enum ONNXFixture {
    struct Expected: Decodable {
        struct Scores: Decodable {
            let labels: [Int64]
            let probabilities: [[Double]]
        }
        struct NamedScores: Decodable {
            let classes: [String]
            let labels: [String]
            let probabilities: [[Double]]
        }
        let rows: [[Float]]
        let gb: Scores
        let lr: NamedScores
    }

    static func data(_ name: String) throws -> Data {
        let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        return try Data(contentsOf: tests.appendingPathComponent("Fixtures/onnx/\(name)"))
    }

    static func session(_ name: String) throws -> ONNXSession {
        try ONNXSession(model: data(name), runtime: .load())
    }

    static func expected() throws -> Expected {
        try JSONDecoder().decode(Expected.self, from: data("expected.json"))
    }

    /// A small generator with a seed, so that every failure can be made again.
    struct Generator: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9e37_79b9_7f4a_7c15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
            return mixed ^ (mixed >> 31)
        }
    }
}
