/// A text as a key that differs from another when any of their bytes does.
///
/// Swift takes texts for equal that Unicode calls canonically equivalent: the Ohm sign and the omega, or the two ways to
/// write é. Databases, file systems and MLflow do not.
package struct ExactText: Hashable, Sendable {
    package let text: String

    package init(_ text: String) { self.text = text }

    package static func == (a: ExactText, b: ExactText) -> Bool { a.text.isExactly(b.text) }

    package func hash(into hasher: inout Hasher) {
        var text = text
        text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
        // Ends the text, so that two in a row are not one.
        hasher.combine(0xFF as UInt8)
    }
}

extension StringProtocol {
    /// Whether both have the same bytes.
    package func isExactly(_ other: some StringProtocol) -> Bool {
        // Views are compared by one call for each byte.
        let isSame = utf8.withContiguousStorageIfAvailable { mine in
            other.utf8.withContiguousStorageIfAvailable { others in
                mine.count == others.count && mine.elementsEqual(others)
            }
        }
        return isSame.flatMap(\.self) ?? utf8.elementsEqual(other.utf8)
    }

    /// Whether an ASCII character stands anywhere, also before or behind something that Swift makes one `Character` of with
    /// it: a slash under an accent is still a slash to whoever opens the file.
    package func holds(_ scalar: Unicode.Scalar) -> Bool { utf8.contains(UInt8(ascii: scalar)) }
}

extension String {
    /// The parts between an ASCII character, wherever its byte stands.
    package func parts(at separator: Unicode.Scalar, keepingEmpty: Bool = false) -> [String] {
        unicodeScalars.split(separator: separator, omittingEmptySubsequences: !keepingEmpty).map { String($0) }
    }

    /// The text with an ASCII character twice wherever it stands, as SQL and filters write a quote inside quotes.
    package func doubling(_ quote: Unicode.Scalar) -> String {
        parts(at: quote, keepingEmpty: true).joined(separator: "\(quote)\(quote)")
    }
}
