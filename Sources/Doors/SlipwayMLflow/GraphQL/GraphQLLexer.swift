/// Cuts a GraphQL text into its tokens (October 2021, section 2.1).
struct GraphQLLexer {
    enum Token: Equatable {
        case name(String)
        case integer(String)
        case float(String)
        case string(String)
        case mark(Character)
        case spread
        case end
    }

    private let bytes: [UInt8]
    private var position = 0

    init(_ text: String) { bytes = Array(text.utf8) }

    /// The next token, and where it begins in bytes.
    mutating func next() throws(GraphQLError) -> (token: Token, at: Int) {
        skipIgnored()
        let start = position
        guard let byte = peek() else { return (.end, start) }
        switch byte {
        case UInt8(ascii: "."):
            guard peek(1) == byte, peek(2) == byte else { throw unexpected() }
            position += 3
            return (.spread, start)
        case _ where "!$&()/:=@[]{|}".utf8.contains(byte) && byte != UInt8(ascii: "/"):
            position += 1
            return (.mark(Character(Unicode.Scalar(byte))), start)
        case UInt8(ascii: "\""):
            return (.string(try string()), start)
        case _ where Self.isDigit(byte) || byte == UInt8(ascii: "-"):
            return (try number(), start)
        case _ where Self.isNameStart(byte):
            while let byte = peek(), Self.isNameStart(byte) || Self.isDigit(byte) { position += 1 }
            return (.name(text(from: start)), start)
        default: throw unexpected()
        }
    }

    private func peek(_ ahead: Int = 0) -> UInt8? {
        position + ahead < bytes.count ? bytes[position + ahead] : nil
    }

    private func text(from start: Int) -> String { String(decoding: bytes[start..<position], as: UTF8.self) }

    private func unexpected() -> GraphQLError {
        GraphQLError("the query has an unexpected character at byte \(position)")
    }

    private mutating func skipIgnored() {
        // A byte order mark may stand at the start.
        if position == 0, bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
        while let byte = peek() {
            if byte == UInt8(ascii: "#") {
                while let byte = peek(), byte != 0x0A, byte != 0x0D { position += 1 }
            } else if [0x09, 0x0A, 0x0D, 0x20, UInt8(ascii: ",")].contains(byte) {
                position += 1
            } else {
                return
            }
        }
    }

    private mutating func number() throws(GraphQLError) -> Token {
        let start = position
        if peek() == UInt8(ascii: "-") { position += 1 }
        let first = peek()
        let whole = digits()
        guard whole > 0, whole == 1 || first != UInt8(ascii: "0") else { throw unexpected() }
        var isFloat = false
        if peek() == UInt8(ascii: ".") {
            position += 1
            isFloat = true
            guard digits() > 0 else { throw unexpected() }
        }
        if peek() == UInt8(ascii: "e") || peek() == UInt8(ascii: "E") {
            position += 1
            isFloat = true
            if peek() == UInt8(ascii: "+") || peek() == UInt8(ascii: "-") { position += 1 }
            guard digits() > 0 else { throw unexpected() }
        }
        if let byte = peek(), Self.isNameStart(byte) || byte == UInt8(ascii: ".") { throw unexpected() }
        return isFloat ? .float(text(from: start)) : .integer(text(from: start))
    }

    private mutating func digits() -> Int {
        let start = position
        while let byte = peek(), Self.isDigit(byte) { position += 1 }
        return position - start
    }

    private mutating func string() throws(GraphQLError) -> String {
        guard !(peek(1) == UInt8(ascii: "\"") && peek(2) == UInt8(ascii: "\"")) else {
            throw GraphQLError("the query holds a block string at byte \(position): write it as an ordinary string")
        }
        position += 1
        var output: [UInt8] = []
        while let byte = peek() {
            switch byte {
            case UInt8(ascii: "\""):
                position += 1
                return String(decoding: output, as: UTF8.self)
            case UInt8(ascii: "\\"): try escape(into: &output)
            case 0..<0x20: throw unexpected()
            default:
                output.append(byte)
                position += 1
            }
        }
        throw GraphQLError("the query ends inside a string")
    }

    private mutating func escape(into output: inout [UInt8]) throws(GraphQLError) {
        let plain: [UInt8: UInt8] = [
            UInt8(ascii: "\""): UInt8(ascii: "\""), UInt8(ascii: "\\"): UInt8(ascii: "\\"),
            UInt8(ascii: "/"): UInt8(ascii: "/"), UInt8(ascii: "b"): 0x08, UInt8(ascii: "f"): 0x0C,
            UInt8(ascii: "n"): 0x0A, UInt8(ascii: "r"): 0x0D, UInt8(ascii: "t"): 0x09,
        ]
        guard let letter = peek(1) else { throw GraphQLError("the query ends inside a string") }
        if let byte = plain[letter] {
            output.append(byte)
            position += 2
            return
        }
        guard letter == UInt8(ascii: "u"), var code = hexadecimal(at: 2) else { throw unexpected() }
        position += 6
        if (0xD800..<0xDC00).contains(code), peek() == UInt8(ascii: "\\"), peek(1) == UInt8(ascii: "u"),
            let low = hexadecimal(at: 2), (0xDC00..<0xE000).contains(low)
        {
            code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
            position += 6
        }
        guard let scalar = Unicode.Scalar(code) else {
            throw GraphQLError("the query holds half of a character in a string, before byte \(position)")
        }
        output += String(Character(scalar)).utf8
    }

    private func hexadecimal(at ahead: Int) -> UInt32? {
        guard position + ahead + 4 <= bytes.count else { return nil }
        let digits = bytes[position + ahead..<position + ahead + 4]
        guard digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }) else { return nil }
        return UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }

    private static func isNameStart(_ byte: UInt8) -> Bool {
        (65...90).contains(byte) || (97...122).contains(byte) || byte == UInt8(ascii: "_")
    }
}
