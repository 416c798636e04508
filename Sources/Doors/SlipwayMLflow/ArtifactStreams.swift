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
        let result = try folder(after: prefix, in: path)
        guard !result.isRoot else { throw MLflowError.invalid("Invalid path: it names no artifact") }
        return result
    }

    /// The same, where the root is allowed.
    static func folder(after prefix: String, in path: String) throws -> ArtifactPath {
        guard path.hasPrefix(prefix) else {
            throw MLflowError.invalid("Invalid path: write it without doubled slashes")
        }
        return try ArtifactPath(PercentText.decoded(path.dropFirst(prefix.count), plusIsSpace: false))
    }
}

extension Response {
    /// Sends an artifact, or the part of it that was asked for, piece by piece, as a file to save: no browser shows it
    /// as a page of this server.
    static func download(_ reader: any ArtifactReader, name: String, for request: Request) -> Response {
        let tag = "\"\(reader.revision)\""
        var headers: HTTPFields = [
            .acceptRanges: "bytes", .eTag: tag, .contentSecurityPolicy: "sandbox; default-src 'none'",
        ]
        headers[.xContentTypeOptions] = "nosniff"
        if let known = request.headers[.ifNoneMatch], matches(known, tag) {
            return Response(status: .notModified, headers: headers)
        }
        headers[.contentType] = ArtifactType.contentType(of: name)
        headers[.contentDisposition] = ArtifactType.disposition(of: name)
        // A range belongs to what the client has the beginning of; of anything else it gets the whole.
        let isSame = request.headers[.ifRange].map { $0 == tag } ?? true
        let asked = request.method == .get && isSame ? request.headers[.range] : nil
        var (status, part) = (HTTPResponse.Status.ok, reader)
        switch ByteRange(asked, size: reader.size) {
        case .whole: break
        case .part(let range):
            status = .partialContent
            part = reader.part(range)
            headers[.contentRange] = "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(reader.size)"
        case .unsatisfiable:
            var refusal = MLflowError.invalid("the artifact has \(reader.size) bytes: ask for a range within them")
                .response
            refusal.status = .rangeNotSatisfiable
            refusal.headers[.contentRange] = "bytes */\(reader.size)"
            return refusal
        }
        return Response(status: status, headers: headers, body: body(part, isSent: request.method != .head))
    }

    private static func body(_ reader: any ArtifactReader, isSent: Bool) -> ResponseBody {
        ResponseBody(contentLength: Int(reader.size)) { writer in
            while isSent, let piece = try await reader.next() { try await writer.write(ByteBuffer(bytes: piece)) }
            try await writer.finish(nil)
        }
    }

    /// Whether an If-None-Match field names the tag.
    private static func matches(_ field: String, _ tag: String) -> Bool {
        field.split(separator: ",").contains { item in
            let item = item.drop { $0 == " " }.prefix { $0 != " " }
            return item == "*" || item == tag || item == "W/" + tag
        }
    }
}
