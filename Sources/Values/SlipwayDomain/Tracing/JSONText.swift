package import SlipwayJSON

/// JSON texts that keep the order of members, laid out as Python's `json.dumps` does: a blank after each comma and colon.
///
/// Clients show parts of these texts and search in them, so the layout is part of what they see.
package enum JSONText {
    /// The root of a JSON text, or nil when it is none.
    package static func parsed(_ text: String) -> JSONNode? {
        try? JSONDocument.parse(Array(text.utf8)).root  // Any text that is not JSON is treated alike by the callers.
    }

    /// The text of a parsed value.
    package static func text(of node: JSONNode) -> String {
        var output: [UInt8] = []
        append(node, to: &output)
        return String(decoding: output, as: UTF8.self)
    }

    /// The text of a string.
    package static func text(of string: String) -> String {
        var writer = JSONWriter(capacity: string.utf8.count + 2)
        writer.string(string)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    /// The text of a number; the names that Python gives to what is no number.
    package static func text(of number: Double) -> String {
        guard number.isFinite else { return number.isNaN ? "NaN" : number < 0 ? "-Infinity" : "Infinity" }
        return number.description
    }

    /// The text of an array of JSON texts.
    package static func array(_ items: [String]) -> String { "[" + items.joined(separator: ", ") + "]" }

    /// The text of an object whose values are JSON texts.
    package static func object(_ members: [(name: String, value: String)]) -> String {
        "{" + members.map { "\(text(of: $0.name)): \($0.value)" }.joined(separator: ", ") + "}"
    }

    private static func append(_ node: JSONNode, to output: inout [UInt8]) {
        switch node.kind {
        case .null: output += "null".utf8
        case .bool: output += (node.bool == true ? "true" : "false").utf8
        case .integer: output += String(node.integer ?? 0).utf8
        case .unsigned: output += String(node.unsigned ?? 0).utf8
        case .double: output += (node.double ?? 0).description.utf8
        case .string: output += text(of: node.string ?? "").utf8
        case .array:
            output.append(UInt8(ascii: "["))
            for (index, element) in node.elements.enumerated() {
                if index > 0 { output += ", ".utf8 }
                append(element, to: &output)
            }
            output.append(UInt8(ascii: "]"))
        case .object:
            output.append(UInt8(ascii: "{"))
            for (index, member) in node.members.enumerated() {
                if index > 0 { output += ", ".utf8 }
                output += text(of: member.name).utf8
                output += ": ".utf8
                append(member.value, to: &output)
            }
            output.append(UInt8(ascii: "}"))
        }
    }
}
