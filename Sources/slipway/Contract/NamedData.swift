import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import SlipwayService
import SlipwayTabular

/// Data that a command names: files and tables as they are, and `mlflow-artifacts:/...` out of the server's artifact
/// store, which is fetched into a private folder for as long as it is read.
final class NamedData: Sendable {
    /// What the engine reads.
    let path: String
    /// What people call it; nil when it is the path itself.
    let shown: String?
    private let folder: ScratchFolder?

    private static let scheme = "mlflow-artifacts:/"

    init(_ text: String) async throws {
        guard text.hasPrefix(Self.scheme) else {
            (path, shown, folder) = (text, nil, nil)
            return
        }
        let artifact = try ArtifactPath(String(text.dropFirst(Self.scheme.count).drop { $0 == "/" }))
        guard let name = artifact.parts.last else { throw CommandError("\(text) names no file") }
        let folder = try ScratchFolder(for: "data")
        (path, shown, self.folder) = (folder.path + "/" + name, text, folder)
        try await Self.fetch(artifact, to: path, name: text)
    }

    private static func fetch(_ artifact: ArtifactPath, to file: String, name: String) async throws {
        let client = Client()
        let path = artifact.parts.map(\.urlPart).joined(separator: "/")
        var request = HTTPClientRequest(url: client.url + "/api/2.0/mlflow-artifacts/artifacts/" + path)
        if let token = client.token { request.headers.add(name: "Authorization", value: "Bearer \(token)") }
        let response: HTTPClientResponse
        do {
            response = try await Client.http.execute(request, timeout: .minutes(60))
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            throw CommandError("no answer from \(client.url): is the server up? `slipway up` starts one")
        }
        guard response.status == .ok else {
            throw CommandError("\(client.url) answered \(response.status.code) to \(name): is the path right?")
        }
        guard FileManager.default.createFile(atPath: file, contents: nil),
            let handle = FileHandle(forWritingAtPath: file)
        else { throw CommandError("cannot write \(file): is the disk full?") }
        for try await piece in response.body { try handle.write(contentsOf: Data(piece.readableBytesView)) }
        try handle.close()
    }
}
