import Crypto
import FoundationEssentials

/// A SHA-256 digest: 32 bytes, written as 64 lower-case hexadecimal digits.
package struct Digest32: Hashable, Sendable, CustomStringConvertible {
    // The bytes as they stand in memory. Words instead of an array, so that a million digests need one allocation.
    private let words: [4 of UInt64]

    /// Makes a digest of exactly 32 bytes; nil for any other count.
    package init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 32 else { return nil }
        self.words = Array(bytes).withUnsafeBytes { Digest32.words($0) }
    }

    /// Reads 64 lower-case hexadecimal digits, with or without the prefix `sha256:`.
    package init?(hex: String) {
        let digits = Array((hex.hasPrefix("sha256:") ? String(hex.dropFirst(7)) : hex).utf8)
        guard digits.count == 64 else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: 64, by: 2) {
            guard let high = Digest32.nibble(digits[index]), let low = Digest32.nibble(digits[index + 1]) else {
                return nil
            }
            bytes.append(high << 4 | low)
        }
        self.init(bytes: bytes)
    }

    /// The SHA-256 digest of `bytes`.
    package static func sha256(_ bytes: some Sequence<UInt8>) -> Digest32 {
        var hasher = SHA256()
        hasher.update(data: Array(bytes))
        return Digest32(hasher.finalize())
    }

    init(_ digest: SHA256Digest) {
        self.words = digest.withUnsafeBytes { Digest32.words($0) }
    }

    private static func words(_ raw: UnsafeRawBufferPointer) -> [4 of UInt64] {
        var words: [4 of UInt64] = [0, 0, 0, 0]
        for index in 0..<4 { words[index] = raw.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self) }
        return words
    }

    /// The 32 bytes.
    package var bytes: [UInt8] { withUnsafeBytes(of: words) { Array($0) } }

    /// Feeds the 32 bytes to `hasher`.
    func hash(into hasher: inout SHA256) {
        withUnsafeBytes(of: words) { hasher.update(bufferPointer: $0) }
    }

    /// The 64 hexadecimal digits.
    package var hex: String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    /// The digest as it stands in entries: `sha256:` and the hexadecimal digits.
    package var prefixed: String { "sha256:" + hex }

    package var description: String { hex }

    package static func == (left: Digest32, right: Digest32) -> Bool {
        left.words[0] == right.words[0] && left.words[1] == right.words[1] && left.words[2] == right.words[2]
            && left.words[3] == right.words[3]
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(words[0]) }

    private static func nibble(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}

extension Digest32: Codable {
    package init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let digest = Digest32(hex: text) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "not 64 hexadecimal digits: \(text)")
            )
        }
        self = digest
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(hex)
    }
}
