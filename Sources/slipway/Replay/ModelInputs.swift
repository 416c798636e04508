import SlipwayDomain
import SlipwayJSON
import SlipwayService
import SlipwayStatistics

/// The input tensors of a served model and the columns of a table that they are made of, as the model itself tells.
struct ModelInputs: Sendable {
    /// One tensor, of which a row of a table makes one row.
    struct Input: Sendable {
        let name: String
        let type: TensorType
        /// Whether a row is a list of its own, `[1, width]`, and no single value, `[1]`.
        let isWide: Bool
        let columns: [FeatureMap.Feature]
    }

    let inputs: [Input]

    /// The columns of all tensors, in their order.
    var columns: [FeatureMap.Feature] { inputs.flatMap(\.columns) }

    init(model: String, client: Client) async throws {
        let (isServed, value) = try await client.description(of: model)
        guard isServed else {
            throw CommandError(value["error"]?.string ?? "\(client.url) does not serve \(model)")
        }
        let tensors = try (value["inputs"]?.array ?? []).map(Self.signature)
        let metadata = (value["properties"]?.object ?? [:]).compactMapValues(\.string)
        let columns = FeatureMap(inputs: tensors, metadata: metadata).columns
        inputs = zip(tensors, columns).map {
            Input(name: $0.name, type: $0.type, isWide: $0.shape.count > 1, columns: $1)
        }
        // The columns of a single tensor have names of a table only when the file gives them.
        if let only = inputs.first, inputs.count == 1, only.columns.count > 1, only.columns[0].name == "\(only.name).0"
        {
            throw CommandError(
                "the model has one input of \(only.columns.count) columns and does not say how they are called: name them in "
                    + "the file's metadata as slipway.features, a JSON list of as many names"
            )
        }
    }

    private static func signature(_ value: JSONValue) throws -> TensorSignature {
        let shape = (value["shape"]?.array ?? []).compactMap { $0.integer.flatMap { Int(exactly: $0) } }
        guard let name = value["name"]?.string,
            let type = value["datatype"]?.string.flatMap(TensorType.init(rawValue:)),
            type != .fp16, type != .bf16, (1...2).contains(shape.count)
        else {
            throw CommandError(
                "a replay makes rows of columns, and the model's input \(value["name"]?.string ?? "") is none of rows: "
                    + "\(value["datatype"]?.string ?? "?") of shape \(shape)"
            )
        }
        return TensorSignature(name: name, type: type, shape: shape)
    }
}

/// One value of a row as a model takes it.
enum ReplayValue: Sendable {
    case number(Double)
    case whole(Int64)
    case flag(Bool)
    case text(String)

    func write(to writer: inout JSONWriter) {
        switch self {
        case .number(let value): writer.number(value)
        case .whole(let value): writer.integer(value)
        case .flag(let value): writer.bool(value)
        case .text(let value): writer.string(value)
        }
    }
}

extension ColumnValues {
    /// A row's value for a column of a tensor; nil when it has none that the tensor could hold.
    func value(_ row: Int, for column: FeatureMap.Feature, as type: TensorType) -> ReplayValue? {
        if let categories = column.categories, case .texts(let values) = self {
            guard let text = values[row], let code = categories.firstIndex(where: { $0.isExactly(text) }) else {
                return nil
            }
            return type == .bytes ? .text(text) : .whole(Int64(code))
        }
        switch (self, type) {
        case (.texts(let values), .bytes): return values[row].map(ReplayValue.text)
        case (.texts, _): return nil
        case (.flags(let values), .bool): return values[row].map(ReplayValue.flag)
        case (.flags(let values), .bytes): return values[row].map { .text(String($0)) }
        case (.flags(let values), _): return values[row].map { .whole($0 ? 1 : 0) }
        case (.numbers(let values), .bytes): return values[row].map { .text($0.valueText) }
        case (.numbers(let values), .bool): return values[row].flatMap { $0 == 0 || $0 == 1 ? .flag($0 == 1) : nil }
        case (.numbers(let values), .fp32):
            return values[row].flatMap { Float($0).isFinite ? .number($0) : nil }
        case (.numbers(let values), .fp64): return values[row].flatMap { $0.isFinite ? .number($0) : nil }
        case (.numbers(let values), _): return values[row].flatMap { Int64(exactly: $0) }.map(ReplayValue.whole)
        }
    }
}
