internal import SlipwayDomain

/// A relative path inside the artifact store that cannot leave it.
package struct ArtifactPath: Hashable, Sendable, CustomStringConvertible {
    /// The parts; empty for the root.
    package let parts: [String]

    /// The store's root.
    package static let root = ArtifactPath(parts: [])

    private init(parts: [String]) { self.parts = parts }

    /// Checks `text` as it came from a client. It is decoded until it is stable, so that a twice-encoded `..` is found too.
    package init(_ text: String) throws(ServiceError) {
        guard text.utf8.count <= 4096 else { throw Self.invalid("is longer than 4,096 bytes") }
        let decoded = try Self.fullyDecoded(text)
        for scalar in decoded.unicodeScalars where scalar.value < 0x20 || scalar.value == 0x7F {
            throw Self.invalid("holds a control character")
        }
        guard decoded.utf8.first != UInt8(ascii: "/") else { throw Self.invalid("is absolute") }
        guard !decoded.holds("\\") else { throw Self.invalid("holds a backslash") }
        guard !decoded.holds("#") else { throw Self.invalid("holds a '#'") }
        guard !Self.isURI(decoded) else { throw Self.invalid("is a URI") }
        for part in decoded.parts(at: "/") {
            // "a;/../b": some readers drop what follows a ';', or what stands before it, so ".." beside one counts as "..".
            guard !part.parts(at: ";").contains("..") else { throw Self.invalid("holds '..'") }
            guard part.utf8.count <= 255 else { throw Self.invalid("has a part longer than 255 bytes") }
        }
        if let first = decoded.parts(at: "/").first, first.utf8.count == 2, first.utf8.last == UInt8(ascii: ":") {
            throw Self.invalid("starts with a drive letter")
        }
        // The checks are on the decoded text; what is kept is the text as it came, where a name may hold a harmless '%'.
        parts = text.parts(at: "/").filter { $0 != "." }
    }

    /// This path with more parts behind it.
    package func appending(_ path: ArtifactPath) -> ArtifactPath { ArtifactPath(parts: parts + path.parts) }

    /// This path with one more part of a checked path behind it.
    func appending(part: String) -> ArtifactPath { ArtifactPath(parts: parts + [part]) }

    package var isRoot: Bool { parts.isEmpty }
    package var description: String { parts.joined(separator: "/") }

    private static func invalid(_ reason: String) -> ServiceError {
        .invalid("Invalid path: it \(reason). Use a relative path such as model/data.bin")
    }

    /// Whether the text begins or goes on like a URI with a scheme.
    static func isURI(_ text: String) -> Bool {
        let scheme = text.parts(at: ":", keepingEmpty: true)
        return scheme[0].lowercased() == "file" && scheme.count > 1
            || scheme.dropFirst().contains { $0.utf8.starts(with: "//".utf8) }
    }

    private static func fullyDecoded(_ text: String) throws(ServiceError) -> String {
        var current = text
        for _ in 0..<8 {
            guard let next = percentDecoded(current) else { throw invalid("is not UTF-8 after decoding") }
            if next == current { return current }
            current = next
        }
        throw invalid("is percent-encoded too many times")
    }

    private static func percentDecoded(_ text: String) -> String? {
        guard text.utf8.contains(UInt8(ascii: "%")) else { return text }
        let bytes = Array(text.utf8)
        var output: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.count,
                let value = UInt8(String(decoding: bytes[index + 1...index + 2], as: UTF8.self), radix: 16)
            {
                output.append(value)
                index += 3
            } else {
                output.append(bytes[index])
                index += 1
            }
        }
        return String(validating: output, as: UTF8.self)
    }
}
