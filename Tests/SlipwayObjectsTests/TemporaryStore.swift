import Foundation
import SlipwayObjects
import SlipwayService
import Testing

/// A store in a fresh folder, with a file beside it that nothing may ever touch. All of it goes away with the value.
final class TemporaryStore: Sendable {
    let base: String
    let root: String
    let store: FileArtifactStore

    static let secret = "the outside stays as it is"

    init() throws {
        base = NSTemporaryDirectory() + "slipway-objects-" + UUID().uuidString
        root = base + "/artifacts"
        try FileManager.default.createDirectory(atPath: base + "/outside", withIntermediateDirectories: true)
        try Self.secret.write(toFile: base + "/outside/secret.txt", atomically: false, encoding: .utf8)
        store = try FileArtifactStore(root: root)
    }

    deinit { try? FileManager.default.removeItem(atPath: base) }

    /// Everything under the root except the store's own folder, as sorted relative paths.
    func tree(withWork: Bool = false) -> [String] {
        let all = FileManager.default.subpaths(atPath: root) ?? []
        return all.filter { withWork || !$0.hasPrefix(".slipway-work") }.sorted()
    }

    /// What an interrupted write or delete left behind.
    func leftovers() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: root + "/.slipway-work")
    }

    func outsideIsUntouched() throws -> Bool {
        let names = try FileManager.default.contentsOfDirectory(atPath: base + "/outside")
        let text = try String(contentsOfFile: base + "/outside/secret.txt", encoding: .utf8)
        return names == ["secret.txt"] && text == Self.secret
    }

    func write(_ path: String, _ text: String) async throws {
        try await store.write(path, [Array(text.utf8)])
    }

    func text(_ path: String) async throws -> String {
        String(decoding: try await store.bytes(path), as: UTF8.self)
    }

    /// The mode bits of a path below the base.
    func mode(_ path: String) throws -> Int {
        try (FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int) ?? 0
    }
}

extension FileArtifactStore {
    func write(_ path: String, _ pieces: [[UInt8]]) async throws {
        var rest = pieces[...]
        try await write(ArtifactPath(path)) { rest.popFirst() }
    }

    func bytes(_ path: String) async throws -> [UInt8] {
        let reader = try await read(ArtifactPath(path))
        var bytes: [UInt8] = []
        while let piece = try await reader.next() {
            #expect(piece.count <= FileArtifactStore.pieceSize)
            bytes += piece
        }
        #expect(Int64(bytes.count) == reader.size)
        return bytes
    }
}

/// Expects `body` to be refused with this kind of error.
func expectRefusal(
    _ kind: ServiceError.Kind,
    _ comment: Comment? = nil,
    sourceLocation: SourceLocation = #_sourceLocation,
    _ body: () async throws -> Void
) async {
    do {
        try await body()
        Issue.record(comment ?? "it was not refused", sourceLocation: sourceLocation)
    } catch let error as ServiceError {
        #expect(error.kind == kind, comment, sourceLocation: sourceLocation)
        #expect(error.message.count > 20, "an error says what to do", sourceLocation: sourceLocation)
    } catch {
        Issue.record("an unexpected error: \(error)", sourceLocation: sourceLocation)
    }
}
