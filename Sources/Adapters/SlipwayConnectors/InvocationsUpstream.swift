internal import NIOHTTP1
internal import SlipwayJSON
internal import SlipwayService

/// An upstream that speaks MLflow's scoring protocol: `POST /invocations`, as `mlflow models serve` answers it.
///
/// A table goes as `dataframe_split`: one input whose columns are named, or inputs of one column each. Anything else goes
/// as `inputs`: the only tensor itself, or several by their names.
struct InvocationsUpstream: UpstreamTransport {
    private let http: UpstreamHTTP
    private let outputs: [TensorSignature]
    /// Names for the columns of the only input; empty when there are none.
    private let features: [String]

    init(_ upstream: UpstreamDeclaration, _ http: UpstreamHTTP) {
        self.http = http
        outputs = upstream.outputs
        let map = FeatureMap(inputs: upstream.inputs, metadata: upstream.properties)
        let isNamed = upstream.inputs.count == 1 && upstream.properties["slipway.features"] != nil
        features = isNamed ? map.columns[0].map(\.name) : []
    }

    func close() {}

    /// It says only that it is there.
    func describe(timeoutMilliseconds: Int) async throws(UpstreamFailure) -> UpstreamDescription {
        _ = try await http.send(.GET, "/ping", timeoutMilliseconds: timeoutMilliseconds)
        return UpstreamDescription()
    }

    func infer(_ inputs: [Tensor], timeoutMilliseconds: Int) async throws(UpstreamFailure) -> UpstreamAnswer {
        let bytes = try await http.send(
            .POST,
            "/invocations",
            body: try question(inputs),
            timeoutMilliseconds: timeoutMilliseconds
        )
        let root: JSONNode
        do throws(JSONError) {
            root = try JSONDocument.parse(bytes, limits: JSONLimits(maxBytes: max(64, bytes.count))).root
        } catch {
            throw .wrong(error.message)
        }
        guard let predictions = root["predictions"] else { throw .wrong("the answer has no 'predictions'") }
        do throws(ServiceError) {
            return UpstreamAnswer(version: nil, outputs: try InvocationsAnswer(outputs).tensors(predictions))
        } catch {
            throw .wrong(error.message)
        }
    }

    private func question(_ inputs: [Tensor]) throws(UpstreamFailure) -> [UInt8] {
        for input in inputs {
            if let reason = input.data.jsonRefusal {
                throw .refused("the input '\(input.name)' \(reason), which JSON cannot say")
            }
        }
        var writer = JSONWriter(capacity: 512)
        writer.object { writer in
            if let only = inputs.first, inputs.count == 1, only.shape.count == 2, only.shape[1] == features.count {
                writer.name("dataframe_split")
                writer.object { writer in
                    writer.name("columns")
                    writer.array(features) { $0.string($1) }
                    writer.name("data")
                    only.write(to: &writer)
                }
            } else if inputs.count > 1, Self.isTable(inputs) {
                writer.name("dataframe_split")
                writer.object { Self.writeTable(inputs, to: &$0) }
            } else {
                writer.name("inputs")
                if inputs.count == 1 {
                    inputs[0].write(to: &writer)
                } else {
                    writer.object { writer in
                        for input in inputs {
                            writer.name(input.name)
                            input.write(to: &writer)
                        }
                    }
                }
            }
        }
        return writer.bytes
    }

    /// Whether each input is one column of the same rows.
    private static func isTable(_ inputs: [Tensor]) -> Bool {
        let rows = inputs.first?.shape.first
        return inputs.allSatisfy { $0.shape.first == rows && $0.shape.dropFirst().allSatisfy { $0 == 1 } }
    }

    private static func writeTable(_ inputs: [Tensor], to writer: inout JSONWriter) {
        writer.name("columns")
        writer.array(inputs) { $0.string($1.name) }
        writer.name("data")
        writer.array(0..<(inputs.first?.shape.first ?? 0)) { writer, row in
            writer.array(inputs) { $1.data.write(at: row, to: &$0) }
        }
    }
}

/// Reads MLflow's `predictions` as the outputs that were declared.
struct InvocationsAnswer {
    private let outputs: [TensorSignature]

    init(_ outputs: [TensorSignature]) { self.outputs = outputs }

    /// A list for the only output, a list of one object a row, or an object with a list for each output.
    func tensors(_ node: JSONNode) throws(ServiceError) -> [Tensor] {
        if node.kind == .object {
            try refuseOthers(in: node)
            var tensors: [Tensor] = []
            for output in outputs {
                guard let list = node[output.name] else { throw .invalid("'predictions' has no '\(output.name)'") }
                tensors.append(try tensor(output, list))
            }
            return tensors
        }
        guard node.kind == .array else { throw .invalid("'predictions' is no list") }
        if node.elements.first(where: { _ in true })?.kind == .object { return try records(node) }
        guard outputs.count == 1 else {
            throw .invalid("'predictions' is one list, declared are \(outputs.count) outputs")
        }
        return [try tensor(outputs[0], node)]
    }

    private func records(_ node: JSONNode) throws(ServiceError) -> [Tensor] {
        var rows = 0
        for row in node.elements {
            guard row.kind == .object else { throw .invalid("'predictions' mixes objects with other values") }
            try refuseOthers(in: row)
            rows += 1
        }
        var tensors: [Tensor] = []
        for output in outputs {
            // The values of one column, put together as one list for the reader.
            var writer = JSONWriter(capacity: 16 * rows)
            var isWhole = true
            writer.array(node.elements) { writer, row in
                if let value = row[output.name] { isWhole = writer.copy(value) && isWhole } else { isWhole = false }
            }
            guard isWhole else { throw .invalid("a row of 'predictions' has no plain '\(output.name)'") }
            let column: JSONNode
            do throws(JSONError) {
                column = try JSONDocument.parse(writer.bytes).root
            } catch {
                throw .invalid("'predictions' cannot be read")
            }
            tensors.append(try tensor(output, column))
        }
        return tensors
    }

    private func refuseOthers(in object: JSONNode) throws(ServiceError) {
        for member in object.members where !outputs.contains(where: { $0.name == member.name }) {
            throw .invalid("'predictions' has '\(member.name.prefix(80))', which is not declared")
        }
    }

    private func tensor(_ output: TensorSignature, _ node: JSONNode) throws(ServiceError) -> Tensor {
        guard node.kind == .array else { throw .invalid("the output '\(output.name)' is no list") }
        var shape: [Int] = []
        var count = 1
        var inner: JSONNode? = node
        while let list = inner, list.kind == .array, shape.count < 8 {
            var (length, first): (Int, JSONNode?) = (0, nil)
            for element in list.elements {
                if length == 0 { first = element }
                length += 1
            }
            shape.append(length)
            count *= length
            inner = first
        }
        let reader = TensorReader(.output, output.name, shape: shape, count: count)
        return Tensor(name: output.name, shape: shape, data: try reader.read(node, as: output.type))
    }
}

extension JSONWriter {
    /// Writes a number, a text or a truth as it was read; false for anything else.
    fileprivate mutating func copy(_ node: JSONNode) -> Bool {
        switch node.kind {
        case .integer: integer(node.integer ?? 0)
        case .unsigned: unsigned(node.unsigned ?? 0)
        case .double: number(node.double ?? 0)
        case .string: string(node.string ?? "")
        case .bool: bool(node.bool ?? false)
        case .object, .array, .null: return false
        }
        return true
    }
}
