import Foundation
import Glibc
import SlipwayStatistics

/// Where the Parquet files of predictions lie, and how a file gets there whole.
///
/// `ROOT/model=NAME/date=YYYY-MM-DD/hour=HH/part-vV-FFFFFF-LLLLLL.parquet`: the folders are named as Hive names partitions,
/// F and L are the first and the last number of the parts that the file stands for. Files are written under
/// `ROOT/unfinished` and renamed, so whatever has its name here is whole. A file whose numbers lie within those of another
/// one was merged into it and is waste.
struct PredictionFolder {
    let root: String

    var unfinished: String { root + "/unfinished" }

    /// One file of an hour.
    struct Part: Equatable {
        let version: Int
        let first: Int
        let last: Int
        let bytes: Int

        var name: String { "part-v\(version)-\(Self.digits(first))-\(Self.digits(last)).parquet" }

        init(version: Int, first: Int, last: Int, bytes: Int = 0) {
            (self.version, self.first, self.last, self.bytes) = (version, first, last, bytes)
        }

        init?(name: String, bytes: Int) {
            guard name.hasPrefix("part-v"), name.hasSuffix(".parquet") else { return nil }
            let numbers = name.dropFirst("part-v".count).dropLast(".parquet".count).split(separator: "-").map {
                Int($0)
            }
            guard numbers.count == 3, let version = numbers[0], let first = numbers[1], let last = numbers[2],
                first <= last
            else { return nil }
            self.init(version: version, first: first, last: last, bytes: bytes)
        }

        func covers(_ other: Part) -> Bool {
            version == other.version && self != other && first <= other.first && other.last <= last
        }

        private static func digits(_ number: Int) -> String {
            String(repeating: "0", count: max(0, 6 - String(number).count)) + String(number)
        }
    }

    /// The folder of a model's hour.
    func folder(model: String, hour milliseconds: Int64) -> String {
        var seconds = time_t(milliseconds / 1000)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        let date = [Int(parts.tm_year) + 1900, Int(parts.tm_mon) + 1, Int(parts.tm_mday)].map(Self.two).joined(
            separator: "-"
        )
        return "\(root)/model=\(Self.encoded(model))/date=\(date)/hour=\(Self.two(Int(parts.tm_hour)))"
    }

    private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : String(number) }

    /// A name as one part of a path, the way Hive writes it: everything but letters, digits, `-`, `_` and `.` as %XX. What
    /// would be too long for a file system ends with its hash instead.
    static func encoded(_ name: String) -> String {
        var text = ""
        for byte in name.utf8 {
            let isPlain =
                (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                || "-_.".utf8.contains(byte)
            text +=
                isPlain
                ? String(UnicodeScalar(byte)) : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
        }
        guard text.utf8.count > 200 else { return text }
        return text.prefix(180) + "~" + String(StableHash.hash(name), radix: 16)
    }

    /// The files of an hour, in order.
    func parts(in folder: String) -> [Part] {
        // An hour without a folder has no files.
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.compactMap { name in
            var status = stat()
            guard stat(folder + "/" + name, &status) == 0 else { return nil }
            return Part(name: name, bytes: Int(status.st_size))
        }.sorted { ($0.version, $0.first, $0.last) < ($1.version, $1.first, $1.last) }
    }

    /// What a part stands beside and not within.
    static func whole(_ parts: [Part]) -> [Part] { parts.filter { part in !parts.contains { $0.covers(part) } } }

    /// Makes a folder and everything above it, so that they are there after a loss of power.
    func make(_ folder: String) throws {
        guard access(folder, F_OK) != 0 else { return }
        let parent = String(folder[..<(folder.lastIndex(of: "/") ?? folder.startIndex)])
        if !parent.isEmpty { try make(parent) }
        guard mkdir(folder, 0o700) == 0 || errno == EEXIST else { throw FolderFailure("cannot make \(folder)") }
        try sync(parent.isEmpty ? "/" : parent)
    }

    /// Gives a finished file its name.
    func publish(_ file: String, as part: Part, in folder: String) throws {
        try sync(file)
        guard rename(file, folder + "/" + part.name) == 0 else { throw FolderFailure("cannot rename \(file)") }
        try sync(folder)
    }

    func sync(_ path: String) throws {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FolderFailure("cannot open \(path)") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw FolderFailure("cannot sync \(path)") }
    }

    /// Removes what a process that died left: unfinished files, and parts whose merged file stands already. A merge leaves a
    /// note of its folder as long as it is under way.
    func recover() throws {
        try make(unfinished)
        for name in try FileManager.default.contentsOfDirectory(atPath: unfinished) {
            let path = unfinished + "/" + name
            if name.hasSuffix(".merge"), let folder = try? String(contentsOfFile: path, encoding: .utf8) {
                removeMerged(in: folder)
            }
            unlink(path)
        }
    }

    /// Removes the parts that another file of the folder stands for.
    func removeMerged(in folder: String) {
        let parts = parts(in: folder)
        for part in parts where parts.contains(where: { $0.covers(part) }) { unlink(folder + "/" + part.name) }
    }

    /// Whether the disk has more free than has to be left, which is at most a twentieth of the disk.
    func hasRoom(leaving spare: Int64) -> Bool {
        var status = statvfs()
        guard statvfs(root, &status) == 0 else { return false }
        let block = Int64(status.f_frsize)
        return Int64(status.f_bavail) * block > min(spare, Int64(status.f_blocks) * block / 20)
    }
}

/// Why the file system did not do what was asked; made where `errno` still tells.
struct FolderFailure: Error, CustomStringConvertible {
    let description: String

    init(_ what: String) { description = "\(what): \(String(cString: strerror(errno)))" }
}

/// Where others find the prediction log of a model.
package enum PredictionLogFolder {
    /// The value of the `model=` part of its path.
    package static func name(of model: String) -> String { PredictionFolder.encoded(model) }
}
