import Foundation
import SlipwayDomain

/// Text that goes to the engine from a user, and text that comes back.
enum EngineMessage {
    /// Where the engine's message turns from what happened to how to call the engine otherwise.
    private static let endings = ["\nLINE ", "Possible fix", "Possible solution", "\n  file ="]

    /// Makes one sentence of the engine's message, which can have many lines.
    static func sentence(_ message: String) -> String {
        var text = message[...]
        for ending in endings {
            if let range = text.range(of: ending, options: .caseInsensitive) { text = text[..<range.lowerBound] }
        }
        let joined = text.split(whereSeparator: \.isNewline)
            .map { $0.trimmingCharacters(in: .whitespaces) }
            .filter { !$0.isEmpty }
            .joined(separator: "; ")
        guard let last = joined.last else { return "The engine gave no reason." }
        return ".!?".contains(last) ? joined : joined + "."
    }

    /// A statement without the semicolon at its end; a semicolon elsewhere is refused.
    static func singleSelect(_ sql: String) throws(TabularError) -> String {
        guard !sql.utf8.contains(0) else { throw .queryRefused(reason: "it has a NUL character.") }
        var text = sql.trimmingCharacters(in: .whitespacesAndNewlines)
        if text.utf8.last == UInt8(ascii: ";") { text.unicodeScalars.removeLast() }
        guard !text.holds(";") else {
            throw .queryRefused(
                reason: "it must be one SELECT, and a semicolon may stand only at its end (write chr(59) in a string)."
            )
        }
        guard !text.isEmpty else { throw .queryRefused(reason: "it is empty. Write a SELECT over the table data.") }
        return text
    }
}
