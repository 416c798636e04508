import FoundationEssentials

/// RFC 8785 (JSON Canonicalization Scheme): one value, one sequence of bytes.
package enum CanonicalJSON {
    /// Why a value has no canonical form.
    package enum Failure: Error, Equatable, CustomStringConvertible {
        case notFinite
        case integerTooLarge(Int64)

        package var description: String {
            switch self {
            case .notFinite: "NaN and infinity have no JSON form: leave the member out or write it as a string"
            case .integerTooLarge(let value):
                "\(value) is beyond 2^53, where JSON readers lose digits: write it as a string"
            }
        }
    }

    /// The canonical bytes of `value`.
    package static func bytes(of value: JSONValue) throws(Failure) -> [UInt8] {
        var output: [UInt8] = []
        try append(value, to: &output)
        return output
    }

    /// The canonical text of `value`.
    package static func text(of value: JSONValue) throws(Failure) -> String {
        String(decoding: try bytes(of: value), as: UTF8.self)
    }

    /// The canonical bytes of anything that can be encoded.
    package static func bytes(encoding value: some Encodable) throws -> [UInt8] {
        try bytes(of: JSONValue(encoding: value))
    }

    private static func append(_ value: JSONValue, to output: inout [UInt8]) throws(Failure) {
        switch value {
        case .null: output += "null".utf8
        case .bool(let flag): output += (flag ? "true" : "false").utf8
        case .integer(let number):
            // RFC 8785 knows only doubles: an integer beyond 2^53 passes if a double gives the same digits back.
            let text = String(number)
            guard number.magnitude <= 1 << 53 || text == ECMAScriptNumber.text(Double(number)) else {
                throw .integerTooLarge(number)
            }
            output += text.utf8
        case .number(let number):
            guard number.isFinite else { throw .notFinite }
            output += ECMAScriptNumber.text(number).utf8
        case .string(let text): append(text, to: &output)
        case .array(let items):
            output.append(UInt8(ascii: "["))
            for (index, item) in items.enumerated() {
                if index > 0 { output.append(UInt8(ascii: ",")) }
                try append(item, to: &output)
            }
            output.append(UInt8(ascii: "]"))
        case .object(let members):
            output.append(UInt8(ascii: "{"))
            // Section 3.2.3: members are sorted by the UTF-16 code units of their names.
            let sorted = members.sorted { $0.key.utf16.lexicographicallyPrecedes($1.key.utf16) }
            for (index, member) in sorted.enumerated() {
                if index > 0 { output.append(UInt8(ascii: ",")) }
                append(member.key, to: &output)
                output.append(UInt8(ascii: ":"))
                try append(member.value, to: &output)
            }
            output.append(UInt8(ascii: "}"))
        }
    }

    private static let hexDigits = Array("0123456789abcdef".utf8)

    private static func append(_ text: String, to output: inout [UInt8]) {
        output.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""): output += #"\""#.utf8
            case UInt8(ascii: "\\"): output += #"\\"#.utf8
            case 0x08: output += #"\b"#.utf8
            case 0x09: output += #"\t"#.utf8
            case 0x0A: output += #"\n"#.utf8
            case 0x0C: output += #"\f"#.utf8
            case 0x0D: output += #"\r"#.utf8
            case 0..<0x20:
                output += #"\u00"#.utf8
                output.append(hexDigits[Int(byte >> 4)])
                output.append(hexDigits[Int(byte & 15)])
            default: output.append(byte)
            }
        }
        output.append(UInt8(ascii: "\""))
    }
}

/// ECMA-262 `Number::toString`, which RFC 8785 section 3.2.2.3 asks for.
enum ECMAScriptNumber {
    static func text(_ value: Double) -> String {
        guard value != 0 else { return "0" }
        let (digits, exponent) = shortest(value.magnitude)
        let sign = value < 0 ? "-" : ""
        let count = digits.count
        if exponent > 21 || exponent < -5 {
            let power = exponent - 1
            let fraction = count > 1 ? "." + digits.dropFirst() : ""
            return sign + digits.prefix(1) + fraction + "e" + (power < 0 ? "-" : "+") + String(power.magnitude)
        }
        if exponent <= 0 { return sign + "0." + String(repeating: "0", count: -exponent) + digits }
        if count <= exponent { return sign + digits + String(repeating: "0", count: exponent - count) }
        return sign + digits.prefix(exponent) + "." + digits.dropFirst(exponent)
    }

    /// The shortest digits that round-trip, and the position of the decimal point relative to their start.
    private static func shortest(_ value: Double) -> (digits: String, exponent: Int) {
        // Swift's description gives the shortest round-tripping digits; only the layout differs from ECMAScript.
        let text = value.description
        let parts = text.split(separator: "e", omittingEmptySubsequences: false)
        let mantissa = parts[0].split(separator: ".", omittingEmptySubsequences: false)
        let fraction = mantissa.count > 1 ? String(mantissa[1]) : ""
        let whole = String(mantissa[0])
        let power = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
        var digits = whole + fraction
        var exponent = whole.count + power
        while digits.hasPrefix("0") {
            digits.removeFirst()
            exponent -= 1
        }
        while digits.hasSuffix("0") { digits.removeLast() }
        return (digits, exponent)
    }
}

extension JSONValue {
    /// What `value` encodes to.
    package init(encoding value: some Encodable) throws {
        let data = try JSONEncoder().encode(value)
        try self.init(parsing: Array(data))
    }

    /// Decodes a value of type `T` from this JSON.
    package func decode<T: Decodable>(_ type: T.Type) throws -> T {
        try JSONDecoder().decode(type, from: Data(CanonicalJSON.bytes(of: self)))
    }
}
