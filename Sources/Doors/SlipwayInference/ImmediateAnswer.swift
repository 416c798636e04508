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
        if status == .ok {
            buffer.writeStaticString("HTTP/1.1 200 OK\r\n")
        } else {
            buffer.writeString("HTTP/1.1 \(status.code) \(status.reasonPhrase)\r\n")
        }
        Self.write("Content-Type: application/", type, to: &buffer)
        Self.write("\r\nContent-Length: ", String(body.count), to: &buffer)
        if let headerLength { Self.write("\r\nInference-Header-Content-Length: ", String(headerLength), to: &buffer) }
        if let retryAfterSeconds { Self.write("\r\nRetry-After: ", String(retryAfterSeconds), to: &buffer) }
        Self.write(
            "\r\nX-Content-Type-Options: nosniff\r\nX-Frame-Options: SAMEORIGIN\r\nServer: slipway\r\nDate: ",
            date,
            to: &buffer
        )
        buffer.writeStaticString("\r\n\r\n")
        buffer.writeBytes(body)
    }

    /// An interpolated text would be made first, and then copied.
    private static func write(_ name: StaticString, _ value: String, to buffer: inout ByteBuffer) {
        buffer.writeStaticString(name)
        buffer.writeString(value)
    }
}
