/// Text that is HTML: what is written in a literal is markup, what is interpolated as text is escaped.
///
/// `"<td>\(name)</td>" as HTML` cannot let a name become markup; only another `HTML` goes in as it is.
struct HTML: Sendable, ExpressibleByStringInterpolation {
    private(set) var text: String

    init(stringLiteral value: String) { text = value }

    init(stringInterpolation: Interpolation) { text = stringInterpolation.text }

    /// Collects the pieces of a literal.
    struct Interpolation: StringInterpolationProtocol {
        fileprivate var text = ""

        init(literalCapacity: Int, interpolationCount: Int) { text.reserveCapacity(2 * literalCapacity) }

        mutating func appendLiteral(_ literal: String) { text += literal }
        mutating func appendInterpolation(_ value: String) { text += HTML.escape(value) }
        mutating func appendInterpolation(_ value: Int) { text += String(value) }
        mutating func appendInterpolation(_ html: HTML) { text += html.text }
        mutating func appendInterpolation(_ html: HTML?) { text += html?.text ?? "" }
        mutating func appendInterpolation(_ pieces: [HTML]) { for piece in pieces { text += piece.text } }
        /// Coordinates: at most one decimal.
        mutating func appendInterpolation(_ value: Double) { text += Figures.coordinate(value) }
    }

    static func += (left: inout HTML, right: HTML) { left.text += right.text }

    /// The one place where text becomes safe in an element and in a quoted attribute.
    static func escape(_ text: String) -> String {
        var output = ""
        output.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": output += "&amp;"
            case "<": output += "&lt;"
            case ">": output += "&gt;"
            case "\"": output += "&quot;"
            case "'": output += "&#39;"
            case "\t", "\n", "\r": output.unicodeScalars.append(scalar)
            default: output.unicodeScalars.append(isHarmless(scalar) ? scalar : "\u{FFFD}")
            }
        }
        return output
    }

    /// Control characters have no place in HTML; those that turn the reading direction can make a name lie.
    private static func isHarmless(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F...0x9F, 0x202A...0x202E, 0x2066...0x2069: false
        default: true
        }
    }
}

extension Sequence {
    /// The HTML of all elements, one after the other.
    func html(_ transform: (Element) -> HTML) -> HTML {
        var result: HTML = ""
        for element in self { result += transform(element) }
        return result
    }
}
