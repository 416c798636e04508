internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import SlipwayService
internal import SlipwayWire

/// The artifact's path in the raw path of a URL.
enum RawPath {
    /// What follows `prefix`, decoded once as URLs are; the rules of `ArtifactPath` do the rest. The router drops
    /// doubled slashes, so only the raw text tells that somebody sent `//etc/passwd`.
    static func artifact(after prefix: String, in path: String) throws -> ArtifactPath {
        guard path.hasPrefix(prefix) else {
            throw MLflowError.invalid("Invalid path: write it without doubled slashes")
        }
        let result = try ArtifactPath(PercentText.decoded(path.dropFirst(prefix.count), plusIsSpace: false))
        guard !result.isRoot else { throw MLflowError.invalid("Invalid path: it names no artifact") }
        return result
    }
}

/// The body of an upload, piece by piece, checked against the length that was announced.
final class UploadBody {
    private var iterator: RequestBody.AsyncIterator
    private let stated: Int64?
    private let limit: Int64
    private var received: Int64 = 0

    init(_ request: Request, limit: Int64 = .max) {
        iterator = request.body.makeAsyncIterator()
        stated = request.headers[.contentLength].flatMap { Int64($0) }
        self.limit = limit
    }

    /// The next piece, or nil at the end. A body that ends early is an error: it must not be stored as whole.
    func next() async throws -> [UInt8]? {
        if let stated, stated > limit { throw WireError.bodyTooLarge(limit: Int(limit)) }
        guard let piece = try await iterator.next(isolation: #isolation) else {
            guard stated == nil || stated == received else {
                throw MLflowError.invalid("the body ended after \(received) of \(stated ?? 0) bytes: send it again")
            }
            return nil
        }
        received += Int64(piece.readableBytes)
        guard received <= limit else { throw WireError.bodyTooLarge(limit: Int(limit)) }
        return Array(piece.readableBytesView)
    }

    /// How much of a refused upload is still read.
    private static let mostDropped: Int64 = 8 << 20

    /// The answer of `body`, or to its error. Some of the rest of a refused upload is read and dropped: a client that is
    /// still sending would otherwise not see why it was refused. One that never ends is not waited for.
    func answered(_ body: (UploadBody) async throws -> Response) async -> Response {
        do {
            return try await body(self)
        } catch {
            // A client that is gone needs no answer.
            var dropped: Int64 = 0
            while dropped < Self.mostDropped, let piece = try? await iterator.next(isolation: #isolation) {
                dropped += Int64(piece.readableBytes)
            }
            return MLflowError(error).response
        }
    }
}

extension Response {
    /// Sends an artifact, piece by piece, as a file to save: no browser shows it as a page of this server.
    static func download(_ reader: any ArtifactReader, name: String) -> Response {
        var headers: HTTPFields = [
            .contentType: ArtifactType.contentType(of: name),
            .contentDisposition: ArtifactType.disposition(of: name),
            .contentSecurityPolicy: "sandbox; default-src 'none'",
        ]
        headers[.xContentTypeOptions] = "nosniff"
        let body = ResponseBody(contentLength: Int(reader.size)) { writer in
            while let piece = try await reader.next() { try await writer.write(ByteBuffer(bytes: piece)) }
            try await writer.finish(nil)
        }
        return Response(status: .ok, headers: headers, body: body)
    }
}

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
