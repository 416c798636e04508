/// Compares what an upstream answers, and what it says of itself, with its declaration.
enum UpstreamAnswerCheck {
    /// Refuses an answer that has not exactly the declared outputs.
    static func check(_ outputs: [Tensor], against signatures: [TensorSignature]) throws(ServiceError) {
        for output in outputs where !signatures.contains(where: { $0.name == output.name }) {
            throw .invalid("the output '\(output.name.prefix(80))' is not declared")
        }
        for signature in signatures {
            let found = outputs.filter { $0.name == signature.name }
            guard let output = found.first, found.count == 1 else {
                throw .invalid("the output '\(signature.name)' stands \(found.count) times in the answer")
            }
            guard output.data.type == signature.type else {
                throw .invalid(
                    "the output '\(signature.name)' is \(output.data.type.rawValue), declared is \(signature.type.rawValue)"
                )
            }
            guard output.shape.count == signature.shape.count,
                zip(output.shape, signature.shape).allSatisfy({ $1 < 0 || $0 == $1 })
            else {
                throw .invalid(
                    "the output '\(signature.name)' has shape \(output.shape), declared is \(signature.shape)"
                )
            }
        }
    }

    /// The outputs in the declared shapes: some servers give a list as a table of one column, or the other way round.
    static func shaped(_ outputs: [Tensor], as signatures: [TensorSignature]) -> [Tensor] {
        outputs.map { output in
            guard let wanted = signatures.first(where: { $0.name == output.name })?.shape else { return output }
            var shape = output.shape
            if shape.count == wanted.count + 1, shape.count > 1, shape.last == 1 {
                shape.removeLast()
            } else if wanted.count == shape.count + 1, wanted.last == 1 {
                shape.append(1)
            }
            return shape == output.shape ? output : Tensor(name: output.name, shape: shape, data: output.data)
        }
    }

    /// Each row that was asked about has its answer, where the declaration says that both have rows.
    static func checkRows(
        _ outputs: [Tensor],
        of inputs: [Tensor],
        _ declaration: UpstreamDeclaration
    ) throws(ServiceError) {
        guard declaration.inputs.allSatisfy({ $0.shape.first == -1 }), let rows = inputs.first?.shape.first else {
            return
        }
        for output in outputs {
            let isFree = declaration.outputs.first { $0.name == output.name }?.shape.first == -1
            guard !isFree || output.shape.first == rows else {
                throw .invalid(
                    "the output '\(output.name)' has \(output.shape.first ?? 0) rows, asked about were \(rows)"
                )
            }
        }
    }

    /// Where an upstream tells its signature, it must be the declared one; a free dimension agrees with any.
    static func check(
        told: [TensorSignature],
        declared: [TensorSignature],
        _ role: TensorRole
    ) throws(ServiceError) {
        guard !told.isEmpty else { return }
        for signature in declared {
            guard let match = told.first(where: { $0.name == signature.name }) else {
                throw .invalid("the upstream's model has no \(role) '\(signature.name)'")
            }
            let isAlike = match.type == signature.type && agree(match.shape, signature.shape)
            guard isAlike else {
                throw .invalid(
                    "the upstream's \(role) '\(signature.name)' is \(match.type.rawValue)\(match.shape), "
                        + "declared is \(signature.type.rawValue)\(signature.shape)"
                )
            }
        }
        if role == .input, let other = told.first(where: { told in !declared.contains { $0.name == told.name } }) {
            throw .invalid("the upstream's model takes '\(other.name.prefix(80))' too, which is not declared")
        }
    }

    /// Whether two shapes can be of one tensor, also where one of them has a last column of its own.
    private static func agree(_ left: [Int], _ right: [Int]) -> Bool {
        func trimmed(_ shape: [Int]) -> [Int] { shape.count > 1 && shape.last == 1 ? Array(shape.dropLast()) : shape }
        let (left, right) = left.count == right.count ? (left, right) : (trimmed(left), trimmed(right))
        return left.count == right.count && zip(left, right).allSatisfy { $0 == $1 || $0 < 0 || $1 < 0 }
    }

    /// The first difference between an answer and the one that is known; nil when there is none.
    static func difference(_ answer: [Tensor], _ known: [Tensor], tolerance: Double) -> String? {
        for expected in known {
            guard let found = answer.first(where: { $0.name == expected.name }), found.shape == expected.shape,
                found.data.count == expected.data.count
            else { return "the output '\(expected.name)' has another shape" }
            for index in 0..<expected.data.count {
                if let left = found.data.number(at: index), let right = expected.data.number(at: index) {
                    let allowed = tolerance * max(1, abs(left), abs(right))
                    guard abs(left - right) <= allowed else {
                        return "element \(index) of '\(expected.name)' is \(left), known is \(right)"
                    }
                } else if found.data.text(at: index) != expected.data.text(at: index) {
                    return "element \(index) of '\(expected.name)' is another text than the one that is known"
                }
            }
        }
        return nil
    }
}
