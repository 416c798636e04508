internal import SlipwayDomain

/// Writes numbers and times for people: the same on every machine and in every locale.
enum Figures {
    /// What stands where there is no number.
    static let none = "\u{2013}"

    /// The number with exactly `decimals` decimals.
    static func fixed(_ value: Double, decimals: Int) -> String {
        let scale = power(decimals)
        let scaled = (value.magnitude * Double(scale)).rounded()
        guard scaled.isFinite, scaled < 9e15 else { return "\(value)" }
        let total = Int64(scaled)
        let sign = value < 0 && total > 0 ? "\u{2212}" : ""
        guard decimals > 0 else { return "\(sign)\(total)" }
        let digits = String(total % scale)
        return "\(sign)\(total / scale)." + String(repeating: "0", count: decimals - digits.count) + digits
    }

    /// A member that is a number, or a dash.
    static func fixed(_ value: JSONValue?, decimals: Int) -> String {
        value?.number.map { fixed($0, decimals: decimals) } ?? none
    }

    /// A share as a percentage.
    static func percent(_ value: JSONValue?) -> String {
        value?.number.map { fixed($0 * 100, decimals: 2) + " %" } ?? none
    }

    /// A probability; the digits of a tiny one say nothing.
    static func chance(_ value: JSONValue?) -> String {
        guard let p = value?.number else { return none }
        return p < 0.0001 ? "< 0.0001" : fixed(p, decimals: 4)
    }

    /// A count with commas between thousands.
    static func count(_ value: Int) -> String {
        var digits = String(value.magnitude)
        var groups: [String] = []
        while digits.count > 3 {
            groups.insert(String(digits.suffix(3)), at: 0)
            digits.removeLast(3)
        }
        return (value < 0 ? "\u{2212}" : "") + ([digits] + groups).joined(separator: ",")
    }

    /// A member that is a count, or a dash.
    static func count(_ value: JSONValue?) -> String { value?.integer.map { count(Int($0)) } ?? none }

    /// A number in a picture: at most one decimal, with a sign that SVG reads.
    static func coordinate(_ value: Double) -> String {
        guard value.isFinite else { return "0" }
        let tenths = Int64((value.magnitude * 10).rounded())
        let sign = value < 0 && tenths > 0 ? "-" : ""
        return tenths % 10 == 0 ? "\(sign)\(tenths / 10)" : "\(sign)\(tenths / 10).\(tenths % 10)"
    }

    /// `2013-04-01 05:00`, always UTC.
    static func minute(_ instant: Instant) -> String {
        instant.description.prefix(16).replacing("T", with: " ").description
    }

    /// The instant as a time element that machines can read too.
    static func time(_ instant: Instant) -> HTML {
        #"<time datetime="\#(instant.description)">\#(minute(instant))</time>"#
    }

    /// A member that is an instant, or a dash.
    static func time(_ value: JSONValue?) -> HTML {
        guard let text = value?.string else { return "\(none)" }
        return Instant(text).map { time($0) } ?? "\(text)"
    }

    private static func power(_ decimals: Int) -> Int64 {
        precondition((0...6).contains(decimals), "as many decimals as people read")
        return (0..<decimals).reduce(1) { power, _ in power * 10 }
    }
}
