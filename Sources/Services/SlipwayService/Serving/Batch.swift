/// When requests are put together into one run of a model.
package struct BatchPolicy: Sendable, Equatable {
    /// The most rows in one run.
    package let maxRows: Int
    /// How long a request may wait for others; with 0 it only waits while all threads are busy.
    package let delayMilliseconds: Int

    /// Refused when a number makes no sense.
    package init(maxRows: Int, delayMilliseconds: Int) throws(ServiceError) {
        guard (2...65_536).contains(maxRows) else {
            throw .invalid("a batch has 2 to 65536 rows, not \(maxRows)")
        }
        guard (0...10_000).contains(delayMilliseconds) else {
            throw .invalid("a batch may wait for 0 to 10000 ms, not \(delayMilliseconds)")
        }
        self.maxRows = maxRows
        self.delayMilliseconds = delayMilliseconds
    }
}

/// Puts the inputs of several requests together row by row, and takes the outputs apart again.
package enum Batch {
    /// Whether rows can be added to every input and are given by every output: the first dimension of each is free.
    package static func fits(_ model: any LoadedModel) -> Bool {
        let all = model.inputs + model.outputs
        return !model.inputs.isEmpty && all.allSatisfy { $0.shape.first == -1 }
    }

    /// How many rows a request has; nil when its inputs have different numbers.
    package static func rows(of inputs: [Tensor]) -> Int? {
        guard let rows = inputs.first?.shape.first, inputs.allSatisfy({ $0.shape.first == rows }) else { return nil }
        return rows
    }

    /// Whether two requests differ in nothing but their rows.
    package static func canJoin(_ left: [Tensor], _ right: [Tensor]) -> Bool {
        left.count == right.count
            && zip(left, right).allSatisfy {
                $0.name == $1.name && $0.data.type == $1.data.type && $0.shape.dropFirst() == $1.shape.dropFirst()
            }
    }

    /// The inputs of one run for all requests, which must be of one kind.
    package static func join(_ requests: [[Tensor]]) -> [Tensor] {
        guard let first = requests.first, requests.count > 1 else { return requests.first ?? [] }
        return first.indices.map { index in
            let rows = requests.reduce(0) { $0 + ($1[index].shape.first ?? 0) }
            return Tensor(
                name: first[index].name,
                shape: [rows] + first[index].shape.dropFirst(),
                data: joined(requests.map { $0[index].data })
            )
        }
    }

    /// The outputs of each request; nil when an output does not have one row for each row that was asked about.
    package static func split(_ outputs: [Tensor], rows: [Int]) -> [[Tensor]]? {
        let total = rows.reduce(0, +)
        guard total > 0, outputs.allSatisfy({ $0.shape.first == total && $0.data.count % total == 0 }) else {
            return nil
        }
        var start = 0
        var answers: [[Tensor]] = []
        for count in rows {
            var answer: [Tensor] = []
            for output in outputs {
                let width = output.data.count / total
                guard let data = slice(output.data, (start * width)..<((start + count) * width)) else { return nil }
                answer.append(Tensor(name: output.name, shape: [count] + output.shape.dropFirst(), data: data))
            }
            answers.append(answer)
            start += count
        }
        return answers
    }

    private static func joined(_ parts: [TensorData]) -> TensorData {
        func all<Value>(_ values: (TensorData) -> [Value]?) -> [Value]? {
            var joined: [Value] = []
            for part in parts {
                guard let part = values(part) else { return nil }
                joined += part
            }
            return joined
        }
        if let values = all({ data -> [Float]? in if case .fp32(let values) = data { values } else { nil } }) {
            return .fp32(values)
        }
        if let texts = all({ data -> [String]? in if case .bytes(let texts) = data { texts } else { nil } }) {
            return .bytes(texts)
        }
        let raws = parts.map(\.raw)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(raws.reduce(0) { $0 + $1.bytes.count })
        for raw in raws { bytes += raw.bytes }
        return .raw(TensorBytes(bytes, of: raws[0].type, count: raws.reduce(0) { $0 + $1.count }))
    }

    private static func slice(_ data: TensorData, _ range: Range<Int>) -> TensorData? {
        switch data {
        case .fp32(let values): return .fp32(Array(values[range]))
        case .fp64(let values): return .fp64(Array(values[range]))
        case .int32(let values): return .int32(Array(values[range]))
        case .int64(let values): return .int64(Array(values[range]))
        case .bool(let values): return .bool(Array(values[range]))
        case .bytes(let values): return .bytes(Array(values[range]))
        case .raw(let raw):
            guard let width = raw.type.width else { return nil }
            let start = raw.bytes.startIndex
            let bytes = raw.bytes[(start + range.lowerBound * width)..<(start + range.upperBound * width)]
            return .raw(TensorBytes(Array(bytes), of: raw.type, count: range.count))
        }
    }
}
