import AsyncHTTPClient
import Foundation
import HTTPTypes
import NIOCore
import NIOHTTP1
import SlipwayDomain

/// What a command cannot go on from; printed as one sentence.
struct CommandError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description.withoutPasswords }
}

/// Speaks to a server's native API.
struct Client: Sendable {
    static let defaultURL = "http://127.0.0.1:5000"

    let url: String
    let token: String?

    /// One pool of connections for the whole process. A refused connection is an answer: nobody waits for it to change.
    static let http: HTTPClient = {
        var configuration = HTTPClient.Configuration.singletonConfiguration
        configuration.connectionPool.retryConnectionEstablishment = false
        return HTTPClient(eventLoopGroup: HTTPClient.defaultEventLoopGroup, configuration: configuration)
    }()

    init(url: String? = nil, token: String? = nil) {
        let environment = ProcessInfo.processInfo.environment
        let address = url ?? environment["SLIPWAY_URL"] ?? Self.defaultURL
        self.url = address.hasSuffix("/") ? String(address.dropLast()) : address
        self.token = token ?? environment["SLIPWAY_TOKEN"]
    }

    /// The same server, asked by somebody else.
    func with(token: String?) -> Client { Client(url: url, token: token) }

    func get(_ path: String) async throws -> JSONValue { try await send("GET", path, body: nil) }

    func post(_ path: String, _ value: JSONValue = [:]) async throws -> JSONValue {
        try await send("POST", path, body: .bytes(ByteBuffer(bytes: CanonicalJSON.bytes(of: value))))
    }

    /// Sends JSON that is written already.
    func post(_ path: String, bytes: [UInt8]) async throws -> JSONValue {
        try await send("POST", path, body: .bytes(ByteBuffer(bytes: bytes)), timeout: .minutes(10))
    }

    /// Sends a stream as the body.
    func put(_ path: String, body: HTTPClientRequest.Body) async throws -> JSONValue {
        try await send("PUT", path, body: body, contentType: "application/octet-stream", timeout: .minutes(60))
    }

    func put(_ path: String, _ value: JSONValue) async throws -> JSONValue {
        try await send("PUT", path, body: .bytes(ByteBuffer(bytes: CanonicalJSON.bytes(of: value))))
    }

    func delete(_ path: String) async throws -> JSONValue { try await send("DELETE", path, body: nil) }

    /// Sends a file as the body, piece by piece.
    func upload(_ path: String, file: String) async throws -> JSONValue {
        guard let handle = FileHandle(forReadingAtPath: file) else {
            throw CommandError("cannot read \(file): is the path right?")
        }
        let size = try handle.seekToEnd()
        try handle.seek(toOffset: 0)
        let pieces = FilePieces(handle: handle)
        return try await send(
            "POST",
            path,
            body: .stream(pieces, length: .known(Int64(size))),
            contentType: "application/octet-stream",
            timeout: .minutes(30)
        )
    }

    /// Sends text as the body.
    func upload(_ path: String, text: String) async throws -> JSONValue {
        try await send("POST", path, body: .bytes(ByteBuffer(string: text)), contentType: "application/yaml")
    }

    /// One request to the native API; `path` starts after `/api/slipway/v1`.
    private func send(
        _ method: String,
        _ path: String,
        body: HTTPClientRequest.Body?,
        contentType: String = "application/json",
        timeout: TimeAmount = .seconds(120)
    ) async throws -> JSONValue {
        guard url.hasPrefix("http://") || url.hasPrefix("https://") else {
            throw CommandError(
                "the server's address is '\(url)' and must begin with http:// or https://: set SLIPWAY_URL"
            )
        }
        var request = HTTPClientRequest(url: url + "/api/slipway/v1" + path)
        request.method = .RAW(value: method)
        request.body = body
        if body != nil { request.headers.add(name: "Content-Type", value: contentType) }
        if let token { request.headers.add(name: "Authorization", value: "Bearer \(token)") }
        let response: HTTPClientResponse
        do {
            response = try await Self.http.execute(request, timeout: timeout)
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            throw CommandError("no answer from \(url): is the server up? `slipway up` starts one")
        }
        let bytes = Array(try await response.body.collect(upTo: 256 << 20).readableBytesView)
        let value = try? JSONValue(parsing: bytes)
        guard (200..<300).contains(response.status.code) else {
            let hint = response.status.code == 404 ? ": is that a Slipway? SLIPWAY_URL says where it is" : ""
            throw CommandError(value?["detail"]?.string ?? "\(url) answered \(response.status.code)\(hint)")
        }
        guard let value else { throw CommandError("\(url)\(path) did not answer with JSON: is that a Slipway server?") }
        return value
    }
}

/// A file's bytes, a megabyte at a time.
struct FilePieces: AsyncSequence, Sendable {
    let handle: FileHandle

    struct AsyncIterator: AsyncIteratorProtocol {
        let handle: FileHandle

        mutating func next() async throws -> ByteBuffer? {
            guard let data = try handle.read(upToCount: 1 << 20), !data.isEmpty else { return nil }
            return ByteBuffer(bytes: data)
        }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(handle: handle) }
}

extension String {
    /// The text as one part of a URL's path or query.
    var urlPart: String {
        addingPercentEncoding(withAllowedCharacters: .alphanumerics.union(CharacterSet(charactersIn: "-._~"))) ?? self
    }
}
