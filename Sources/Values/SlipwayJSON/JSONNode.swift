/// A place in a parsed JSON text; cheap to copy.
package struct JSONNode {
    let document: JSONDocument
    let index: Int

    /// What stands at a place.
    package enum Kind: Equatable { case object, array, string, integer, unsigned, double, bool, null }

    private var word: UInt64 { document.tape[index] }
    private var tag: UInt8 { UInt8(truncatingIfNeeded: word >> 56) }
    private var payload: Int { Int(word & 0x00FF_FFFF_FFFF_FFFF) }

    /// The kind of this value.
    package var kind: Kind {
        switch tag {
        case UInt8(ascii: "{"): .object
        case UInt8(ascii: "["): .array
        case UInt8(ascii: "\""): .string
        case UInt8(ascii: "l"): .integer
        case UInt8(ascii: "u"): .unsigned
        case UInt8(ascii: "d"): .double
        case UInt8(ascii: "t"), UInt8(ascii: "f"): .bool
        default: .null
        }
    }

    package var isNull: Bool { tag == UInt8(ascii: "n") }

    /// The string's text, or nil when this is no string.
    package var string: String? {
        guard tag == UInt8(ascii: "\"") else { return nil }
        return String(decoding: stringBytes, as: UTF8.self)
    }

    /// The bytes of a string value; empty when this is no string.
    package var stringBytes: UnsafeBufferPointer<UInt8> {
        guard tag == UInt8(ascii: "\"") else { return UnsafeBufferPointer(start: nil, count: 0) }
        let start = document.strings + payload
        let count = UnsafeRawPointer(start).loadUnaligned(as: UInt32.self)
        return UnsafeBufferPointer(start: start + 4, count: Int(count))
    }

    /// The boolean, or nil when this is none.
    package var bool: Bool? {
        switch tag {
        case UInt8(ascii: "t"): true
        case UInt8(ascii: "f"): false
        default: nil
        }
    }

    /// The number if it is written as an integer that fits 64 signed bits (`1.0` is not an integer here).
    package var integer: Int64? {
        tag == UInt8(ascii: "l") ? Int64(bitPattern: document.tape[index + 1]) : nil
    }

    /// The number as a double, whatever way it is written.
    package var double: Double? {
        switch tag {
        case UInt8(ascii: "d"): Double(bitPattern: document.tape[index + 1])
        case UInt8(ascii: "l"): Double(Int64(bitPattern: document.tape[index + 1]))
        case UInt8(ascii: "u"): Double(document.tape[index + 1])
        default: nil
        }
    }

    /// The number if it is an integer beyond the signed 64-bit range.
    package var unsigned: UInt64? {
        tag == UInt8(ascii: "u") ? document.tape[index + 1] : nil
    }

    /// The tape index just after this value.
    var end: Int {
        switch tag {
        case UInt8(ascii: "{"), UInt8(ascii: "["): Int(word & 0xFFFF_FFFF)
        case UInt8(ascii: "l"), UInt8(ascii: "u"), UInt8(ascii: "d"): index + 2
        default: index + 1
        }
    }

    /// The elements of an array, in order; nothing for other kinds.
    package var elements: Elements { Elements(document: document, position: index + 1, end: innerEnd("[")) }

    /// The members of an object, in the order of the text, duplicates included; nothing for other kinds.
    package var members: Members { Members(document: document, position: index + 1, end: innerEnd("{")) }

    /// The last member called `name`, or nil.
    package subscript(_ name: String) -> JSONNode? {
        var found: JSONNode?
        for member in members where member.isNamed(name) { found = member.value }
        return found
    }

    private func innerEnd(_ opening: Unicode.Scalar) -> Int {
        // A container's end index is one past its closing word.
        tag == UInt8(ascii: opening) ? Int(word & 0xFFFF_FFFF) - 1 : index + 1
    }

    /// The elements of an array.
    package struct Elements: Sequence, IteratorProtocol {
        let document: JSONDocument
        var position: Int
        let end: Int

        package mutating func next() -> JSONNode? {
            guard position < end else { return nil }
            let node = JSONNode(document: document, index: position)
            position = node.end
            return node
        }
    }

    /// One member of an object.
    package struct Member {
        let key: JSONNode
        package let value: JSONNode

        /// The member's name.
        package var name: String { key.string ?? "" }

        /// Whether the member's name is `text`, without making a string.
        package func isNamed(_ text: String) -> Bool {
            let name = key.stringBytes
            var text = text
            return text.withUTF8 { $0.count == name.count && $0.elementsEqual(name) }
        }
    }

    /// The members of an object.
    package struct Members: Sequence, IteratorProtocol {
        let document: JSONDocument
        var position: Int
        let end: Int

        package mutating func next() -> Member? {
            guard position < end else { return nil }
            let key = JSONNode(document: document, index: position)
            let value = JSONNode(document: document, index: key.end)
            position = value.end
            return Member(key: key, value: value)
        }
    }
}
