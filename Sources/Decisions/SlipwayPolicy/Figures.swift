/// Writes numbers in sentences: short, the same on every machine and in every locale.
package enum Figures {
    /// The number with at most `digits` decimals and no trailing zeros.
    package static func text(_ value: Double, digits: Int = 4) -> String {
        guard value.isFinite else { return value.isNaN ? "not a number" : value > 0 ? "infinity" : "-infinity" }
        var scale = 1.0
        for _ in 0..<digits { scale *= 10 }
        let scaled = (value * scale).rounded()
        guard scaled.isFinite, scaled.magnitude < 9e15 else { return "\(value)" }
        let total = Int64(scaled)
        let whole = total.magnitude / UInt64(scale)
        let fraction = String(total.magnitude % UInt64(scale))
        var decimals = String(repeating: "0", count: max(0, digits - fraction.count)) + fraction
        while decimals.hasSuffix("0") { decimals.removeLast() }
        let sign = total < 0 ? "-" : ""
        return decimals.isEmpty ? "\(sign)\(whole)" : "\(sign)\(whole).\(decimals)"
    }

    /// The two numbers with as many decimals as it takes to see that they differ.
    static func pair(_ left: Double, _ right: Double) -> (String, String) {
        for digits in 4...12 {
            let texts = (text(left, digits: digits), text(right, digits: digits))
            if left == right || texts.0 != texts.1 { return texts }
        }
        return ("\(left)", "\(right)")
    }
}
