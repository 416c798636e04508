import Foundation
import SlipwayLedger

/// Digests of files.
enum FileDigest {
    /// `sha256:` and the digest of a file's bytes; of several files, the digest of their digests in order.
    static func sha256(of paths: [String]) throws -> String {
        let digests = try paths.map { path in
            Digest32.sha256(try Data(contentsOf: URL(fileURLWithPath: path), options: .alwaysMapped)).prefixed
        }
        guard digests.count != 1 else { return digests[0] }
        return Digest32.sha256(digests.joined(separator: "\n").utf8).prefixed
    }
}
