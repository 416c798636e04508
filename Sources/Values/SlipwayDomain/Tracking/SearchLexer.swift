/// Cuts a search text into words, quoted texts, numbers and signs.
struct SearchLexer {
    enum Token: Equatable {
        /// Letters, digits, `_` and dots.
        case word(String)
        /// A word that ends in a dot and a key in quotes behind it.
        case quotedField(entity: String, key: String)
        /// Text in `'` or `"`.
        case text(String, quote: Character)
        /// Text in backquotes.
        case name(String)
        case number(Double)
        case sign(String)
    }

    private let characters: [Character]
    private var index = 0

    private init(_ text: String) { characters = Array(text) }

    /// All tokens of `text`.
    static func tokens(_ text: String) throws(SearchError) -> [Token] {
        guard text.utf8.count <= 200_000 else { throw SearchError("the filter is over 200,000 bytes long") }
        var lexer = SearchLexer(text)
        var tokens: [Token] = []
        while let token = try lexer.next() { tokens.append(token) }
        return tokens
    }

    private var current: Character? { index < characters.count ? characters[index] : nil }

    private func isAt(_ offset: Int, _ test: (Character) -> Bool) -> Bool {
        index + offset < characters.count && test(characters[index + offset])
    }

    private mutating func next() throws(SearchError) -> Token? {
        while let character = current, character.isWhitespace { index += 1 }
        guard let character = current else { return nil }
        switch character {
        case "'", "\"": return .text(try quoted(), quote: character)
        case "`": return .name(try quoted())
        case "(", ")", ",":
            index += 1
            return .sign(String(character))
        case "=", "!", "<", ">": return .sign(comparator())
        case _ where Self.startsNumber(character) && startsNumber(): return .number(try number())
        case _ where Self.isWord(character): return try word()
        default:
            throw SearchError("the character '\(character)' is not expected here; put keys that hold it in backquotes")
        }
    }

    private mutating func comparator() -> String {
        let first = characters[index]
        index += 1
        guard first != "=", current == "=" else { return String(first) }
        index += 1
        return "\(first)="
    }

    /// The text between two equal quotes; the quote itself is written twice inside.
    private mutating func quoted() throws(SearchError) -> String {
        let quote = characters[index]
        index += 1
        var text = ""
        while let character = current {
            index += 1
            if character == quote {
                guard current == quote else { return text }
                index += 1
            }
            text.append(character)
        }
        throw SearchError("a text that starts with \(quote) does not end")
    }

    private mutating func word() throws(SearchError) -> Token {
        let start = index
        while let character = current, Self.isWord(character) { index += 1 }
        let word = String(characters[start..<index])
        guard word.hasSuffix("."), let character = current, "`\"'".contains(character) else { return .word(word) }
        return .quotedField(entity: String(word.dropLast()), key: try quoted())
    }

    private static func isWord(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || character == "_" || character == "."
    }

    private static func isDigit(_ character: Character) -> Bool { ("0"..."9").contains(character) }

    private static func startsNumber(_ character: Character) -> Bool { isDigit(character) || "+-.".contains(character) }

    private func startsNumber() -> Bool {
        guard let character = current else { return false }
        if Self.isDigit(character) { return true }
        if character == "." { return isAt(1, Self.isDigit) }
        return isAt(1, Self.isDigit) || (isAt(1) { $0 == "." } && isAt(2, Self.isDigit))
    }

    private mutating func number() throws(SearchError) -> Double {
        let start = index
        if let character = current, "+-".contains(character) { index += 1 }
        skipDigits()
        if current == "." {
            index += 1
            skipDigits()
        }
        if let character = current, "eE".contains(character) {
            index += 1
            if let sign = current, "+-".contains(sign) { index += 1 }
            skipDigits()
        }
        let text = String(characters[start..<index])
        if let character = current, Self.isWord(character) { throw SearchError("'\(text)\(character)…' is no number") }
        guard let value = Double(text), value.isFinite else { throw SearchError("'\(text)' is no number that fits") }
        return value
    }

    private mutating func skipDigits() {
        while let character = current, Self.isDigit(character) { index += 1 }
    }
}
