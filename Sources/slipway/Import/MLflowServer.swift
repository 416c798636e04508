import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import SlipwayJSON

/// An MLflow server, asked politely: what fails for the moment is asked again, a few times and ever later.
struct MLflowServer: Sendable {
    /// The address without credentials.
    let address: String
    private let authorization: String?

    private static let tries = 6
    private static let longestAnswer = 512 << 20

    /// Takes credentials from the URL, else from MLflow's own environment variables.
    init(url: String, environment: [String: String]) throws {
        guard var parts = URLComponents(string: url), let host = parts.host, !host.isEmpty else {
            throw CommandError("'\(url)' is no address of an MLflow server, such as http://mlflow:5000")
        }
        if let user = parts.user {
            authorization = Self.basic(user, parts.password ?? "")
        } else if let user = environment["MLFLOW_TRACKING_USERNAME"] {
            authorization = Self.basic(user, environment["MLFLOW_TRACKING_PASSWORD"] ?? "")
        } else {
            authorization = environment["MLFLOW_TRACKING_TOKEN"].map { "Bearer \($0)" }
        }
        parts.user = nil
        parts.password = nil
        parts.query = nil
        parts.fragment = nil
        var address = parts.string ?? url
        while address.hasSuffix("/") { address.removeLast() }
        self.address = address
    }

    private static func basic(_ user: String, _ password: String) -> String {
        "Basic " + Data("\(user):\(password)".utf8).base64EncodedString()
    }

    /// What the server said instead of doing it.
    struct Refusal: Error, CustomStringConvertible {
        let status: UInt
        let description: String
    }

    func get(_ path: String, _ query: [(String, String)] = []) async throws -> JSONNode {
        try await json("GET", path + Self.text(query), body: nil)
    }

    func post(_ path: String, _ body: (inout JSONWriter) -> Void) async throws -> JSONNode {
        var writer = JSONWriter()
        writer.object(body)
        return try await json("POST", path, body: writer.bytes)
    }

    static func text(_ query: [(String, String)]) -> String {
        query.isEmpty ? "" : "?" + query.map { "\($0.0)=\($0.1.urlPart)" }.joined(separator: "&")
    }

    private func json(_ method: String, _ path: String, body: [UInt8]?) async throws -> JSONNode {
        let response = try await execute(method, path, body: body)
        let bytes = Array(try await response.body.collect(upTo: Self.longestAnswer).readableBytesView)
        do {
            return try JSONDocument.parse(bytes, limits: JSONLimits(maxBytes: Self.longestAnswer)).root
        } catch {
            throw CommandError("\(address)\(path.prefix(100)) did not answer with JSON: is that an MLflow server?")
        }
    }

    /// A successful answer, its body still to be read.
    func execute(_ method: String, _ path: String, body: [UInt8]? = nil) async throws -> HTTPClientResponse {
        var wait = 0.25
        for attempt in 1...Self.tries {
            var request = HTTPClientRequest(url: address + path)
            request.method = .RAW(value: method)
            if let body {
                request.headers.add(name: "Content-Type", value: "application/json")
                request.body = .bytes(ByteBuffer(bytes: body))
            }
            if let authorization { request.headers.add(name: "Authorization", value: authorization) }
            do {
                let response = try await Client.http.execute(request, timeout: .minutes(10))
                let code = response.status.code
                if (200..<300).contains(code) { return response }
                let text = String(buffer: try await response.body.collect(upTo: 1 << 20))
                guard attempt < Self.tries, code == 429 || code >= 500, code != 501 else {
                    throw Refusal(status: code, description: Self.reason(code, text, path))
                }
                if let after = response.headers.first(name: "Retry-After").flatMap(Double.init) {
                    wait = min(max(wait, after), 60)
                }
            } catch let error as Refusal {
                throw error
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                try Task.checkCancellation()
                guard attempt < Self.tries else { throw CommandError("no answer from \(address): is the server up?") }
            }
            try await Task.sleep(for: .seconds(wait))
            wait *= 2
        }
        throw CommandError("no answer from \(address)")
    }

    private static func reason(_ code: UInt, _ text: String, _ path: String) -> String {
        let place = path.prefix { $0 != "?" }
        if code == 401 || code == 403 {
            return "the MLflow server refuses \(place) (\(code)): put user and password into the URL, or set "
                + "MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN"
        }
        if code == 404, text.contains("<html") || text.contains("<!doctype") {
            return
                "nothing at \(place) answers as MLflow does (404): is that the address of the server, without a path?"
        }
        let root = try? JSONDocument.parse(Array(text.utf8)).root
        let message = root?["message"]?.string ?? String(text.prefix(200))
        return "the MLflow server answered \(code) to \(place): \(message.prefix(300))"
    }
}
