/// How an artifact is labelled when it is sent.
enum ArtifactType {
    // Whatever a browser could run, such as HTML, SVG and scripts, is sent as plain text.
    private static let text: Set<String> = [
        "cfg", "cnf", "conf", "csv", "err", "htm", "html", "ini", "js", "json", "log", "md", "mjs", "properties", "py",
        "rst", "svg", "toml", "tsv", "txt", "xhtml", "xml", "yaml", "yml",
    ]
    private static let images = ["gif": "gif", "jpeg": "jpeg", "jpg": "jpeg", "png": "png", "webp": "webp"]

    static func contentType(of name: String) -> String {
        if ["mlmodel", "mlproject"].contains(name.lowercased()) { return "text/plain" }
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count > 1, let ending = parts.last?.lowercased() else { return "application/octet-stream" }
        if text.contains(ending) { return "text/plain" }
        return images[ending].map { "image/" + $0 } ?? "application/octet-stream"
    }

    /// RFC 6266: the name in ASCII, and in full by RFC 8187 when that differs.
    static func disposition(of name: String) -> String {
        let plain = String(
            name.unicodeScalars.map { scalar in
                let isSafe = (0x20..<0x7F).contains(scalar.value) && !"\"\\%;".unicodeScalars.contains(scalar)
                return isSafe ? Character(scalar) : "_"
            }
        )
        guard plain != name else { return "attachment; filename=\"\(plain)\"" }
        return "attachment; filename=\"\(plain)\"; filename*=UTF-8''\(percentEncoded(name))"
    }

    private static func percentEncoded(_ text: String) -> String {
        var output = ""
        for byte in text.utf8 {
            let isPlain =
                (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                || "-._~".utf8.contains(byte)
            if isPlain {
                output.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                let hex = String(byte, radix: 16, uppercase: true)
                output += byte < 16 ? "%0" + hex : "%" + hex
            }
        }
        return output
    }
}
