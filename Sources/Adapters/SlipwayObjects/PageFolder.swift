internal import Glibc
package import SlipwayService

/// The built files of a web application in a folder, listed once when it is opened.
///
/// A request's path is only looked up in that list, so no way of writing it can lead out of the folder; links and
/// devices are not in the list.
package final class PageFolder: PageFiles {
    /// More files than any build has: somebody named the wrong folder.
    private static let mostFiles = 20_000
    private static let deepest = 16

    private let root: Folder
    /// Each file's path as its parts.
    private let files: [String: [String]]
    private let pool = BlockingPool(name: "pages", threads: 1)

    /// Opens the folder and lists its ordinary files.
    package init(root path: String) throws(ServiceError) {
        root = try Folder.root(path)
        var files: [String: [String]] = [:]
        try Self.list(root, [], into: &files)
        self.files = files
    }

    /// The paths of all files.
    package var paths: [String] { files.keys.sorted() }

    package func read(_ path: String) async throws -> (any ArtifactReader)? {
        guard let parts = files[path], let name = parts.last else { return nil }
        return try await pool.run { () throws -> (any ArtifactReader)? in
            guard let folder = try self.root.folder(parts.dropLast()), let file = try folder.file(name) else {
                return nil
            }
            return FileArtifactReader(file, pool: self.pool)
        }
    }

    private static func list(
        _ folder: Folder,
        _ parts: [String],
        into files: inout [String: [String]]
    ) throws(ServiceError) {
        for item in try folder.items() {
            let path = parts + [item.name]
            switch item.kind {
            case .file:
                guard files.count < mostFiles else {
                    throw .invalid("there are over \(mostFiles) files in it: that is no build of web pages")
                }
                files[path.joined(separator: "/")] = path
            case .folder:
                guard path.count < deepest, let child = try folder.folder(item.name) else { continue }
                try list(child, path, into: &files)
            case .other: continue
            }
        }
    }
}
