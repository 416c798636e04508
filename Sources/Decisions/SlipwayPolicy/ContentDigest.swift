/// How content is named by its digest: `sha256:` and 64 lower-case hexadecimal digits.
package enum ContentDigest {
    package static let rule = "sha256: and 64 lower-case hexadecimal digits"

    /// Whether `text` is the digest of something.
    package static func isValid(_ text: String) -> Bool {
        let digits = text.utf8.dropFirst(7)
        return text.hasPrefix("sha256:") && digits.count == 64
            && digits.allSatisfy { "0123456789abcdef".utf8.contains($0) }
    }
}
