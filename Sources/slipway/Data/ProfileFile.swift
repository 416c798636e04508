import Foundation
import SlipwayDomain
import SlipwayLedger
import SlipwayStatistics

/// A stored profile: canonical JSON, named by the digest of its bytes.
enum ProfileFile {
    /// The profile in a file; nil when the file is something else, such as a table.
    static func read(_ path: String) throws -> DatasetProfile? {
        guard path.hasSuffix(".json"), let data = FileManager.default.contents(atPath: path) else { return nil }
        guard let json = try? JSONValue(parsing: Array(data)), json["format"] != nil, json["columns"] != nil else {
            return nil
        }
        do {
            return try json.decode(DatasetProfile.self)
        } catch let error as StatisticsError {
            throw CommandError("\(path): \(error)")
        } catch {
            throw CommandError("\(path) is a damaged profile: make it again from the data")
        }
    }

    /// The profile in a file that must be one.
    static func required(_ path: String) throws -> DatasetProfile {
        guard FileManager.default.fileExists(atPath: path) else { throw CommandError("there is no file \(path)") }
        guard let profile = try read(path) else {
            throw CommandError("\(path) is no profile: make one with `slipway profile DATA -o FILE.json`")
        }
        return profile
    }

    /// The canonical bytes of a profile.
    static func bytes(of profile: DatasetProfile) throws -> [UInt8] {
        try CanonicalJSON.bytes(of: try JSONValue(encoding: profile))
    }

    /// Writes a profile whole or not at all, to standard output for `-`; gives the digest of its bytes.
    static func write(_ profile: DatasetProfile, to path: String?, besides inputs: [String] = []) throws -> String {
        try write(bytes: bytes(of: profile), to: path, besides: inputs)
    }

    /// Writes a stored form whole or not at all, to standard output for `-`; gives the digest of its bytes.
    static func write(bytes: [UInt8], to path: String?, besides inputs: [String] = []) throws -> String {
        if path == "-" {
            try FileHandle.standardOutput.write(contentsOf: Data(bytes + [UInt8(ascii: "\n")]))
        } else if let path {
            try OutputFile.write(Data(bytes), to: path, besides: inputs)
        }
        return Digest32.sha256(bytes).prefixed
    }
}
