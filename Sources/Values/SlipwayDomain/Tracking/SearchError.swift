/// Why a filter or an order was not understood, and where.
package struct SearchError: Error, Equatable, CustomStringConvertible {
    /// What is wrong, as a sentence for the person who wrote the text.
    package let reason: String
    /// The scalars of the text that are meant; empty at the place where something is missing.
    package let place: Range<Int>?
    /// The text that was read, once the parser knows which it was.
    package let text: String?

    package init(_ reason: String, at place: Range<Int>? = nil, in text: String? = nil) {
        self.reason = reason
        self.place = place
        self.text = text
    }

    /// The same mistake, in a text.
    func found(in text: String) -> SearchError { SearchError(reason, at: place, in: self.text ?? text) }

    /// How many characters of the text stand in front of the place.
    package var offset: Int? { place?.lowerBound }

    /// The reason, the number of the character and the piece of text around it with a caret in front of the place;
    /// one line, so that it can be read in a JSON answer and on a terminal alike.
    package var message: String {
        guard let place, let text else { return reason }
        return "\(reason) (at character \(place.lowerBound + 1): \(Self.marked(text, place)))"
    }

    package var description: String { message }

    /// So many characters are shown on each side of the place.
    private static let reach = 40

    private static func marked(_ text: String, _ place: Range<Int>) -> String {
        let scalars = Array(text.unicodeScalars)
        let middle = min(place.lowerBound, scalars.count)
        let start = max(0, middle - reach)
        let end = min(scalars.count, middle + reach)
        let head = (start > 0 ? "..." : "") + line(scalars[start..<middle])
        return head + "^" + line(scalars[middle..<end]) + (end < scalars.count ? "..." : "")
    }

    /// The scalars on one line: control characters are shown as blanks.
    private static func line(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
        var line = String.UnicodeScalarView()
        for scalar in scalars { line.append(scalar.properties.generalCategory == .control ? " " : scalar) }
        return String(line)
    }
}
