import SlipwayDomain
import SlipwayService
import SlipwayStatistics
import Synchronization

/// How the fake models answer; a test changes it while they serve.
final class FakeEngine: ModelEngine {
    struct Behaviour: Sendable {
        /// Adds to the score before it is cut to 0...1.
        var bias = 0.0
        /// Answers one minus the score, which puts most rows into the other class.
        var disagrees = false
        /// Does so only where the first number is this one.
        var disagreesAt: Double?
        /// Every so many calls fail; 0 for none.
        var failsEvery = 0
        var slowMilliseconds: Int64 = 0
        /// Answers one score, however many rows were asked about.
        var answersOneRow = false
    }

    private struct State {
        var behaviours: [String: Behaviour] = [:]
        var loads: [String] = []
        var calls: [String: Int] = [:]
    }

    private let state = Mutex(State())
    private let clock: TestClock

    init(clock: TestClock) { self.clock = clock }

    /// The model files that were loaded, in order.
    var loads: [String] { state.withLock { $0.loads } }

    func calls(_ file: String) -> Int { state.withLock { $0.calls[file] ?? 0 } }

    func set(_ file: String, _ change: (inout Behaviour) -> Void) {
        state.withLock { change(&$0.behaviours[file, default: Behaviour()]) }
    }

    func load(_ bytes: [UInt8]) throws(ServiceError) -> any LoadedModel {
        let text = String(decoding: bytes, as: UTF8.self)
        guard text.hasPrefix("fake") else { throw .invalid("this is no fake model") }
        state.withLock { $0.loads.append(text) }
        return FakeModel(file: text, engine: self)
    }

    fileprivate func call(_ file: String) throws(ServiceError) -> Behaviour {
        let (behaviour, call) = state.withLock { state in
            state.calls[file, default: 0] += 1
            return (state.behaviours[file] ?? Behaviour(), state.calls[file] ?? 0)
        }
        if behaviour.slowMilliseconds > 0 { clock.pass(milliseconds: behaviour.slowMilliseconds) }
        if behaviour.failsEvery > 0, call % behaviour.failsEvery == 0 {
            throw ServiceError(.internal, "the fake model fails")
        }
        return behaviour
    }
}

/// Two numbers in, one score out: the second number, cut to 0...1.
private struct FakeModel: LoadedModel {
    let file: String
    let engine: FakeEngine

    var inputs: [TensorSignature] {
        if file.contains("two inputs") {
            return [
                TensorSignature(name: "left", type: .fp32, shape: [-1, 1]),
                TensorSignature(name: "right", type: .fp32, shape: [-1, 1]),
            ]
        }
        return [TensorSignature(name: file.contains("renamed") ? "features" : "input", type: .fp32, shape: [-1, 2])]
    }
    var outputs: [TensorSignature] {
        if file.contains("three classes") {
            return [
                TensorSignature(name: "label", type: .int64, shape: [-1]),
                TensorSignature(name: "probabilities", type: .fp32, shape: [-1, 3]),
            ]
        }
        return [TensorSignature(name: "score", type: .fp32, shape: [-1])]
    }
    var metadata: [String: String] { ["slipway.features": #"["distance","delay"]"#] }

    func run(_ inputs: [Tensor], outputs: [String]?, timeoutMilliseconds: Int) throws(ServiceError) -> [Tensor] {
        let behaviour = try engine.call(file)
        let rows = inputs[0].shape[0]
        let width = inputs[0].data.count / rows
        if file.contains("three classes") { return Self.choices(inputs[0], rows: rows, width: width) }
        var scores: [Float] = []
        for row in 0..<(behaviour.answersOneRow ? 1 : rows) {
            let value = (inputs[0].data.number(at: row * width + width - 1) ?? 0) + behaviour.bias
            let score = min(1, max(0, value))
            let isOdd = behaviour.disagreesAt != nil && inputs[0].data.number(at: row * width) == behaviour.disagreesAt
            scores.append(Float(behaviour.disagrees || isOdd ? 1 - score : score))
        }
        return [Tensor(name: "score", shape: [scores.count], data: .fp32(scores))]
    }

    /// Chooses 0, 10 or 20 by the thirds of the last number, the surer the higher it lies in its third: 0.4 to 1.
    private static func choices(_ input: Tensor, rows: Int, width: Int) -> [Tensor] {
        var (labels, scores): ([Int64], [Float]) = ([], [])
        for row in 0..<rows {
            let value = 3 * min(0.999, max(0, input.data.number(at: row * width + width - 1) ?? 0))
            let sure = Float(0.4 + 0.6 * (value - value.rounded(.down)))
            labels.append(Int64(value) * 10)
            for place in 0..<3 { scores.append(place == Int(value) ? sure : (1 - sure) / 2) }
        }
        return [
            Tensor(name: "label", shape: [rows], data: .int64(labels)),
            Tensor(name: "probabilities", shape: [rows, 3], data: .fp32(scores)),
        ]
    }
}

/// Tables in memory, by path.
final class FakeTables: TableReader {
    private let tables = Mutex<[String: [(name: String, values: ColumnValues)]]>([:])

    func set(_ path: String, _ columns: [(name: String, values: ColumnValues)]) {
        tables.withLock { $0[path] = columns }
    }

    func columnNames(path: String) throws -> [String] { try table(path).map(\.name) }

    func read(path: String, columns: [String], each: (TableBatch) throws -> Void) throws {
        let table = try table(path).filter { columns.contains($0.name) }
        let rows = table.first?.values.count ?? 0
        try each(TableBatch(rows: rows, columns: Dictionary(uniqueKeysWithValues: table.map { ($0.name, $0.values) })))
    }

    private func table(_ path: String) throws -> [(name: String, values: ColumnValues)] {
        guard let table = tables.withLock({ $0[path] }) else { throw ServiceError.invalid("no table \(path)") }
        return table
    }
}
