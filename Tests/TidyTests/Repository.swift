import Foundation

/// The checkout that the tests were built from.
enum Repository {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// A Swift file of ours.
    struct File {
        /// Relative to the root, e.g. `Sources/Values/SlipwayDomain/Span.swift`.
        let path: String
        let lines: [String]

        /// The target's folder name.
        var target: String {
            let parts = path.split(separator: "/").map(String.init)
            return parts[1] == "slipway" ? "slipway" : parts[2]
        }
    }

    /// All Swift files under a folder, sorted by path.
    static func files(under folder: String) throws -> [File] {
        let base = root.appendingPathComponent(folder)
        let all = FileManager.default.enumerator(at: base, includingPropertiesForKeys: nil)?.allObjects ?? []
        return try all.compactMap { $0 as? URL }
            .filter { $0.pathExtension == "swift" && $0.deletingLastPathComponent().lastPathComponent != "Generated" }
            .map { url in
                let path = String(url.standardizedFileURL.path.dropFirst(root.standardizedFileURL.path.count + 1))
                let text = try String(contentsOf: url, encoding: .utf8)
                return File(path: path, lines: text.components(separatedBy: "\n"))
            }
            .sorted { $0.path < $1.path }
    }
}
