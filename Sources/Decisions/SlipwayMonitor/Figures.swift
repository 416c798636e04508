/// Writes numbers in sentences: short, the same on every machine and in every locale.
enum Figures {
    /// The number with at most four decimals and no trailing zeros.
    static func text(_ value: Double) -> String {
        let scaled = (value.magnitude * 10_000).rounded()
        guard scaled.isFinite, scaled < 9e15 else { return "\(value)" }
        let total = Int64(scaled)
        let digits = String(total % 10_000)
        var decimals = String(repeating: "0", count: 4 - digits.count) + digits
        while decimals.hasSuffix("0") { decimals.removeLast() }
        let sign = value < 0 && total > 0 ? "-" : ""
        return decimals.isEmpty ? "\(sign)\(total / 10_000)" : "\(sign)\(total / 10_000).\(decimals)"
    }

    /// A probability; the digits of a tiny one say nothing.
    static func chance(_ p: Double) -> String { p < 0.0001 ? "below 0.0001" : text(p) }
}
