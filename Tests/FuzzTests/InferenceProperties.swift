import SlipwayJSON

@testable import SlipwayInference
@testable import SlipwayService

/// A question that was read can be answered, and its answer says, in JSON and in binary, what the question said.
///
/// The first byte says how the body comes: 0 JSON; 1 with the header length that the next two bytes say; 2 with a header
/// that ends at the first zero byte, which no JSON holds; 3 raw.
enum InferenceProperties {
    static func violation(_ bytes: [UInt8]) -> String? {
        guard let mode = bytes.first else { return nil }
        var body = Array(bytes.dropFirst())
        var length: Int?
        switch mode & 3 {
        case 0: break
        case 1:
            guard body.count >= 2 else { return nil }
            length = Int(body[0]) | Int(body[1]) << 8
            body.removeFirst(2)
        case 2:
            length = body.firstIndex(of: 0) ?? body.count
            if let length, length < body.count { body.remove(at: length) }
        default: length = 0
        }
        guard let question = question(body, length, signature: mode >> 2) else { return nil }
        return checked(question)
    }

    private static func question(_ bytes: [UInt8], _ length: Int?, signature: UInt8) -> InferenceQuestion? {
        guard let body = try? InferenceBody(bytes, headerLength: length) else { return nil }
        guard let header = body.header else {
            let model = FuzzModel.inputs[Int(signature) % FuzzModel.inputs.count]
            return try? InferenceDecoder.rawQuestion(body.tail ?? [], signatures: model, headerKey: nil)
        }
        return try? InferenceDecoder.question(header.root, tail: body.tail, headerKey: nil)
    }

    private static func checked(_ question: InferenceQuestion) -> String? {
        let request = question.request
        for input in request.inputs {
            if let reason = violation(of: input) { return reason }
        }
        for inputs in FuzzModel.inputs { _ = InferenceCheck.takes(request, FuzzModel(inputs: inputs)) }
        let answer = InferenceAnswer(
            model: "m",
            version: 1,
            id: request.id,
            predictionID: "p",
            outputs: request.inputs
        )
        for form in [AnswerForm(isBinary: false), AnswerForm(isBinary: true), question.form] {
            guard let body = try? InferenceEncoder.body(of: answer, form: form) else {
                if form == AnswerForm(isBinary: true) { return "an answer has no binary form" }
                continue
            }
            guard let read = readBack(body) else { return "an answer of ours cannot be read: \(text(body))" }
            guard read.request.id == request.id else { return "the id of an answer is another" }
            guard isSame(read.request.inputs, request.inputs) else {
                return "an answer says something else: \(text(body))"
            }
        }
        return nil
    }

    static func violation(of tensor: Tensor) -> String? {
        guard tensor.shape.allSatisfy({ $0 >= 0 }) else { return "a length under 0 was taken" }
        guard tensor.shape.reduce(1, *) == tensor.data.count else { return "the elements are not those of the shape" }
        for index in 0..<min(tensor.data.count, 8) {
            _ = (tensor.data.number(at: index), tensor.data.type == .bytes ? "" : tensor.data.text(at: index))
        }
        return nil
    }

    /// Whether tensors are the same to the last bit, however they are held.
    static func isSame(_ left: [Tensor], _ right: [Tensor]) -> Bool {
        left.count == right.count
            && zip(left, right).allSatisfy { left, right in
                left.name == right.name && left.shape == right.shape && left.data.type == right.data.type
                    && left.data.raw.bytes == right.data.raw.bytes
            }
    }

    /// The answer as a question of the same tensors. The first `,"outputs":[` is the member: in a string its quotes
    /// would be escaped.
    private static func readBack(_ body: InferenceEncoder.Body) -> InferenceQuestion? {
        let (wanted, given) = (Array(#","outputs":["#.utf8), Array(#","inputs":["#.utf8))
        guard let start = body.bytes.indices.first(where: { body.bytes[$0...].starts(with: wanted) }) else {
            return nil
        }
        var bytes = body.bytes
        bytes.replaceSubrange(start..<(start + wanted.count), with: given)
        return question(bytes, body.headerLength.map { $0 - 1 }, signature: 0)
    }

    private static func text(_ body: InferenceEncoder.Body) -> String {
        String(decoding: body.bytes.prefix(400), as: UTF8.self)
    }
}

/// Inputs of models that questions are held against.
struct FuzzModel: LoadedModel {
    let inputs: [TensorSignature]
    var outputs: [TensorSignature] { [TensorSignature(name: "y", type: .fp32, shape: [-1])] }
    var metadata: [String: String] { [:] }

    func run(_ inputs: [Tensor], outputs: [String]?, timeoutMilliseconds: Int) throws(ServiceError) -> [Tensor] {
        inputs
    }

    static let inputs: [[TensorSignature]] =
        TensorType.allCases.map { [TensorSignature(name: "x", type: $0, shape: [-1, 2])] }
        + [
            [TensorSignature(name: "x", type: .fp32, shape: [1, 3, -1, 2])],
            [TensorSignature(name: "x", type: .fp32, shape: [])],
            [TensorSignature(name: "x", type: .fp32, shape: [-1, -1, -1])],
            [TensorSignature(name: "x", type: .fp32, shape: [0, 2])],
            [TensorSignature(name: "x", type: .int64, shape: [.max, .max])],
            [TensorSignature(name: "x", type: .bytes, shape: [-1])],
            [TensorSignature(name: "x", type: .bytes, shape: [1, 1])],
            [
                TensorSignature(name: "x", type: .fp32, shape: [-1]),
                TensorSignature(name: "z", type: .bool, shape: [-1]),
            ],
        ]
}
