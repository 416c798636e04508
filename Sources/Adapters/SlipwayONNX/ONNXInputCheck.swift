/// Compares a tensor with what a model wants, before the library sees it.
enum ONNXInputCheck {
    /// Refuses a tensor of a wrong type, shape or length, or with a string that cannot be passed.
    static func check(_ tensor: ONNXTensor, against info: ONNXValueInfo) throws(ONNXError) {
        guard tensor.data.elementType == info.elementType else {
            throw refused(
                tensor,
                "has type \(tensor.data.elementType.openInferenceName); "
                    + "the model wants \(info.elementType.openInferenceName)"
            )
        }
        guard fits(tensor.shape, info.shape) else {
            throw refused(tensor, "has shape \(tensor.shape); the model wants \(text(info.shape))")
        }
        var elements = 1
        for length in tensor.shape {
            let (product, overflow) = elements.multipliedReportingOverflow(by: length)
            guard !overflow else { throw refused(tensor, "has a shape that is too large: \(tensor.shape)") }
            elements = product
        }
        guard elements == tensor.data.count else {
            throw refused(
                tensor,
                "has \(tensor.data.count) elements; its shape \(tensor.shape) says \(elements)"
            )
        }
        if case .string(let strings) = tensor.data, strings.contains(where: { $0.utf8.contains(0) }) {
            throw refused(tensor, "has a string with a NUL character, which a model cannot take")
        }
    }

    private static func fits(_ shape: [Int], _ wanted: [Int]) -> Bool {
        guard shape.count == wanted.count else { return false }
        for index in shape.indices where shape[index] < 0 || (wanted[index] >= 0 && wanted[index] != shape[index]) {
            return false
        }
        return true
    }

    private static func text(_ shape: [Int]) -> String {
        "[" + shape.map { $0 < 0 ? "any" : String($0) }.joined(separator: ", ") + "]"
    }

    private static func refused(_ tensor: ONNXTensor, _ reason: String) -> ONNXError {
        .inputRefused(reason: "The input \"\(tensor.name)\" \(reason).")
    }
}
