internal import SlipwayJSON

extension MLflowRequest {
    /// The value of one field, as it was found.
    enum Field {
        case node(JSONNode)
        case text(String)
    }

    /// The value that the request gives to a field, under either spelling; nil when unset or null.
    func field(_ name: String) throws -> Field? {
        switch source {
        case .nothing: return nil
        case .body(let object):
            let camel = Self.camelCase(name)
            var found: JSONNode?
            for member in object.members where member.isNamed(name) || member.isNamed(camel) {
                guard found == nil else { throw Self.twice(name) }
                found = member.value
            }
            guard let found, !found.isNull else { return nil }
            return .node(found)
        case .query(let items):
            let spellings = try spellings(of: name, among: items.map(\.name))
            let found = items.filter { spellings.contains($0.name) }
            guard found.count < 2 else { throw Self.twice(name) }
            return found.first.map { .text($0.value) }
        }
    }

    /// The spelling in use, after a check that only one is.
    func spellings(of name: String, among names: [String]) throws -> [String] {
        let spellings = [name, Self.camelCase(name)]
        if spellings[0] != spellings[1], spellings.allSatisfy(names.contains) { throw Self.twice(name) }
        return spellings
    }

    /// `run_id` as `runId`.
    static func camelCase(_ name: String) -> String {
        guard name.utf8.contains(UInt8(ascii: "_")) else { return name }
        // Asked for every field of every request: the bytes are written in place.
        return String(unsafeUninitializedCapacity: name.utf8.count) { output in
            var count = 0
            var raises = false
            for byte in name.utf8 {
                if byte == UInt8(ascii: "_") {
                    raises = true
                } else {
                    let isLower = (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                    output.initializeElement(at: count, to: raises && isLower ? byte - 32 : byte)
                    count += 1
                    raises = false
                }
            }
            return count
        }
    }

    static func missing(_ name: String) -> MLflowError {
        .invalid("the field '\(name)' is missing: it is required and must not be empty")
    }

    static func wrongType(_ name: String, _ wanted: String) -> MLflowError {
        .invalid("the field '\(name)' must be \(wanted)")
    }

    static func twice(_ name: String) -> MLflowError {
        .invalid("the field '\(name)' is given twice: send it once, in one spelling")
    }
}

extension JSONNode {
    /// A 64-bit integer by protobuf's rules: a whole number however written, or a text of digits.
    var protobufInteger: Int64? {
        switch kind {
        case .integer: integer
        // -2^63 is what a number below the range is read as.
        case .double: double.flatMap { Int64(exactly: $0) }.flatMap { $0 == .min ? nil : $0 }
        case .string: string.flatMap { Int64($0) }
        default: nil
        }
    }

    /// A double by protobuf's rules: a number, or a text of one.
    var protobufDouble: Double? {
        switch kind {
        case .integer, .unsigned, .double: double
        case .string: string.flatMap(JSONNode.protobufDouble)
        default: nil
        }
    }

    /// The double that a text spells: decimal digits, or one of the three names of protobuf's JSON mapping.
    static func protobufDouble(_ text: String) -> Double? {
        switch text {
        case "NaN": return .nan
        case "Infinity": return .infinity
        case "-Infinity": return -.infinity
        default:
            let isDecimal = text.utf8.allSatisfy { byte in
                (48...57).contains(byte) || "+-.eE".utf8.contains(byte)
            }
            // A text such as 1e999 is refused rather than read as infinity.
            guard isDecimal, let value = Double(text), value.isFinite else { return nil }
            return value
        }
    }
}

/// Percent-decoding of paths and queries.
enum PercentText {
    /// The items of a query, decoded as forms are.
    static func items(_ query: String) throws -> [(name: String, value: String)] {
        guard query.utf8.count <= 1 << 20 else { throw MLflowError.invalid("the query is over a million bytes long") }
        return try query.split(separator: "&").map { item in
            let parts = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (
                try decoded(parts[0], plusIsSpace: true),
                parts.count > 1 ? try decoded(parts[1], plusIsSpace: true) : ""
            )
        }
    }

    /// The text that percent signs stand for.
    static func decoded(_ text: Substring, plusIsSpace: Bool) throws -> String {
        var output: [UInt8] = []
        var bytes = text.utf8.makeIterator()
        while let byte = bytes.next() {
            switch byte {
            case UInt8(ascii: "+") where plusIsSpace: output.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                guard let high = bytes.next().flatMap(hexDigit), let low = bytes.next().flatMap(hexDigit) else {
                    throw MLflowError.invalid("the URL holds a '%' that two hexadecimal digits do not follow")
                }
                output.append(high << 4 | low)
            default: output.append(byte)
            }
        }
        guard let decoded = String(validating: output, as: UTF8.self) else {
            throw MLflowError.invalid("the URL is not UTF-8 after decoding")
        }
        return decoded
    }

    private static func hexDigit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 48...57: byte - 48
        case 65...70: byte - 55
        case 97...102: byte - 87
        default: nil
        }
    }
}
