import Foundation
import SlipwayTabular

/// A file that a command writes whole or not at all. What stands there and is no ordinary file (a pipe, a device) is written
/// into, and a link is followed.
enum OutputFile {
    /// Writes `bytes`; a file out of `inputs`, which the command has read, is never replaced.
    static func write(_ bytes: Data, to path: String, besides inputs: [String] = []) throws {
        var status = stat()
        let isThere = stat(path, &status) == 0
        for input in inputs.flatMap({ [$0] + TabularEngine.files(of: $0).map(\.path) }) where isThere {
            var other = stat()
            guard stat(input, &other) == 0, other.st_dev == status.st_dev, other.st_ino == status.st_ino else {
                continue
            }
            throw CommandError("\(path) is what was read: name another file for the answer")
        }
        do {
            if isThere, status.st_mode & S_IFMT != S_IFREG {
                let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
                try handle.write(contentsOf: bytes)
                try handle.close()
            } else {
                try bytes.write(to: place(path), options: .atomic)
            }
        } catch {
            throw CommandError("cannot write \(path): is there such a folder, and room in it?")
        }
    }

    /// Where a path leads, also when nothing is there yet.
    private static func place(_ path: String) -> URL {
        let own = URL(fileURLWithPath: path)
        guard let link = try? FileManager.default.destinationOfSymbolicLink(atPath: path) else { return own }
        return URL(fileURLWithPath: link, relativeTo: own.deletingLastPathComponent()).resolvingSymlinksInPath()
    }
}
