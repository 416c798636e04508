import SlipwayDomain
import SlipwayJSON

/// What was read as JSON is written, and read again, as the same.
enum JSONProperties {
    private static let limits = JSONLimits(maxBytes: 1 << 20, maxDepth: 64)

    static func violation(_ bytes: [UInt8]) -> String? {
        guard let document = try? JSONDocument.parse(bytes, limits: limits) else { return nil }
        var writer = JSONWriter()
        write(document.root, to: &writer)
        guard let again = try? JSONDocument.parse(writer.bytes, limits: JSONLimits(maxDepth: 64)) else {
            return "what was written is no JSON: \(String(decoding: writer.bytes, as: UTF8.self))"
        }
        guard isSame(document.root, again.root) else {
            return "what was written is not what was read: \(String(decoding: writer.bytes, as: UTF8.self))"
        }
        return canonicalViolation(document.root)
    }

    /// The canonical form of a canonical form is itself.
    private static func canonicalViolation(_ root: JSONNode) -> String? {
        guard let value = try? JSONValue(root), let once = try? CanonicalJSON.bytes(of: value) else { return nil }
        guard let read = try? JSONValue(parsing: once) else { return "the canonical form is no JSON" }
        // Of a whole number beyond 2^53 only the bytes are the same: it is read as an integer, and was a double.
        guard let twice = try? CanonicalJSON.bytes(of: read), twice == once else {
            return "there are two canonical forms"
        }
        return nil
    }

    private static func write(_ node: JSONNode, to writer: inout JSONWriter) {
        switch node.kind {
        case .null: writer.null()
        case .bool: writer.bool(node.bool ?? false)
        case .integer: writer.integer(node.integer ?? 0)
        case .unsigned: writer.unsigned(node.unsigned ?? 0)
        case .double: writer.number(node.double ?? 0)
        case .string: writer.string(node.string ?? "")
        case .array:
            writer.array { writer in
                for element in node.elements { write(element, to: &writer) }
            }
        case .object:
            writer.object { writer in
                for member in node.members {
                    writer.name(member.name)
                    write(member.value, to: &writer)
                }
            }
        }
    }

    private static func isSame(_ left: JSONNode, _ right: JSONNode) -> Bool {
        guard left.kind == right.kind else { return false }
        switch left.kind {
        case .null: return true
        case .bool: return left.bool == right.bool
        case .integer: return left.integer == right.integer
        case .unsigned: return left.unsigned == right.unsigned
        case .double: return left.double?.bitPattern == right.double?.bitPattern
        case .string: return left.stringBytes.elementsEqual(right.stringBytes)
        case .array:
            return Array(left.elements).count == Array(right.elements).count
                && zip(left.elements, right.elements).allSatisfy { isSame($0, $1) }
        case .object:
            return Array(left.members).count == Array(right.members).count
                && zip(left.members, right.members).allSatisfy { $0.name == $1.name && isSame($0.value, $1.value) }
        }
    }
}
