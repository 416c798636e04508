internal import CSimdjson

/// Why a text is not the JSON that we accept.
package struct JSONError: Error, Equatable, CustomStringConvertible {
    /// A sentence for the person who sent the text.
    package let message: String

    package init(_ message: String) { self.message = message }

    /// There are more values than the limits allow.
    package static let tooManyValues = JSONError(
        "the JSON text has more values than are taken at once: send it in parts"
    )

    package var description: String { message }
}

/// Limits that every parse obeys.
package struct JSONLimits: Sendable {
    /// Longest accepted text in bytes.
    package var maxBytes: Int
    /// Deepest accepted nesting.
    package var maxDepth: Int
    /// Most words that the text may become: a number is two, an object or an array two and what it holds, others are one.
    package var maxWords: Int

    package init(maxBytes: Int = 64 << 20, maxDepth: Int = 128, maxWords: Int = .max) {
        self.maxBytes = maxBytes
        self.maxDepth = maxDepth
        self.maxWords = maxWords
    }
}

/// One parsed JSON text, read in place from simdjson's tape (64-bit words: type in the top byte, payload below).
///
/// The text is checked as strict RFC 8259 JSON: UTF-8, no comments, no trailing commas, no NaN, numbers in range.
package final class JSONDocument {
    private let parser: OpaquePointer
    let tape: UnsafePointer<UInt64>
    let strings: UnsafePointer<UInt8>

    /// Parses `bytes`, which may be freed afterwards.
    package init(_ bytes: UnsafeRawBufferPointer, limits: JSONLimits = JSONLimits()) throws(JSONError) {
        guard bytes.count <= limits.maxBytes else {
            throw JSONError("the JSON text is \(bytes.count) bytes, over the limit of \(limits.maxBytes)")
        }
        guard bytes.count > 0 else { throw JSONError("the body is empty: send a JSON text") }
        // Before any memory is taken: each value but the first has one of these before it.
        guard bytes.count <= limits.maxWords || JSONDocument.separators(bytes) <= limits.maxWords else {
            throw .tooManyValues
        }
        var (parsed, code) = JSONDocument.open(bytes, maxBytes: limits.maxBytes, maxDepth: limits.maxDepth)
        if parsed == nil, let widened = LongIntegers.widened(bytes) {
            (parsed, code) = widened.withUnsafeBytes {
                JSONDocument.open($0, maxBytes: $0.count, maxDepth: limits.maxDepth)
            }
        }
        guard let parsed else { throw JSONError("not valid JSON: " + JSONDocument.reason(code)) }
        guard let tape = slipway_json_tape(parsed), let strings = slipway_json_strings(parsed) else {
            slipway_json_parser_free(parsed)
            throw JSONError("no memory for a JSON text of \(bytes.count) bytes")
        }
        // The first word holds the place behind the last.
        guard tape[0] & 0x00FF_FFFF_FFFF_FFFF <= limits.maxWords else {
            slipway_json_parser_free(parsed)
            throw .tooManyValues
        }
        self.parser = parsed
        self.tape = tape
        self.strings = strings
    }

    /// How many values there can be at most, from a look at the bytes alone.
    private static func separators(_ bytes: UnsafeRawBufferPointer) -> Int {
        var count = 0
        for byte in bytes {
            let isOne = byte == UInt8(ascii: ",") || byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[")
            count &+= isOne ? 1 : 0
        }
        return count
    }

    /// A parser that holds the parsed text, or nil and simdjson's error code.
    private static func open(
        _ bytes: UnsafeRawBufferPointer,
        maxBytes: Int,
        maxDepth: Int
    ) -> (parser: OpaquePointer?, code: Int32) {
        // simdjson refuses even short texts when it may hold less than 64 bytes; the size was checked before.
        guard let parser = slipway_json_parser_new(max(maxBytes, 64), maxDepth) else { return (nil, memoryCode) }
        let start = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
        let code = slipway_json_parse(parser, start, bytes.count)
        guard code == 0 else {
            slipway_json_parser_free(parser)
            return (nil, code)
        }
        return (parser, 0)
    }

    /// simdjson's `MEMALLOC`.
    private static let memoryCode: Int32 = 2

    /// Parses an array of bytes.
    package static func parse(_ bytes: [UInt8], limits: JSONLimits = JSONLimits()) throws(JSONError) -> JSONDocument {
        do {
            return try bytes.withUnsafeBytes { try JSONDocument($0, limits: limits) }
        } catch let error as JSONError {
            throw error
        } catch {
            preconditionFailure("parsing throws JSONError only")
        }
    }

    deinit {
        slipway_json_parser_free(parser)
    }

    /// The document's only value.
    package var root: JSONNode { JSONNode(document: self, index: 1) }

    private static func reason(_ code: Int32) -> String {
        guard let text = slipway_json_error_message(code) else { return "unknown reason" }
        return String(cString: text)
    }
}
