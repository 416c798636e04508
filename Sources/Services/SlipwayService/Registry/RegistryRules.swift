internal import Foundation
internal import SlipwayDomain

/// What names, tags, aliases and stages of the registry may be.
enum RegistryRules {
    static let stages = ["None", "Staging", "Production", "Archived"]
    private static let longestDescription = 100_000

    static func checkModelName(_ name: String) throws(ServiceError) {
        guard !name.isEmpty else { throw .invalid("A registered model's name must not be empty") }
        guard name.unicodeScalars.count <= 256 else {
            throw .invalid("A registered model's name has at most 256 characters")
        }
        guard !name.holds("/"), !name.holds(":") else {
            throw .invalid("A registered model's name must not hold '/' or ':', because it stands in URIs")
        }
        guard hasNoControls(name) else {
            throw .invalid("A registered model's name must not hold control characters")
        }
        // Names that look the same are the same, so that nobody approves one model and serves another.
        guard isComposed(name) else {
            throw .invalid("A registered model's name must be in Unicode's form NFC: write é as one character")
        }
    }

    static func checkAlias(_ alias: String) throws(ServiceError) {
        let bytes = Array(alias.utf8)
        let isPlain = alias.unicodeScalars.allSatisfy { scalar in
            scalar.isASCII
                ? isWord(UInt8(scalar.value)) || scalar == "-"
                : scalar.properties.isAlphabetic || scalar.properties.numericType != nil
        }
        guard !bytes.isEmpty, alias.unicodeScalars.count <= 255, isPlain, isComposed(alias) else {
            throw .invalid("An alias has 1 to 255 letters, digits, '_' or '-', such as champion")
        }
        guard alias.lowercased() != "latest" else {
            throw .invalid("'latest' is no alias that can be set: it always means the newest version")
        }
        let isVersionLike =
            bytes.count > 1 && (bytes[0] | 0x20) == UInt8(ascii: "v") && bytes.dropFirst().allSatisfy(isDigit)
        guard !isVersionLike else {
            throw .invalid("'\(alias)' looks like a version number: choose an alias that nobody takes for one")
        }
    }

    static func checkTag(_ tag: Tag) throws(ServiceError) {
        try checkTagKey(tag.key)
        guard tag.value.unicodeScalars.count <= 100_000 else {
            throw .invalid("The value of tag '\(tag.key)' is over 100,000 characters long")
        }
    }

    static func checkTagKey(_ key: String) throws(ServiceError) {
        guard !key.isEmpty, key.unicodeScalars.count <= 250 else {
            throw .invalid("A tag's key has 1 to 250 characters")
        }
        guard hasNoControls(key) else { throw .invalid("A tag's key must not hold control characters") }
        let parts = key.parts(at: "/", keepingEmpty: true)
        let isPlain = parts.allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." }
        guard isPlain, key.unicodeScalars.allSatisfy(isKeyCharacter) else {
            throw .invalid(
                "A tag's key is made of letters, digits, spaces and _ - . : / and must not look like '..' or '/a'"
            )
        }
    }

    static func checkDescription(_ text: String?) throws(ServiceError) {
        guard (text?.utf8.count ?? 0) <= longestDescription else {
            throw .invalid("A description has at most \(longestDescription) bytes")
        }
    }

    /// The stage's own spelling; any case is understood.
    static func stage(_ text: String) throws(ServiceError) -> String {
        guard let stage = stages.first(where: { $0.lowercased() == text.lowercased() }) else {
            throw .invalid("A stage is one of \(stages.joined(separator: ", ")), not '\(text.prefix(80))'")
        }
        return stage
    }

    static func checkRunID(_ id: String) throws(ServiceError) {
        let bytes = Array(id.utf8)
        let isFine = bytes.allSatisfy { isWord($0) || $0 == UInt8(ascii: "-") } && bytes.count <= 256
        guard isFine, bytes.first != UInt8(ascii: "-"), bytes.first != UInt8(ascii: "_") else {
            throw .invalid("'\(id.prefix(80))' is no run id")
        }
    }

    /// Whether a text is the one of all canonically equivalent ones that Unicode calls NFC.
    private static func isComposed(_ text: String) -> Bool {
        text.utf8.allSatisfy { $0 < 0x80 } || text.isExactly(text.precomposedStringWithCanonicalMapping)
    }

    private static func hasNoControls(_ text: String) -> Bool {
        text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }

    private static func isWord(_ byte: UInt8) -> Bool {
        isDigit(byte) || (65...90).contains(byte) || (97...122).contains(byte) || byte == UInt8(ascii: "_")
    }

    private static func isKeyCharacter(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.isAlphabetic || scalar.properties.numericType != nil
            || "_-. :/".unicodeScalars.contains(scalar)
    }
}
