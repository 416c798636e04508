import Foundation
import SlipwayTabular

/// A file that a command writes whole or not at all. What stands there and is no ordinary file (a pipe, a device) is written
/// into, and a link is followed.
enum OutputFile {
    /// Writes `bytes`; a file out of `inputs`, which the command has read, is never replaced.
    static func write(_ bytes: Data, to path: String, besides inputs: [String] = []) throws {
        let present = FileIdentity(path: path)
        if let present, inputs.contains(where: { holds($0, present) }) {
            throw CommandError("\(path) is what was read: name another file for the answer")
        }
        do {
            if let present, !present.isOrdinary {
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

    /// Whether a file, or one of those of a pattern, is the very one.
    private static func holds(_ input: String, _ file: FileIdentity) -> Bool {
        ([input] + TabularEngine.files(of: input).map(\.path)).contains { FileIdentity(path: $0) == file }
    }

    /// Where a path leads, also when nothing is there yet.
    private static func place(_ path: String) -> URL {
        let own = URL(fileURLWithPath: path)
        guard let link = try? FileManager.default.destinationOfSymbolicLink(atPath: path) else { return own }
        return URL(fileURLWithPath: link, relativeTo: own.deletingLastPathComponent()).resolvingSymlinksInPath()
    }
}
