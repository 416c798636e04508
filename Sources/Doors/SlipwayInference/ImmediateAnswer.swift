internal import NIOCore
internal import NIOHTTP1

/// An answer with all that stands before its body on the wire.
struct ImmediateAnswer {
    let status: HTTPResponseStatus
    /// The media type below `application/`.
    let type: String
    /// The length of the JSON before binary tensors; nil when all is JSON.
    var headerLength: Int?
    var retryAfterSeconds: Int?
    let date: String
    let body: [UInt8]

    /// Appends the answer in HTTP/1.1.
    func write(to buffer: inout ByteBuffer) {
        buffer.writeString("HTTP/1.1 \(status.code) \(status.reasonPhrase)\r\nContent-Type: application/\(type)\r\n")
        buffer.writeString("Content-Length: \(body.count)\r\n")
        if let headerLength { buffer.writeString("Inference-Header-Content-Length: \(headerLength)\r\n") }
        if let retryAfterSeconds { buffer.writeString("Retry-After: \(retryAfterSeconds)\r\n") }
        buffer.writeStaticString(
            "X-Content-Type-Options: nosniff\r\nX-Frame-Options: SAMEORIGIN\r\nServer: slipway\r\n"
        )
        buffer.writeString("Date: \(date)\r\n\r\n")
        buffer.writeBytes(body)
    }
}
