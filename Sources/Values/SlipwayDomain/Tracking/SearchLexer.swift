/// Cuts a search text into words, quoted texts, numbers and signs, each with its place.
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

    /// A token and the scalars of the text that it was read from.
    struct Piece: Equatable {
        let token: Token
        let place: Range<Int>
    }

    /// No value that can be searched is longer.
    private static let longestText = 65_536

    private let scalars: [Unicode.Scalar]
    private var index = 0

    private init(_ text: String) { scalars = Array(text.unicodeScalars) }

    /// All tokens of `text`; places count Unicode scalars, as Python and SQL count characters.
    static func pieces(_ text: String) throws(SearchError) -> [Piece] {
        guard text.utf8.count <= 200_000 else { throw SearchError("it is over 200,000 bytes long") }
        var lexer = SearchLexer(text)
        var pieces: [Piece] = []
        while true {
            lexer.skipBlanks()
            let start = lexer.index
            guard let token = try lexer.next() else { return pieces }
            pieces.append(Piece(token: token, place: start..<lexer.index))
        }
    }

    private var current: Unicode.Scalar? { index < scalars.count ? scalars[index] : nil }

    private func isAt(_ offset: Int, _ test: (Unicode.Scalar) -> Bool) -> Bool {
        index + offset < scalars.count && test(scalars[index + offset])
    }

    private mutating func skipBlanks() {
        while let scalar = current, scalar.properties.isWhitespace { index += 1 }
    }

    private mutating func next() throws(SearchError) -> Token? {
        guard let scalar = current else { return nil }
        switch scalar {
        case "'", "\"": return .text(try quoted(), quote: Character(scalar))
        case "`": return .name(try quoted())
        case "(", ")", ",":
            index += 1
            return .sign(String(scalar))
        case "=", "!", "<", ">": return .sign(comparator())
        case _ where Self.startsNumber(scalar) && startsNumber(): return .number(try number())
        case _ where Self.isWord(scalar): return try word()
        default:
            throw SearchError(
                "the character '\(scalar)' is not expected; put keys that hold it in backquotes",
                at: index..<index + 1
            )
        }
    }

    private mutating func comparator() -> String {
        let first = scalars[index]
        index += 1
        guard first != "=", current == "=" else { return String(first) }
        index += 1
        return "\(first)="
    }

    /// The text between two equal quotes; the quote itself is written twice inside.
    private mutating func quoted() throws(SearchError) -> String {
        let start = index
        let quote = scalars[index]
        index += 1
        var text = String.UnicodeScalarView()
        while let scalar = current {
            index += 1
            if scalar == quote {
                guard current == quote else { return String(text) }
                index += 1
            }
            guard scalar.value != 0 else { throw SearchError("a text must not hold a NUL", at: index - 1..<index) }
            guard index - start <= Self.longestText else {
                throw SearchError("the text is over \(Self.longestText) characters long", at: start..<index)
            }
            text.append(scalar)
        }
        throw SearchError("the text that starts with \(quote) does not end", at: start..<scalars.count)
    }

    private mutating func word() throws(SearchError) -> Token {
        let start = index
        while let scalar = current, Self.isWord(scalar) { index += 1 }
        let word = text(start..<index)
        guard word.hasSuffix("."), let scalar = current, "`\"'".unicodeScalars.contains(scalar) else {
            return .word(word)
        }
        return .quotedField(entity: String(word.dropLast()), key: try quoted())
    }

    private func text(_ range: Range<Int>) -> String {
        var text = String.UnicodeScalarView()
        text.append(contentsOf: scalars[range])
        return String(text)
    }

    private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return scalar == "_" || scalar == "." || isDigit(scalar) || isASCIILetter(scalar) }
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .spacingMark, .enclosingMark: return true
        default: return scalar.properties.isAlphabetic || scalar.properties.numericType != nil
        }
    }

    private static func isASCIILetter(_ scalar: Unicode.Scalar) -> Bool {
        ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar)
    }

    private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }

    private static func startsNumber(_ scalar: Unicode.Scalar) -> Bool {
        isDigit(scalar) || scalar == "+" || scalar == "-" || scalar == "."
    }

    private func startsNumber() -> Bool {
        guard let scalar = current else { return false }
        if Self.isDigit(scalar) { return true }
        if scalar == "." { return isAt(1, Self.isDigit) }
        return isAt(1, Self.isDigit) || (isAt(1) { $0 == "." } && isAt(2, Self.isDigit))
    }

    private mutating func number() throws(SearchError) -> Double {
        let start = index
        if let scalar = current, scalar == "+" || scalar == "-" { index += 1 }
        skipDigits()
        if current == "." {
            index += 1
            skipDigits()
        }
        if let scalar = current, scalar == "e" || scalar == "E" {
            index += 1
            if let sign = current, sign == "+" || sign == "-" { index += 1 }
            skipDigits()
        }
        let number = text(start..<index)
        if let scalar = current, Self.isWord(scalar) {
            while let scalar = current, Self.isWord(scalar) { index += 1 }
            throw SearchError("'\(text(start..<index).prefix(50))' is no number", at: start..<index)
        }
        guard let value = Double(number), value.isFinite else {
            throw SearchError("'\(number.prefix(50))' is no number that fits", at: start..<index)
        }
        return value
    }

    private mutating func skipDigits() {
        while let scalar = current, Self.isDigit(scalar) { index += 1 }
    }
}
