/// The beginning of an id, as people copy it.
enum ShortenedID {
    private static let fewestDigits = 6

    /// The only one of `ids` that begins with `text`; nil when none does, or when the text is no beginning of one.
    static func whole(_ text: String, among ids: [String]) throws -> String? {
        let digits = text.hasSuffix("…") ? text.dropLast() : text[...]
        guard digits.utf8.count >= fewestDigits, digits.allSatisfy({ $0.isHexDigit && !$0.isUppercase }) else {
            return nil
        }
        let found = Set(ids.filter { $0.hasPrefix(digits) })
        guard found.count < 2 else { throw CommandError("\(found.count) ids begin with '\(digits)': write more of it") }
        return found.first
    }
}
