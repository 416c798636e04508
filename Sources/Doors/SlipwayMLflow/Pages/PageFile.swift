/// How a file of MLflow's pages is labelled when it is sent.
struct PageFile {
    let path: String

    private static let types = [
        "cjs": "text/javascript", "css": "text/css", "eot": "application/vnd.ms-fontobject", "gif": "image/gif",
        "html": "text/html", "ico": "image/x-icon", "jpg": "image/jpeg", "js": "text/javascript",
        "json": "application/json", "map": "application/json", "mjs": "text/javascript", "png": "image/png",
        "svg": "image/svg+xml", "ttf": "font/ttf", "txt": "text/plain", "wasm": "application/wasm",
        "woff": "font/woff", "woff2": "font/woff2",
    ]

    /// The media type by the name's ending.
    var contentType: String {
        let ending = path.split(separator: ".").last.map { $0.lowercased() } ?? ""
        guard let type = Self.types[ending] else { return "application/octet-stream" }
        return type.hasPrefix("text/") ? type + "; charset=utf-8" : type
    }

    /// A file whose name holds a digest of its content never changes; any other is asked for again.
    var cacheControl: String { isHashed ? "max-age=31536000, immutable" : "no-cache" }

    /// Whether a part of the name, between dots, is a digest: eight or more hexadecimal digits.
    var isHashed: Bool {
        let name = path.split(separator: "/").last ?? ""
        return name.split(separator: ".").contains { part in
            part.utf8.count >= 8 && part.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
        }
    }

    /// Lets the pages run what came with them and talk to this server, and nothing else. Their charts compile
    /// expressions and their styles are written into the page, hence the two `unsafe` words.
    static let securityPolicy = [
        "default-src 'self'", "script-src 'self' 'unsafe-eval'", "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:", "font-src 'self' data:", "media-src 'self' data: blob:",
        "connect-src 'self' data: blob:", "worker-src 'self' blob:", "frame-src 'self' data: blob:",
        "object-src 'none'", "base-uri 'self'", "form-action 'self'", "frame-ancestors 'self'",
    ].joined(separator: "; ")
}
